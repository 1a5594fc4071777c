//! A lane of the waterfall: a connection and its exchanges.

use std::ops::Range;

use egui::{
    Align2, Color32, CornerRadius, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::{
    base::stream::Nanos,
    stats::waterfall::{Bar, Course, Lane},
    ui::{
        command::Command,
        theme::{self, Palette, space, stats, traffic},
        widgets::text,
    },
    wire::SpanRole,
    words,
};

use super::{
    burst::{BarWords, LaneWords},
    lead_to_exchange,
    place::Scale,
};

/// Paints a lane. Returns what a click asks for.
pub(super) fn show(ui: &Ui, rect: Rect, lane: &Lane, said: &LaneWords, scale: &Scale) -> Option<Command> {
    let palette = theme::palette(ui);
    name_ui(ui, rect.with_max_x(scale.x.min - space::GAP), lane, said);
    let middle = rect.top() + stats::BAR_TOP + stats::BAR_HEIGHT / 2.0;
    for pause in &lane.pauses {
        if let Some(place) = scale.range(pause) {
            pause_ui(ui, place, middle, pause);
        }
    }
    let top = rect.top() + stats::BAR_TOP;
    let track = Rangef::new(top, top + stats::BAR_HEIGHT);
    let (mut clicked, mut last) = (None, f32::NEG_INFINITY);
    let mut labels = Vec::new();
    for (bar, said) in lane.bars.iter().zip(&said.bars) {
        if let Some(place) = scale.range(&bar.queued).filter(|place| place.span() > 0.0) {
            let queue = Rect::from_x_y_ranges(place, track.max..=track.max + stats::QUEUED);
            ui.painter().rect_filled(queue, CornerRadius::same(traffic::SMALL_RADIUS), palette.faint);
        }
        let Some(place) = scale.range(&(bar.working.start..bar.sending.end)) else { continue };
        // One that would only cover the mark of the one before it.
        if place.max - last < stats::MARK / 2.0 && place.span() < stats::MARK {
            continue;
        }
        last = place.max.max(place.min + stats::MARK);
        let whole = Rangef::new(place.min, last);
        if bar_ui(ui, Rect::from_x_y_ranges(whole, track), bar, said, scale) {
            clicked = Some(lead_to_exchange(bar.id));
        }
        labels.push((whole, said));
    }
    labels_ui(ui, rect, &labels, scale.x.max);
    ui.painter().hline(rect.x_range(), rect.bottom(), (space::HAIRLINE, palette.line));
    clicked
}

/// Paints the connection and how it was used.
fn name_ui(ui: &Ui, rect: Rect, lane: &Lane, said: &LaneWords) {
    let palette = theme::palette(ui);
    let (upper, lower) = rect.shrink2(vec2(0.0, space::TIGHT)).split_top_bottom_at_fraction(0.5);
    let name = format!("conn {}", lane.conn);
    let response = ui.interact(rect, ui.scope_id().with(("lane", lane.conn)), Sense::HOVER);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), format!("{name}, {}", said.about)));
    let galley = text::elided(ui, &name, theme::strong_font(), palette.text, rect.width());
    text::paint(ui, upper, Align2::LEFT_CENTER, galley);
    let galley = text::elided(ui, &said.about, theme::small_font(), palette.dim, rect.width());
    text::paint(ui, lower, Align2::LEFT_CENTER, galley);
    response.on_hover_text(format!("{name}: {}", said.about));
}

/// Paints a time in which nothing was asked.
fn pause_ui(ui: &Ui, place: Rangef, y: f32, pause: &Range<Nanos>) {
    let palette = theme::palette(ui);
    let place = Rangef::new(place.min + space::TIGHT, place.max - space::TIGHT);
    if place.span() < stats::PAUSE_MIN {
        return;
    }
    let words = format!("idle {}", words::duration(pause.end.saturating_sub(pause.start)));
    let galley = text::elided(ui, &words, theme::small_font(), palette.dim, f32::INFINITY);
    let wide = galley.size().x + 2.0 * space::TIGHT;
    let size = vec2(wide, galley.size().y);
    let line = Stroke::new(space::HAIRLINE, palette.faint);
    let dots = |from: f32, to: f32| {
        let points = [pos2(from, y), pos2(to, y)];
        ui.painter().extend(egui::Shape::dotted_line(&points, palette.faint, stats::DOT_GAP, line.width));
    };
    if size.x > place.span() {
        dots(place.min, place.max);
        return;
    }
    let at = Rect::from_center_size(pos2(place.center(), y), size);
    dots(place.min, at.left());
    dots(at.right(), place.max);
    text::paint(ui, at, Align2::CENTER_CENTER, galley);
}

/// The colour of what follows the head of a response.
const fn color_of(palette: &Palette, course: Course) -> Color32 {
    match course {
        Course::Response => palette.accent,
        Course::Tunnel => palette.span(SpanRole::Version),
        Course::Cut => palette.error,
    }
}

/// Paints a bar. Returns whether it was clicked.
fn bar_ui(ui: &Ui, target: Rect, bar: &Bar, said: &BarWords, scale: &Scale) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(target, ui.scope_id().with(("bar", bar.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), bar_words(bar, said)));
    let radius = CornerRadius::same(traffic::SMALL_RADIUS);
    let unanswered = bar.course == Course::Cut && bar.sending.start >= bar.sending.end;
    let working = if unanswered { palette.error } else { palette.warn };
    let parts = [(&bar.working, working), (&bar.sending, color_of(palette, bar.course))];
    let mut painted = false;
    for (time, color) in parts {
        let Some(place) = scale.range(time).filter(|place| place.span() > 0.0) else { continue };
        let place = Rect::from_x_y_ranges(place, target.y_range());
        ui.painter().rect_filled(place, radius, color);
        painted |= place.width() >= space::HAIRLINE;
    }
    if !painted {
        let color = if said.is_error { palette.error } else { color_of(palette, bar.course) };
        let mark = target.with_max_x(target.left() + stats::MARK);
        ui.painter().rect_filled(mark, CornerRadius::ZERO, color);
    }
    if response.hovered() || response.has_focus() {
        let line = Stroke::new(theme::widget::FOCUS_LINE, palette.text);
        ui.painter().rect_stroke(target, radius, line, StrokeKind::Outside);
        let clicked = response.clicked();
        response.on_hover_text(format!("{}. Show it in Traffic.", bar_words(bar, said)));
        return clicked;
    }
    response.clicked()
}

/// The exchange and its times.
fn bar_words(bar: &Bar, said: &BarWords) -> String {
    let took = |time: &Range<Nanos>| words::duration(time.end.saturating_sub(time.start));
    let queued = if bar.queued.is_empty() {
        String::new()
    } else {
        format!(", {} waiting for the one before", took(&bar.queued))
    };
    let after = match bar.course {
        Course::Response => "response",
        Course::Tunnel => "tunnel",
        Course::Cut => "response, broken off",
    };
    format!(
        "{}{queued}, {} request and server, {} {after}",
        said.name,
        took(&bar.working),
        took(&bar.sending)
    )
}

/// Paints the labels below the bars, each where it has room before the next one.
fn labels_ui(ui: &Ui, rect: Rect, labels: &[(Rangef, &BarWords)], right: f32) {
    let palette = theme::palette(ui);
    let top = rect.top() + stats::BAR_TOP + stats::BAR_HEIGHT + stats::QUEUED;
    let mut free = f32::NEG_INFINITY;
    for (index, (place, said)) in labels.iter().enumerate() {
        let next = labels.get(index + 1).map_or(right, |(next, _)| next.min - space::TIGHT);
        if place.min < free || next - place.min < stats::LABEL_MIN {
            continue;
        }
        let color = if said.is_error { palette.error } else { palette.dim };
        let galley = text::elided(ui, &said.label, theme::small_mono_font(), color, f32::INFINITY);
        let left = place.min.min(right - galley.size().x);
        // Shortened it would say less than the bar does on hover.
        if left + galley.size().x > next.max(place.min) || left < free {
            continue;
        }
        let at = Rect::from_min_max(pos2(left, top), pos2(left + galley.size().x, rect.bottom()));
        free = at.right() + space::GAP;
        text::paint(ui, at, Align2::LEFT_CENTER, galley);
    }
}
