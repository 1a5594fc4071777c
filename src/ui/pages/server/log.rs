//! The last lines of the request logger.

use std::sync::Arc;

use eframe::egui::{Align2, Label, RichText, ScrollArea, Ui, Vec2};

use crate::ui::{
    icons,
    theme::{self, server_page},
    widgets::{
        button::{self, Look},
        card,
    },
};

/// The card's own state.
#[derive(Default)]
pub struct Log {
    folded: bool,
}

impl Log {
    /// Shows the card's content.
    pub fn ui(&mut self, ui: &mut Ui, lines: &[Arc<str>]) {
        let (icon, name) =
            if self.folded { (icons::CARET_RIGHT, "Show log") } else { (icons::CARET_DOWN, "Hide log") };
        // Beside the title, which the card has put above.
        let size = Vec2::splat(ui.spacing().interact_size.y);
        let corner = Align2::RIGHT_BOTTOM.align_size_within_rect(size, ui.min_rect());
        if ui
            .put(corner, button::plain(icon, name, Look::IconOnly).frame_when_inactive(false))
            .on_hover_text(name)
            .accessible_name(name)
            .clicked()
        {
            self.folded = !self.folded;
        }
        if !self.folded {
            lines_ui(ui, lines);
        }
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
