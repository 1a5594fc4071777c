//! A notice that the user can dismiss, shown beside its cause.

use egui::{Align, Frame, Label, Layout, RichText, Stroke, Ui, vec2};

use super::button;
use crate::{
    trace::Severity,
    ui::{
        icons,
        theme::{self, space},
    },
};

/// Shows a notice with a cross. Returns `true` when the cross is clicked.
pub fn notice(ui: &mut Ui, severity: Severity, text: &str) -> bool {
    let colour = theme::palette(ui).text;
    let cross = |ui: &mut Ui| button::bare(ui, icons::X, "Dismiss").clicked();
    framed(ui, severity, icons::INFO, cross, |ui| {
        ui.add(Label::new(RichText::new(text).color(colour)).wrap());
    })
}

/// Shows a framed row in the colour of `severity`, with the icon of `severity` on the left (`info` is the
/// icon for [`Severity::Info`]). `right` paints the right end, `words` the rest. Returns the result of
/// `right`.
pub fn framed<R>(
    ui: &mut Ui,
    severity: Severity,
    info: &'static str,
    right: impl FnOnce(&mut Ui) -> R,
    words: impl FnOnce(&mut Ui),
) -> R {
    let palette = theme::palette(ui);
    let (icon, colour) = match severity {
        Severity::Info => (info, palette.accent),
        Severity::Warning => (icons::WARNING, palette.warn),
        Severity::Error => (icons::WARNING_CIRCLE, palette.error),
    };
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(space::HAIRLINE, colour))
        .corner_radius(space::BUTTON_RADIUS)
        .inner_margin(theme::margin(space::GAP, space::TIGHT))
        .show(ui, |ui| {
            // The height must be fixed: the space below may be infinite.
            let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
            let row = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                let result = right(ui);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(theme::icon(icon).color(colour));
                    words(ui);
                });
                result
            });
            row.inner
        })
        .inner
}
