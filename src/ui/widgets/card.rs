//! A card: a titled area of a page.

use egui::{CornerRadius, Frame, Label, Margin, Rect, RichText, Stroke, Ui};

use crate::ui::theme::{self, space};

/// Shows `content` under `title`, across the available width. A shorter card is extended down to `bottom`.
/// Returns the bottom edge that the content alone would have, and the result of `content`.
pub fn card<R>(
    ui: &mut Ui,
    title: &str,
    bottom: Option<f32>,
    content: impl FnOnce(&mut Ui) -> R,
) -> (f32, R) {
    let frame = frame(ui);
    let margin = frame.total_margin();
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        caption(ui, title);
        let inner = content(ui);
        let natural = ui.min_rect().bottom() + margin.bottom;
        if let Some(bottom) = bottom {
            let to = Rect::from_min_max(
                ui.min_rect().min,
                ui.min_rect().max.max((ui.min_rect().left(), bottom - margin.bottom).into()),
            );
            ui.expand_to_include_rect(to);
        }
        (natural, inner)
    });
    shown.inner
}

/// Shows the title of a card, or of a part of one, in small capitals.
pub fn caption(ui: &mut Ui, title: &str) {
    let palette = theme::palette(ui);
    let text = RichText::new(title.to_uppercase()).font(theme::caption_font()).color(palette.dim);
    ui.add(Label::new(text).selectable(false));
}

/// Shows secondary text, wrapped.
pub fn dim(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
}

/// Shows small, faint text, wrapped.
pub fn faint(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(text).font(theme::small_font()).color(palette.faint)).wrap());
}

/// Shows secondary text on one line.
pub fn faint_line(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(text).color(palette.dim)).extend());
}

/// The frame of a card.
pub fn frame(ui: &Ui) -> Frame {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(space::HAIRLINE, palette.line))
        .corner_radius(CornerRadius::same(space::CARD_RADIUS))
        .inner_margin(Margin::from(space::WIDE))
}
