//! The input buffer as a strip: done with, kept, not looked at, free.

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::{
    theme::{self, replay as size, space, traffic},
    widgets::{card::caption, text},
};
use crate::{wire::SpanRole, words};

use super::model::ReplayView;

/// Paints the strip and its words.
pub(super) fn show(ui: &mut Ui, view: &mut ReplayView) {
    let Some((replay, shown)) = view.shown() else { return };
    let palette = theme::palette(ui);
    let buffer = shown.moment.buffer;
    let sentence = buffer.words();
    ui.horizontal(|ui| {
        caption(ui, "Buffer");
        ui.add(egui::Label::new(egui::RichText::new(&sentence).color(palette.dim)).truncate());
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::BUFFER), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Buffer: {sentence}")));
    let token = shown.moment.token.as_ref().filter(|_| buffer.token > 0).map(|(kind, range)| {
        let text = words::shortened(&words::escaped(replay.slice(range.clone())), 40);
        (text, palette.span(kind.role()))
    });
    let (token_text, token_color) = token.unwrap_or((String::new(), palette.span(SpanRole::Name)));
    let free = buffer
        .free()
        .map_or_else(|| "free".to_owned(), |free| format!("free: {}", words::plural(free, "byte")));
    let named = |name: &str, bytes: u64| format!("{name} · {}", words::plural(bytes, "byte"));
    let parts: [(u64, String, Color32, Color32); 4] = [
        (buffer.done, named("done with", buffer.done), palette.raised, palette.dim),
        (buffer.kept, named("kept", buffer.kept), palette.highlight, palette.text),
        (buffer.token, token_text, palette.mark, token_color),
        (buffer.unread, named("not looked at", buffer.unread), palette.link, palette.dim),
    ];
    // What is there takes two thirds; a part that is small is still seen.
    let used: u64 = parts.iter().map(|part| part.0).sum();
    let room = rect.width() * if used > 0 { 0.66 } else { 0.0 };
    let mut left = rect.left();
    for (bytes, name, fill, ink) in parts.into_iter().filter(|part| part.0 > 0) {
        #[allow(clippy::cast_precision_loss, reason = "widths on a screen")]
        let width = (room * (bytes as f64 / used as f64) as f32).max(size::BUFFER_PART);
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        box_ui(ui, part, fill, &name, ink);
        left += width;
    }
    if left < rect.right() {
        let part = Rect::from_min_max(pos2(left, rect.top()), rect.max);
        box_ui(ui, part, palette.panel, &free, palette.dim);
    }
}

/// Paints a part of the strip, with its name if there is room.
fn box_ui(ui: &Ui, rect: Rect, fill: Color32, name: &str, ink: Color32) {
    let palette = theme::palette(ui);
    let radius = CornerRadius::same(traffic::SMALL_RADIUS);
    let stroke = Stroke::new(space::HAIRLINE, palette.line);
    ui.painter().rect(rect, radius, fill, stroke, StrokeKind::Inside);
    let galley = text::elided(ui, name, theme::small_mono_font(), ink, rect.width() - space::GAP);
    if rect.width() > 4.0 * space::GAP {
        text::paint(ui, rect, Align2::CENTER_CENTER, galley);
    }
}
