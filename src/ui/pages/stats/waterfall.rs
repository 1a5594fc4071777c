//! The waterfall: a lane for each connection, a bar for each exchange.

use egui::{Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::{
    stats::waterfall::Waterfall,
    ui::{
        command::Command,
        icons,
        theme::{self, Palette, space, stats},
        widgets::{
            button::{ButtonStyle, button},
            card, pill,
            rows::Rows,
        },
    },
    wire::SpanRole,
    words,
};

use super::{
    View, axis,
    burst::BurstStep,
    lanes,
    model::Model,
    place::{Scale, Zoom},
};

/// Paints the card.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    card::caption(ui, "Waterfall by connection");
    let has_legend = ui.available_width() >= stats::LEGEND_FROM;
    ui.horizontal_wrapped(|ui| {
        steps_ui(ui, model, view);
        if has_legend {
            legend_ui(ui);
        }
    });
    title_ui(ui, model);
    if model.shown.waterfall.lanes.is_empty() {
        let words = if model.shown.counts.0 > 0 {
            "No exchange of this burst passes the filter."
        } else {
            "Nothing has arrived yet."
        };
        card::faint_line(ui, words);
        return;
    }
    let area = ui.available_rect_before_wrap();
    let (upper, below) = area.split_top_bottom_at_y(area.bottom() - stats::AXIS);
    let left = upper.left() + stats::LANE_NAME.min(upper.width() * stats::LANE_NAME_SHARE);
    let track = upper.with_min_x(left).with_max_x(upper.right() - stats::BAR);
    let scale = Scale::new(&model.shown.waterfall.time, view.zoom, track.x_range());
    axis::show(ui, below.with_min_x(left).with_max_x(track.right()), track, &scale);
    look_closer(ui, track, view);
    let total = model.shown.waterfall.lanes.len();
    let mut lanes_ui = ui.new_child(egui::UiBuilder::new().max_rect(upper));
    lanes_ui.shrink_clip_rect(upper);
    let rows =
        Rows { salt: "lanes", row_height: stats::LANE, total, reveal: None, shift: 0.0, follow: false };
    let painted = rows.show(&mut lanes_ui, |ui, index, rect| {
        let Some(lane) = model.shown.waterfall.lanes.get(index) else { return };
        let Some(words) = model.shown.words(index) else { return };
        commands.extend(lanes::show(ui, rect.with_max_x(track.right()), lane, words, &scale));
    });
    model.shown.see(painted.visible);
}

/// Paints the buttons that go to other bursts and look closer.
fn steps_ui(ui: &mut Ui, model: &mut Model, view: &mut View) {
    let steps = [
        (BurstStep::Earlier, icons::CARET_LEFT, "Earlier burst"),
        (BurstStep::Later, icons::CARET_RIGHT, "Later burst"),
        (BurstStep::Latest, icons::ARROW_DOWN, "Latest burst"),
    ];
    for (step, icon, name) in steps {
        let clicked = ui
            .add_enabled_ui(model.shown.can(step), |ui| {
                button(ui, icon, name, ButtonStyle::IconOnly).clicked()
            })
            .inner;
        if clicked {
            model.shown.go(step);
            view.zoom = Zoom::default();
        }
    }
    if button(ui, icons::PLUS, "Look closer", ButtonStyle::IconOnly).clicked() {
        view.zoom = view.zoom.closer(0.25, 0.75);
    }
    let can = !view.zoom.is_whole();
    let wider = |ui: &mut Ui| button(ui, icons::MINUS, "Look at more", ButtonStyle::IconOnly).clicked();
    if ui.add_enabled_ui(can, wider).inner {
        view.zoom = view.zoom.wider();
    }
}

/// Paints what the burst is.
fn title_ui(ui: &mut Ui, model: &Model) {
    let shown = &model.shown;
    let Waterfall { lanes, time } = &shown.waterfall;
    let (all, passing) = shown.counts;
    if lanes.is_empty() {
        return;
    }
    let others = match passing {
        1 => String::new(),
        _ => " and what followed".to_owned(),
    };
    let of = if all == passing { String::new() } else { format!(" of {}", words::count(all)) };
    let (at, count) = shown.place;
    let words = format!(
        "{}{others} · {}{of} {} · {} · burst {} of {}",
        shown.title,
        words::count(passing),
        if all == 1 { "exchange" } else { "exchanges" },
        words::duration(time.end.saturating_sub(time.start)),
        words::count(at as u64 + 1),
        words::count(count as u64),
    );
    let response = pill::pill(ui, &words, theme::palette(ui).text);
    response.on_hover_text(format!(
        "{words}. Exchanges that began within a second of the one before, up to 2,000 in up to 30 s."
    ));
}

/// Paints what the colours mean.
fn legend_ui(ui: &mut Ui) {
    let palette = theme::palette(ui);
    for (color, words, about) in legend(palette) {
        let label = egui::RichText::new(words).font(theme::small_font()).color(palette.dim);
        let response = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::TIGHT;
                let (rect, _) = ui.allocate_exact_size(vec2(stats::SWATCH, stats::SWATCH), Sense::hover());
                ui.painter().rect_filled(rect, stats::CELL_RADIUS, color);
                ui.label(label);
            })
            .response;
        response.on_hover_text(about);
    }
}

/// The colours of the parts of a bar, what they are, and what that means.
const fn legend(palette: &Palette) -> [(egui::Color32, &'static str, &'static str); 5] {
    [
        (
            palette.faint,
            "waiting for the one before",
            "The request was there, but the response before it on the connection was not written whole.",
        ),
        (palette.warn, "request and server", "The request arrives, and the server makes its response."),
        (palette.accent, "response on the wire", "From the head of the response to its last byte."),
        (palette.span(SpanRole::Version), "tunnel", "Frames of a WebSocket, in both directions."),
        (palette.error, "broken off", "The exchange ended before its response was complete."),
    ]
}

/// Has a drag over the lanes, and the keyboard, choose the part of the time that is looked at.
fn look_closer(ui: &Ui, track: Rect, view: &mut View) {
    let id = ui.scope_id().with("time");
    let response = ui.interact(track, id, Sense::DRAG | Sense::FOCUSABLE);
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollView, ui.is_enabled(), "waterfall over time"));
    let palette = theme::palette(ui);
    if response.has_focus() {
        let keep = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, keep));
        let line = Stroke::new(theme::widget::FOCUS_LINE, palette.accent);
        ui.painter().rect_stroke(track, stats::CELL_RADIUS, line, StrokeKind::Inside);
        let key = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        for (pressed, zoom) in [
            (Key::ArrowRight, view.zoom.moved(stats::STEP)),
            (Key::ArrowLeft, view.zoom.moved(-stats::STEP)),
            (Key::Plus, view.zoom.closer(0.25, 0.75)),
            (Key::Minus, view.zoom.wider()),
            (Key::Num0, Zoom::default()),
        ] {
            if key(pressed) {
                view.zoom = zoom;
                ui.ctx().request_repaint();
            }
        }
    }
    let share = |x: f32| ((x - track.left()) / track.width()).clamp(0.0, 1.0);
    let pointer = response.interact_pointer_pos();
    if response.drag_started() {
        view.drag = pointer.map(|at| share(at.x));
    }
    let (Some(from), Some(to)) = (view.drag, pointer.map(|at| share(at.x))) else { return };
    let range = (track.left() + track.width() * from.min(to))..=(track.left() + track.width() * from.max(to));
    ui.painter().rect_filled(Rect::from_x_y_ranges(range, track.y_range()), 0.0, palette.selection);
    if response.drag_stopped() {
        view.drag = None;
        if (to - from).abs() * track.width() >= stats::DRAG_MIN {
            view.zoom = view.zoom.closer(f64::from(from), f64::from(to));
        }
        ui.ctx().request_repaint();
    }
}
