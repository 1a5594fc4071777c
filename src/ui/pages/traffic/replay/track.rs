//! The track: the whole message from left to right, with its parts and its reads.

use std::ops::Range;

use egui::{Align2, EventFilter, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    explain::replay::{Replay, Side},
    ui::{
        theme::{self, replay as size},
        widgets::text,
    },
};

use super::{
    super::resolved::ResolvedExchange,
    model::{ReplayView, stream_of},
};

/// Paints the track. A click or a drag on it moves the place.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut ReplayView) {
    let Some(replay) = view.replay() else { return };
    let range = replay.range();
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::TRACK), Sense::hover());
    let id = ui.scope_id().with("replay-track");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    #[allow(clippy::cast_precision_loss, reason = "places on a screen, and what a screen reader says")]
    let (place, all) = (replay.place(view.at()) as f64, replay.place(range.end).max(1) as f64);
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), place, "Place in the message"));
    let line = rect.shrink2(vec2(size::KNOB, 0.0));
    #[allow(clippy::cast_precision_loss, reason = "places on a screen")]
    let x = |offset: u64| line.left() + line.width() * (replay.place(offset) as f64 / all) as f32;
    let y = rect.center().y.round();
    let bar = |from: f32, to: f32| {
        Rect::from_min_max(pos2(from, y - size::LINE / 2.0), pos2(to, y + size::LINE / 2.0))
    };
    let knob = x(view.at());
    ui.painter().rect_filled(bar(line.left(), line.right()), size::LINE / 2.0, palette.groove);
    ui.painter().rect_filled(bar(line.left(), knob), size::LINE / 2.0, palette.accent);
    ticks_ui(ui, resolved, replay, &Place { rect, y, x: &x });
    let ring = if response.has_focus() || response.hovered() { palette.text } else { palette.panel };
    ui.painter().circle(pos2(knob, y), size::KNOB, palette.accent, (theme::space::HAIRLINE * 2.0, ring));
    let asked = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged());
    let to = asked.map(|at| {
        let share = f64::from((at.x - line.left()) / line.width().max(1.0)).clamp(0.0, 1.0);
        range.start + (share * all).round() as u64
    });
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.has_focus() {
        let keep = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, keep));
    }
    view.track_id = Some(id);
    if let Some(to) = to {
        view.go_to(to);
    }
}

/// Where the track is painted.
struct Place<'a> {
    rect: Rect,
    /// The middle of the line.
    y: f32,
    x: &'a dyn Fn(u64) -> f32,
}

impl Place<'_> {
    /// Paints words above or below the line, if there is room for them.
    fn label(&self, ui: &Ui, between: Range<f32>, words: &str, align: Align2) {
        let (room, dim) = (between.end - between.start, theme::palette(ui).dim);
        let galley = text::elided(ui, words, theme::small_font(), dim, room);
        if galley.elided || galley.size().x > room {
            return;
        }
        let area = Rect::from_x_y_ranges(between.start..=between.end, self.rect.y_range());
        text::paint(ui, area, align, galley);
    }
}

/// Paints the beginnings of reads and of parts, with their names.
fn ticks_ui(ui: &Ui, resolved: &ResolvedExchange, replay: &Replay, place: &Place<'_>) {
    let (palette, range) = (theme::palette(ui), replay.range());
    let Place { y, x, .. } = *place;
    let reads = replay.chunks();
    let mut last = f32::NEG_INFINITY;
    for chunk in reads {
        let own = chunk.range();
        let (from, to) = (x(own.start.max(range.start)), x(own.end.min(range.end)));
        if from - last >= size::TICKS {
            let ends = y - size::READ_TICK / 2.0..=y + size::KNOB;
            if own.start > range.start {
                ui.painter().vline(from, ends, (theme::space::HAIRLINE * 2.0, palette.accent));
            }
            last = from;
        }
        let room = from + theme::space::TIGHT..to;
        // No name has room between ticks that are left out.
        if room.end - room.start > size::TICKS {
            let words = format!("{} {}", replay.read_name(), chunk.number);
            place.label(ui, room, &words, Align2::LEFT_TOP);
        }
    }
    let parts = parts(resolved, replay);
    for (index, (name, from, to)) in parts.iter().enumerate() {
        if index > 0 {
            let ends = y - size::PART_TICK / 2.0..=y + size::PART_TICK / 2.0;
            ui.painter().vline(x(*from), ends, (theme::space::HAIRLINE * 2.0, palette.warn));
        }
        place.label(ui, x(*from)..x(*to), name, Align2::CENTER_BOTTOM);
    }
}

/// The large parts of a message: name, first byte and end.
fn parts(resolved: &ResolvedExchange, replay: &Replay) -> Vec<(&'static str, u64, u64)> {
    if replay.side().is_frames() {
        return Vec::new();
    }
    let is_request = replay.side() == Side::Request;
    let Some(stream) = resolved.facts(stream_of(replay)) else { return Vec::new() };
    let end = replay.range().end;
    let Some(head) = stream.head_parts() else { return Vec::new() };
    let Some(line) = head.line_range() else { return Vec::new() };
    let mut parts = vec![(if is_request { "request line" } else { "status line" }, line.start, end)];
    let mut push = |name, from: u64| {
        if from < end {
            if let Some(last) = parts.last_mut() {
                last.2 = from;
            }
            parts.push((name, from, end));
        }
    };
    if let Some(first) = head.fields.first() {
        push("fields", first.name.start);
    }
    if let Some(empty) = &head.end {
        push("body", empty.end);
    }
    parts
}
