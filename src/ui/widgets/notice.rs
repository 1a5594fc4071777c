//! A notice next to what caused it, which can be taken away.

use eframe::egui::{Frame, Label, Margin, RichText, Stroke, Ui};

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
        .inner_margin(Margin::symmetric(space::GAP as i8, space::TIGHT as i8))
        .show(ui, |ui| {
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                let dismissed = button::bare(ui, icons::X, "Dismiss").clicked();
                ui.with_layout(eframe::egui::Layout::left_to_right(eframe::egui::Align::Center), |ui| {
                    ui.label(theme::icon(icon).color(colour));
                    ui.add(Label::new(RichText::new(text).color(palette.text)).wrap());
                });
                dismissed
            })
            .inner
        })
        .inner
}
