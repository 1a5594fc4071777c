//! A toggle switch.

use egui::{CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2};

use crate::ui::theme::{self, widget};

/// Shows a switch that is on or off. The caller flips the value when the response is clicked. `name`: the
/// accessible name.
pub fn toggle(ui: &mut Ui, on: bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::from(widget::TOGGLE), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), on, name));
    if ui.is_rect_visible(rect) {
        let palette = theme::palette(ui);
        let how_on = ui.ctx().animate_bool_responsive(response.id, on);
        let radius = rect.height() / 2.0;
        let track = palette.groove.lerp_to_gamma(palette.toggle_on, how_on);
        let outline = if response.has_focus() {
            Stroke::new(widget::FOCUS_LINE, palette.accent)
        } else if response.hovered() {
            Stroke::new(theme::space::HAIRLINE, palette.faint)
        } else {
            Stroke::new(theme::space::HAIRLINE, palette.line)
        };
        let knob_x = egui::lerp(rect.left() + radius..=rect.right() - radius, how_on);
        let knob = palette.faint.lerp_to_gamma(palette.toggle_knob, how_on);
        ui.painter().rect(rect, CornerRadius::from(radius), track, outline, StrokeKind::Inside);
        ui.painter().circle_filled(pos2(knob_x, rect.center().y), radius - widget::TOGGLE_INSET, knob);
    }
    response
}
