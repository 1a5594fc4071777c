//! A thin bar that fills from the left.

use egui::{CornerRadius, Rect, Sense, Ui, vec2};

use crate::ui::theme::{self, widget};

/// Shows a share of a whole, from 0 to 1. The caller shows the same value as text beside it, so the bar needs
/// no accessible name.
pub fn bar(ui: &mut Ui, share: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), widget::BAR), Sense::hover());
    let palette = theme::palette(ui);
    let radius = CornerRadius::from(widget::BAR / 2.0);
    ui.painter().rect_filled(rect, radius, palette.groove);
    let share = share.clamp(0.0, 1.0);
    if share > 0.0 {
        // At least as wide as high: a sliver would be invisible.
        let width = (rect.width() * share).max(widget::BAR);
        let filled = Rect::from_min_size(rect.min, vec2(width, rect.height()));
        ui.painter().rect_filled(filled, radius, palette.accent);
    }
}
