//! The legend: each kind of span with its colour and name.

use egui::{Button, Ui, containers::menu::MenuButton};

use crate::{
    explain::Facts,
    ui::{icons, theme},
    wire::SpanFacts,
};

/// A button that shows the legend.
pub(super) fn button(ui: &mut Ui, facts: &Facts) {
    let (response, _) = MenuButton::from_button(Button::new(theme::icon(icons::PALETTE))).ui(ui, |ui| {
        let palette = theme::palette(ui);
        ui.weak("What colours and offsets mean");
        for kind in facts.kinds() {
            let &SpanFacts { name, role, sample, .. } = kind.facts();
            let shown = format!("{sample}  {name}");
            ui.label(egui::RichText::new(shown).monospace().color(palette.span(role)));
        }
        ui.separator();
        ui.weak("Offsets count from 0, at the first byte of the message.");
    });
    let _ = response.on_hover_text("What colours and offsets mean");
}
