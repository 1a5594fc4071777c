//! The bar below the list while several exchanges are selected.

use egui::{Button, Frame, Panel, Popup, RichText, Ui, Widget as _};

use crate::{
    capture::save::FileFormat,
    ui::{
        captures::bar,
        command::{CaptureCommand, Command, SaveScope},
        icons,
        theme::{self, space},
    },
    words,
};

use super::{
    super::{
        model::Model,
        view::{Tab, View},
    },
    marks,
};

/// Paints the bar, if several exchanges are selected.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    let Some((count, bytes)) = model.chosen.sums() else { return };
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(theme::margin(space::GAP, space::TIGHT));
    Panel::bottom("selected").resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let said = format!("{} selected, {}", words::count(count as u64), words::size(bytes));
            ui.label(RichText::new(said).color(palette.dim));
            if model.other_of_two().is_some() {
                let compare = ui.button("Compare").accessible_name("Compare the selected exchanges");
                if compare.clicked() {
                    view.open_tab(Tab::Compare, model.resolved());
                }
            }
            if ui.button("Save…").on_hover_text("Save the selected exchanges as a capture").clicked() {
                let save = CaptureCommand::Save(SaveScope::Chosen, FileFormat::Capture);
                commands.push(Command::Capture(save));
            }
            menu(ui, "Export", |ui| bar::exports_ui(ui, SaveScope::Chosen, commands));
            menu(ui, "Mark", |ui| marks::items_ui(ui, model, view, commands));
            let delete = Button::new("Delete").ui(ui).on_hover_text("Delete the selected exchanges (Del)");
            if delete.clicked() {
                commands.push(model.delete_command());
            }
        });
    });
}

/// Paints a button that opens a menu above it.
fn menu(ui: &mut Ui, name: &str, items: impl FnOnce(&mut Ui)) {
    let button = ui.add(Button::new((name, theme::icon(icons::CARET_UP))));
    let button = button.accessible_name(format!("{name} the selected exchanges"));
    Popup::menu(&button).align(egui::RectAlign::TOP_START).show(items);
}
