//! The list of frames.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::{
    base::stream::Direction,
    explain::websocket::{FrameFacts, WebSocketFacts, payload_words, severity},
    trace::Severity,
    ui::{
        pages::traffic::{resolved::ResolvedExchange, timeline::card},
        theme::{self, frames, space, traffic},
        widgets::{rows::Rows, text},
    },
    wire::SpanRole,
    words,
};

use super::FramesView;

/// Height of the card with so many frames, in points.
pub(super) fn height(count: usize) -> f32 {
    (count + 1) as f32 * traffic::TREE_ROW + 2.0 * (traffic::INSET + space::HAIRLINE)
}

/// Paints the list.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, facts: &WebSocketFacts, view: &mut FramesView) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing.y = 0.0;
        if facts.frames.is_empty() {
            ui.weak("No frame yet: the connection is a WebSocket, and neither side has sent anything.");
            return;
        }
        let (head, _) =
            ui.allocate_exact_size(egui::vec2(ui.available_width(), traffic::TREE_ROW), Sense::hover());
        let dim = theme::palette(ui).dim;
        line(ui, head, &["", "after", "frame", "size", "payload", "message"], [dim; 6], theme::small_font());
        let current = view.index(facts);
        let rows = Rows {
            salt: "frames",
            row_height: traffic::TREE_ROW,
            total: facts.frames.len(),
            reveal: None,
            shift: 0.0,
            follow: true,
        };
        rows.show(ui, |ui, index, rect| {
            let Some(frame) = facts.frames.get(index) else { return };
            let before = index.checked_sub(1).and_then(|before| facts.frames.get(before));
            if row(ui, rect, (resolved, facts), (index, frame, before), current == Some(index)) {
                view.selected = Some((frame.direction, frame.range.start));
                view.part = None;
            }
        });
    });
}

/// Paints a row. Returns whether it was clicked.
fn row(
    ui: &Ui,
    rect: Rect,
    (resolved, facts): (&ResolvedExchange, &WebSocketFacts),
    (index, frame, before): (usize, &FrameFacts, Option<&FrameFacts>),
    is_selected: bool,
) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("frame", index)), Sense::click());
    if is_selected {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.highlight);
    }
    let payload = payload_words(frame, resolved.facts.stream(frame.direction));
    let since = |before: &FrameFacts| words::duration(frame.at.saturating_sub(before.at));
    let size = frame.head.map_or(frame.range.end - frame.range.start, |head| head.length);
    let cells = [
        arrow(frame.direction).to_owned(),
        before.map_or_else(|| "0 ms".to_owned(), since),
        kind_words(frame),
        words::size(size),
        payload,
        message_words(frame),
    ];
    let arrow_color = match frame.direction {
        Direction::Received => palette.accent,
        Direction::Sent => palette.span(SpanRole::Method),
    };
    let is_wrong = severity(facts, frame) == Severity::Error;
    let kind_color = if is_wrong { palette.error } else { palette.span(SpanRole::Method) };
    let colors =
        [arrow_color, palette.dim, kind_color, palette.dim, palette.span(SpanRole::Content), palette.dim];
    line(ui, rect, &cells.each_ref().map(|cell| &**cell), colors, theme::mono_font());
    response.widget_info(|| {
        let from = match frame.direction {
            Direction::Received => "from the client",
            Direction::Sent => "from the server",
        };
        let name = format!("frame {}, {from}, {}, {}, {}", index + 1, cells[2], cells[3], cells[4]);
        WidgetInfo::selected(Role::ListItem, ui.is_enabled(), is_selected, name)
    });
    response.clicked()
}

const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Received => "→",
        Direction::Sent => "←",
    }
}

/// The kind of a frame in words: `text, more`.
fn kind_words(frame: &FrameFacts) -> String {
    match &frame.head {
        None => "malformed".to_owned(),
        Some(head) if head.fin => head.opcode.key().to_owned(),
        Some(head) => format!("{}, more", head.opcode.key()),
    }
}

/// The place of a frame in its message: `2 · 6 B in 2 frames`. Empty for control frames.
fn message_words(frame: &FrameFacts) -> String {
    match &frame.message {
        Some(part) if part.is_last && part.frames > 1 => {
            format!("{} · {} in {} frames", part.number, words::size(part.bytes), part.frames)
        }
        Some(part) => part.number.to_string(),
        None => String::new(),
    }
}

/// Paints the cells of a line.
fn line(ui: &Ui, rect: Rect, cells: &[&str; 6], colors: [Color32; 6], font: egui::FontId) {
    let widths = [frames::ARROW, frames::AFTER, frames::KIND, frames::SIZE];
    let mut left = rect.left() + space::TIGHT;
    for index in 0..4 {
        let align = if matches!(index, 1 | 3) { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(left + widths[index], rect.bottom()));
        paint(ui, cell, align, cells[index], colors[index], font.clone());
        left = cell.right() + space::GAP;
    }
    let message = text::elided(ui, cells[5], theme::small_font(), colors[5], f32::INFINITY);
    let right = rect.right() - space::GAP;
    let message_left = right - message.size().x;
    text::paint(ui, Rect::from_min_max(rect.min, pos2(right, rect.bottom())), Align2::RIGHT_CENTER, message);
    let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(message_left - space::GAP, rect.bottom()));
    if cell.is_positive() {
        paint(ui, cell, Align2::LEFT_CENTER, cells[4], colors[4], font);
    }
}

fn paint(ui: &Ui, cell: Rect, align: Align2, words: &str, color: Color32, font: egui::FontId) {
    let galley = text::elided(ui, words, font, color, cell.width());
    text::paint(ui, cell, align, galley);
}
