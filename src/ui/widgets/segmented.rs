//! A segmented control: adjacent buttons, one of which is pressed.

use egui::{Align2, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::ui::theme::{self, space};

use super::text;

/// A button of the control.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The label.
    pub label: &'a str,
    /// Faint text after the label. May be empty.
    pub detail: &'a str,
    /// Accessible name.
    pub accessible_name: &'a str,
}

/// Shows `options` with the one at `current` pressed. Returns the index of another one that was clicked.
pub fn segmented(ui: &mut Ui, current: usize, options: &[Choice<'_>]) -> Option<usize> {
    let palette = theme::palette(ui);
    let pad = ui.spacing().button_padding;
    let mut clicked = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        // A right-to-left layout places the last option first.
        let backwards = ui.layout().prefer_right_to_left();
        for nth in 0..options.len() {
            let index = if backwards { options.len() - 1 - nth } else { nth };
            let Choice { label, detail, accessible_name } = options[index];
            let on = index == current;
            let color = if on { palette.on_primary } else { palette.text };
            let faint = if on { palette.on_primary } else { palette.dim };
            let galley = text::elided_job(
                ui,
                text::job(&[
                    (label, theme::body_font(), color),
                    (if detail.is_empty() { "" } else { "  " }, theme::small_font(), faint),
                    (detail, theme::small_font(), faint),
                ]),
                f32::INFINITY,
            );
            let size = vec2(galley.size().x + 2.0 * pad.x, ui.spacing().interact_size.y);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, accessible_name));
            let hot = response.hovered() || response.has_focus();
            let fill = if on { palette.primary } else { palette.raised };
            let line = if hot { palette.accent } else { palette.line };
            let r = space::BUTTON_RADIUS;
            let radius = CornerRadius {
                nw: if index == 0 { r } else { 0 },
                sw: if index == 0 { r } else { 0 },
                ne: if index + 1 == options.len() { r } else { 0 },
                se: if index + 1 == options.len() { r } else { 0 },
            };
            ui.painter().rect(rect, radius, fill, Stroke::new(space::HAIRLINE, line), StrokeKind::Inside);
            text::paint(ui, rect, Align2::CENTER_CENTER, galley);
            if response.clicked() && !on {
                clicked = Some(index);
            }
        }
    });
    clicked
}
