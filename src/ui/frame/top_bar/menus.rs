//! The menus of the bar: theme, capture, and what there is no room for.

use egui::{Button, Ui};

use crate::{
    config::ThemeChoice,
    ui::{
        captures::bar,
        command::{CaptureCommand, Command, SaveScope},
        icons,
        named::Named,
        theme::{self, top_bar},
        view::View,
        widgets::button::ButtonStyle,
    },
};

use super::folder::recent_items_ui;

/// Shows the menu of themes.
pub(super) fn theme_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let theme_icon = match view.theme {
        ThemeChoice::System => icons::CIRCLE_HALF,
        ThemeChoice::Dark => icons::MOON,
        ThemeChoice::Light => icons::SUN,
    };
    let menu = ui.menu_button(theme::icon(theme_icon), |ui| {
        themes_ui(ui, view, commands);
        ui.separator();
        item_ui(ui, view, Named::Shortcuts, commands);
    });
    menu.response.on_hover_text("Theme and shortcuts").accessible_name("Theme and shortcuts");
}

fn themes_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    for choice in ThemeChoice::ALL {
        if ui.add(Button::selectable(view.theme == choice, choice.facts().title)).clicked() {
            commands.push(Command::SetTheme(choice));
            ui.close();
        }
    }
}

/// Shows the menu of what a narrow bar has no room for. `folder`: also of what is about the folder.
pub(super) fn more_ui(ui: &mut Ui, view: &View, folder: bool, commands: &mut Vec<Command>) {
    let menu = ui.menu_button(theme::icon(icons::DOTS_THREE), |ui| {
        ui.set_min_width(top_bar::MORE_MENU);
        if folder {
            if let Some(url) = &view.url
                && ui.add(Button::new("Copy the address").frame_when_inactive(false)).clicked()
            {
                commands.push(Command::CopyText(url.clone()));
                ui.close();
            }
            item_ui(ui, view, Named::ChooseFolder, commands);
            ui.menu_button("Recent folders", |ui| recent_items_ui(ui, view, commands));
            ui.separator();
        }
        item_ui(ui, view, Named::Clear, commands);
        item_ui(ui, view, Named::Power, commands);
        ui.separator();
        themes_ui(ui, view, commands);
        ui.separator();
        item_ui(ui, view, Named::Shortcuts, commands);
    });
    menu.response.on_hover_text("More").accessible_name("More");
}

/// An item of a menu for a command.
fn item_ui(ui: &mut Ui, view: &View, named: Named, commands: &mut Vec<Command>) {
    let command = named.command(view);
    let button = Button::new(named.name(view)).frame_when_inactive(false);
    if ui.add_enabled(command.is_some(), button).clicked() {
        commands.extend(command);
        ui.close();
    }
}

/// Shows the menu of captures.
pub(super) fn capture_ui(ui: &mut Ui, view: &View, style: ButtonStyle, commands: &mut Vec<Command>) {
    let words = if style == ButtonStyle::Full { "Capture" } else { "" };
    let menu = ui.menu_button((theme::icon(icons::FILE), words, theme::icon(icons::CARET_DOWN)), |ui| {
        ui.set_min_width(top_bar::CAPTURE_MENU);
        item_ui(ui, view, Named::OpenCapture, commands);
        earlier_ui(ui, view, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveCapture, commands);
        item_ui(ui, view, Named::ExportCapture, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveFiltered, commands);
        item_ui(ui, view, Named::ExportFiltered, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveExchange, commands);
        let name = "Export this exchange";
        match view.wants.selected {
            Some(id) => {
                ui.menu_button(name, |ui| bar::exports_ui(ui, SaveScope::One(id), commands));
            }
            None => {
                ui.add_enabled(false, Button::new(name).frame_when_inactive(false));
            }
        }
    });
    menu.response.on_hover_text("Open and save what was captured").accessible_name("Capture");
}

/// The menu of earlier sessions, which are kept for a while.
fn earlier_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    const NAME: &str = "Earlier sessions";
    if view.earlier.is_empty() {
        let about = "The last five sessions are kept for a week, with two gigabytes at most.";
        ui.add_enabled(false, Button::new(NAME).frame_when_inactive(false)).on_disabled_hover_text(about);
        return;
    }
    ui.menu_button(NAME, |ui| {
        for (index, words) in view.earlier.iter().enumerate() {
            if ui.add(Button::new(words).frame_when_inactive(false)).clicked() {
                commands.push(Command::Capture(CaptureCommand::OpenEarlier(index)));
                ui.close();
            }
        }
        ui.separator();
        if ui.add(Button::new("Delete all of them").frame_when_inactive(false)).clicked() {
            commands.push(Command::Capture(CaptureCommand::DiscardEarlier));
            ui.close();
        }
    });
}
