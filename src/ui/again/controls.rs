//! The button and the menu items that send a request again.

use egui::{
    Button, PopupCloseBehavior, Ui,
    containers::menu::{MenuButton, MenuConfig},
};

use crate::{
    base::stream::ExchangeId,
    server::COPIES_MAX,
    ui::{
        command::{AgainCommand, Command},
        icons,
        theme::{self, space},
        widgets::number::{Unit, number},
    },
    words,
};

/// The name of the command, and its key.
const NAME: &str = "Send again";
const KEY: &str = "R";

/// Paints the button with its menu. `times`: the number of copies that was chosen last.
pub(in crate::ui) fn button_ui(ui: &mut Ui, id: ExchangeId, times: &mut u32, commands: &mut Vec<Command>) {
    let button = Button::new((theme::icon(icons::REPEAT), theme::icon(icons::CARET_DOWN)));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        items_ui(ui, id, times, commands);
    });
    let hint = format!("Send this request again ({KEY})");
    let _ = response.on_hover_text(hint).accessible_name("Send this request again");
    ui.add_space(space::TIGHT / 2.0);
}

/// Paints the items of a menu without inputs.
pub(in crate::ui) fn plain_items_ui(ui: &mut Ui, id: ExchangeId, times: u32, commands: &mut Vec<Command>) {
    let many = format!("Send again {} times", words::count(times.into()));
    for (name, times) in [(NAME, 1), (&*many, times)] {
        if ui.add(Button::new(name)).clicked() {
            commands.push(Command::Again(AgainCommand::Send { id, times }));
            ui.close();
        }
    }
}

/// Paints the items of a menu: once, and many times.
fn items_ui(ui: &mut Ui, id: ExchangeId, times: &mut u32, commands: &mut Vec<Command>) {
    let mut send = |ui: &mut Ui, times: u32| {
        commands.push(Command::Again(AgainCommand::Send { id, times }));
        ui.close();
    };
    let once = Button::new(NAME).shortcut_text(KEY);
    if ui.add(once).clicked() {
        send(ui, 1);
    }
    ui.horizontal(|ui| {
        // In a menu an input has no frame, so that it looks like a label.
        ui.scope(|ui| {
            ui.reset_style();
            number(ui, times, 2..=COPIES_MAX, Unit::Named(""), "Number of copies");
        });
        if ui.button(format!("Send {} times", words::count((*times).into()))).clicked() {
            send(ui, *times);
        }
    });
}
