//! The last lines of the request logger.

use std::sync::Arc;

use eframe::egui::{Label, Layout, RichText, ScrollArea, Ui};

use crate::ui::{
    icons,
    theme::{self, server_page},
    widgets::{button, card},
};

/// The card's own state.
#[derive(Default)]
pub struct Log {
    folded: bool,
}

impl Log {
    /// Shows the card.
    pub fn ui(&mut self, ui: &mut Ui, lines: &[Arc<str>]) {
        card::frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                card::caption(ui, "Log");
                ui.with_layout(Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                    let (icon, name) = if self.folded {
                        (icons::CARET_RIGHT, "Show log")
                    } else {
                        (icons::CARET_DOWN, "Hide log")
                    };
                    if button::bare(ui, icon, name).clicked() {
                        self.folded = !self.folded;
                    }
                });
            });
            if !self.folded {
                lines_ui(ui, lines);
            }
        });
    }
}

fn lines_ui(ui: &mut Ui, lines: &[Arc<str>]) {
    if lines.is_empty() {
        card::dim(ui, "One line for each exchange appears here while the request logger is on.");
        return;
    }
    let palette = theme::palette(ui);
    let row = ui.text_style_height(&eframe::egui::TextStyle::Monospace);
    ScrollArea::both()
        .max_height(server_page::LOG)
        .auto_shrink([false, true])
        .stick_to_bottom(true)
        .show_rows(ui, row, lines.len(), |ui, range| {
            for line in &lines[range] {
                let text = RichText::new(line.as_ref()).font(theme::mono_font()).color(palette.dim);
                ui.add(Label::new(text).extend().selectable(true));
            }
        });
}
