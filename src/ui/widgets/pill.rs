//! A pill: a few words in a rounded outline.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, Galley, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, vec2,
};

use crate::ui::theme::{self, space, traffic};

use super::text;

/// Shows a pill as a label.
pub fn pill(ui: &mut Ui, words: &str, color: Color32) -> Response {
    show(ui, words, color, Sense::hover(), Role::Label)
}

/// Shows a pill as a button.
pub fn pill_button(ui: &mut Ui, words: &str, color: Color32) -> Response {
    show(ui, words, color, Sense::click(), Role::Button)
}

/// Width of a pill with these words, in points.
#[must_use]
pub fn width(ui: &Ui, words: &str) -> f32 {
    let galley = text::elided(ui, words, theme::small_font(), theme::palette(ui).text, f32::INFINITY);
    galley.size().x + 2.0 * traffic::PILL_PAD
}

/// Paints a pill, vertically centred on `left`, unless it would reach beyond `right`. Returns its right edge,
/// or the x coordinate of `left` if there is no room.
#[must_use]
pub fn paint_pill(ui: &Ui, left: Pos2, right: f32, words: &str, color: Color32) -> f32 {
    paint_galley(ui, left, right, text::elided(ui, words, theme::small_font(), color, f32::INFINITY))
}

/// Paints a pill as [`paint_pill`] does, its words shortened to the room there is, if there is room for some of them.
#[must_use]
pub fn paint_shortened(ui: &Ui, left: Pos2, right: f32, words: &str, color: Color32) -> f32 {
    let room = right - left.x - 2.0 * traffic::PILL_PAD;
    if room < traffic::PILL_WORDS_MIN {
        return left.x;
    }
    paint_galley(ui, left, right, text::elided(ui, words, theme::small_font(), color, room))
}

fn paint_galley(ui: &Ui, left: Pos2, right: f32, galley: Arc<Galley>) -> f32 {
    let size = vec2(galley.size().x + 2.0 * traffic::PILL_PAD, traffic::PILL);
    if left.x + size.x > right {
        return left.x;
    }
    let rect = Rect::from_min_size(left - vec2(0.0, size.y / 2.0), size);
    outline(ui, rect, theme::palette(ui).line, Color32::TRANSPARENT);
    text::paint(ui, rect, Align2::CENTER_CENTER, galley);
    rect.right()
}

fn show(ui: &mut Ui, words: &str, color: Color32, sense: Sense, role: Role) -> Response {
    let palette = theme::palette(ui);
    let room = (ui.available_width() - 2.0 * traffic::PILL_PAD).max(traffic::PILL);
    let galley = text::elided(ui, words, theme::small_font(), color, room);
    let size = vec2(galley.size().x + 2.0 * traffic::PILL_PAD, traffic::PILL + space::TIGHT / 2.0);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), words));
    if ui.is_rect_visible(rect) {
        let hot = response.hovered() || response.has_focus();
        let (line, fill) = match (role == Role::Button, hot) {
            (true, true) => (palette.accent, palette.raised),
            _ => (palette.line, Color32::TRANSPARENT),
        };
        outline(ui, rect, line, fill);
        text::paint(ui, rect, Align2::CENTER_CENTER, galley);
    }
    response
}

fn outline(ui: &Ui, rect: Rect, line: Color32, fill: Color32) {
    let radius = CornerRadius::same((rect.height() / 2.0) as u8);
    ui.painter().rect(rect, radius, fill, Stroke::new(space::HAIRLINE, line), StrokeKind::Inside);
}
