//! A thin bar that fills from the left.

use egui::{CornerRadius, Rect, Sense, Ui, vec2};

use crate::ui::theme::{self, widget};

/// Shows how much of a whole there is. `share`: 0 to 1. What it says stands in words beside it, so
/// it needs no name of its own.
pub fn bar(ui: &mut Ui, share: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), widget::BAR), Sense::hover());
    let palette = theme::palette(ui);
    let radius = CornerRadius::from(widget::BAR / 2.0);
    ui.painter().rect_filled(rect, radius, palette.groove);
    let share = share.clamp(0.0, 1.0);
    if share > 0.0 {
        // Never thinner than it is high: a sliver would not be seen.
        let width = (rect.width() * share).max(widget::BAR);
        let filled = Rect::from_min_size(rect.min, vec2(width, rect.height()));
        ui.painter().rect_filled(filled, radius, palette.accent);
    }
}
