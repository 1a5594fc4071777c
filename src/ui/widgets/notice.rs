//! A notice next to what caused it, which can be taken away.

use eframe::egui::{Align, Frame, Label, Layout, RichText, Stroke, Ui, vec2};

use super::button;
use crate::{
    trace::Severity,
    ui::{
        icons,
        theme::{self, space},
    },
};

/// Shows a notice with a cross. Returns whether the cross was clicked.
pub fn notice(ui: &mut Ui, severity: Severity, text: &str) -> bool {
    let palette = theme::palette(ui);
    let (icon, colour) = match severity {
        Severity::Info => (icons::INFO, palette.accent),
        Severity::Warning => (icons::WARNING, palette.warn),
        Severity::Error => (icons::WARNING_CIRCLE, palette.error),
    };
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(space::HAIRLINE, colour))
        .corner_radius(space::BUTTON_RADIUS)
        .inner_margin(theme::margin(space::GAP, space::TIGHT))
        .show(ui, |ui| {
            // A row of a known height: the room below may be endless.
            let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
            let row = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                let dismissed = button::bare(ui, icons::X, "Dismiss").clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(theme::icon(icon).color(colour));
                    ui.add(Label::new(RichText::new(text).color(palette.text)).wrap());
                });
                dismissed
            });
            row.inner
        })
        .inner
}
