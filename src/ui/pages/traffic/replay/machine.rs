//! The machine at the place: its stations, what it waits for, what is known, and the decisions.

use std::cmp::Ordering;

use egui::{
    Align, Align2, Color32, CornerRadius, FontId, Label, Layout, Rect, RichText, Role, ScrollArea, Sense,
    Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use crate::{
    ui::{
        theme::{self, replay as size, space},
        widgets::{card::caption, text},
    },
    words,
};

use super::{
    grid,
    model::{ReplayView, Shown},
    stations::Stations,
};
use crate::explain::replay::Replay;

/// Paints the pane. A click on a decision goes to the byte at which it is taken.
pub(super) fn show(ui: &mut Ui, view: &mut ReplayView) {
    let mut go_to = None;
    ScrollArea::vertical().id_salt("machine").auto_shrink(false).show(ui, |ui| {
        egui::Frame::NONE.inner_margin(space::WIDE).show(ui, |ui| {
            let Some((replay, shown)) = view.shown() else { return };
            caption(ui, &format!("The machine, after byte {}", words::count(replay.place(shown.moment.at))));
            stations_ui(ui, replay, shown);
            known_ui(ui, shown);
            ui.add_space(space::GAP);
            caption(ui, "Decisions");
            go_to = decisions_ui(ui, replay, shown);
            ui.add_space(space::GAP);
            caption(ui, "What may come next");
            grid::show(ui, shown);
        });
    });
    if let Some(at) = go_to {
        view.go_to(at);
    }
}

/// Paints the stations below each other.
fn stations_ui(ui: &mut Ui, replay: &Replay, shown: &Shown) {
    let palette = theme::palette(ui);
    let stations = Stations::at(replay, &shown.moment);
    let [width, height] = size::STATION;
    let is_broken = shown.moment.broken.is_some();
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    for (index, name) in stations.names.iter().enumerate() {
        if index > 0 {
            let (gap, _) = ui.allocate_exact_size(vec2(width, size::STATIONS), Sense::hover());
            ui.painter().vline(gap.center().x.round(), gap.y_range(), (space::HAIRLINE, palette.line));
        }
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let rect = Rect::from_min_size(row.min, vec2(width, height));
        let is_skipped = stations.skips_body && index + 2 == stations.names.len();
        let (fill, line, ink, words) = if index == stations.current {
            let color = if is_broken { palette.error } else { palette.accent };
            (palette.selection, color, palette.text, (*name).to_owned())
        } else if index < stations.current && !is_skipped {
            (palette.panel, palette.ok, palette.ok, format!("✓ {name}"))
        } else {
            (palette.panel, palette.line, palette.dim, (*name).to_owned())
        };
        let stroke = Stroke::new(space::HAIRLINE, line);
        ui.painter().rect(rect, CornerRadius::same(space::BUTTON_RADIUS), fill, stroke, StrokeKind::Inside);
        let galley = text::elided(ui, &words, theme::body_font(), ink, width - space::GAP);
        text::paint(ui, rect, Align2::CENTER_CENTER, galley);
        let state = match index.cmp(&stations.current) {
            Ordering::Less => "passed",
            Ordering::Equal => "here",
            Ordering::Greater => "not reached",
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {state}")));
        if index == stations.current {
            let beside = Rect::from_min_max(pos2(rect.right() + space::GAP, row.top()), row.max);
            let since = shown.moment.token.as_ref().map_or_else(String::new, |(_, range)| {
                format!(", since byte {}", words::count(replay.place(range.start)))
            });
            let words = format!("{}{since}", shown.moment.stand.title);
            let galley = text::elided(ui, &words, theme::body_font(), palette.dim, beside.width());
            text::paint(ui, beside, Align2::LEFT_CENTER, galley);
        }
    }
    ui.spacing_mut().item_spacing.y = spacing;
    ui.add_space(space::GAP);
}

/// Paints what the machine waits for and what is known.
fn known_ui(ui: &mut Ui, shown: &Shown) {
    let palette = theme::palette(ui);
    let moment = &shown.moment;
    row_ui(ui, "stands", moment.stand.title, palette.text, "");
    row_ui(ui, "waits for", moment.stand.waits_for, palette.text, "");
    for known in &moment.known {
        let color = known.role.map_or(palette.text, |role| palette.span(role));
        row_ui(ui, &known.name, &known.value, color, known.remark);
    }
    if let Some(timer) = &moment.timer {
        let is_short = timer.left().zip(timer.limit).is_some_and(|(left, limit)| left < limit / 4);
        let color = if is_short { palette.error } else { palette.warn };
        row_ui(ui, &timer.guard.facts().title.to_lowercase(), &timer.words(), color, "");
    }
}

/// Paints a name and a value beside each other.
fn row_ui(ui: &mut Ui, name: &str, value: &str, color: Color32, remark: &str) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        let names = vec2(size::NAMES, space::BYTE_LINE);
        ui.allocate_ui_with_layout(names, Layout::left_to_right(Align::Min), |ui| {
            ui.set_min_width(size::NAMES);
            ui.add(Label::new(RichText::new(name).color(palette.dim)).truncate());
        });
        ui.vertical(|ui| {
            ui.add(Label::new(RichText::new(value).color(color)).wrap().selectable(true));
            if !remark.is_empty() {
                ui.label(RichText::new(remark).font(theme::small_font()).color(palette.dim));
            }
        });
    });
}

/// Paints the decisions, those that are not taken yet dim. Returns the place of the one that was clicked.
fn decisions_ui(ui: &mut Ui, replay: &Replay, shown: &Shown) -> Option<u64> {
    let palette = theme::palette(ui);
    let mut clicked = None;
    for (index, decision) in replay.decisions().iter().enumerate() {
        let is_taken = index < shown.moment.decided;
        let color = match (is_taken, replay.is_fault(decision)) {
            (false, _) => palette.faint,
            (true, true) => palette.error,
            (true, false) => palette.text,
        };
        let place = format!("byte {}", words::count(replay.place(decision.at)));
        let words = replay.words(decision);
        let font: FontId = theme::body_font();
        let width = (ui.available_width() - size::NAMES).max(size::NAMES);
        let galley = ui.painter().layout(words.clone(), font, color, width);
        let height = galley.size().y.max(space::BYTE_LINE);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        let name = format!("{place}: {words}");
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name.clone()));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, CornerRadius::same(space::BUTTON_RADIUS), palette.raised);
        }
        let at = text::elided(ui, &place, theme::small_mono_font(), palette.dim, size::NAMES);
        text::paint(
            ui,
            Rect::from_min_size(rect.min, vec2(size::NAMES, space::BYTE_LINE)),
            Align2::LEFT_CENTER,
            at,
        );
        // The first line is level with the place.
        let line = ui.text_style_height(&TextStyle::Body);
        let top = rect.top() + ((space::BYTE_LINE - line) / 2.0).round();
        ui.painter().galley(pos2(rect.left() + size::NAMES, top), galley, color);
        if response.clicked() {
            clicked = Some(decision.at);
        }
    }
    if replay.decisions().is_empty() {
        ui.label(RichText::new("Nothing has been decided.").color(palette.dim));
    }
    clicked
}
