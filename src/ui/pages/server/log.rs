//! The log card: the last lines of the request logger.

use std::sync::Arc;

use egui::{Align2, Label, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, Vec2};

use crate::ui::{
    command::Command,
    context::Context,
    icons,
    theme::{self, server_page},
    widgets::{button, card},
};

use super::Content;

/// The state of the card.
#[derive(Default)]
pub(super) struct Log {
    folded: bool,
    /// Height that the card may fill, in points.
    room: f32,
}

impl Content for Log {
    fn set_room(&mut self, room: f32) {
        self.room = room;
    }

    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let (icon, name) =
            if self.folded { (icons::CARET_RIGHT, "Show log") } else { (icons::CARET_DOWN, "Hide log") };
        // In the row of the title, which is painted already: a child, so that it takes no room below.
        let size = Vec2::splat(ui.spacing().interact_size.y);
        let title = Rect::from_min_max(ui.min_rect().min, ui.max_rect().right_top()).union(ui.min_rect());
        let corner = Align2::RIGHT_CENTER.align_size_within_rect(size, title);
        let mut beside = ui.new_child(UiBuilder::new().max_rect(corner));
        if button::bare(&mut beside, icon, name).clicked() {
            self.folded = !self.folded;
        }
        if !self.folded {
            return lines_ui(ui, &context.live.log, self.room);
        }
        None
    }
}

/// Shows the lines, as many as there is room for, at least a few. A line that is cut is whole on hover. Returns the
/// user's command.
fn lines_ui(ui: &mut Ui, lines: &[Arc<str>], room: f32) -> Option<Command> {
    if lines.is_empty() {
        card::dim(ui, "One line for each exchange appears here while the request logger is on.");
        return None;
    }
    let palette = theme::palette(ui);
    let row = ui.text_style_height(&egui::TextStyle::Monospace);
    let mut copied = None;
    ScrollArea::vertical()
        .max_height(room.max(server_page::LOG))
        .auto_shrink([false, true])
        .stick_to_bottom(true)
        .show_rows(ui, row, lines.len(), |ui, range| {
            for line in &lines[range] {
                let text = RichText::new(line.as_ref()).font(theme::mono_font()).color(palette.dim);
                let label = ui.add(Label::new(text).truncate().sense(Sense::click()));
                label.context_menu(|ui| {
                    if ui.button("Copy this line").clicked() {
                        copied = Some(line.to_string());
                        ui.close();
                    }
                    if ui.button("Copy the log").clicked() {
                        copied = Some(lines.join("\n"));
                        ui.close();
                    }
                });
            }
        });
    copied.map(Command::CopyText)
}
