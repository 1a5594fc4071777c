//! The shield beside the address: who can reach the server, what of it is open, and what to do about that.

use std::net::SocketAddr;

use egui::{
    Button, Label, PopupCloseBehavior, RichText, Ui,
    containers::menu::{MenuButton, MenuConfig},
};

use crate::{
    server::{Exposure, Opening},
    ui::{
        command::{Command, PageId},
        icons,
        theme::{self, shield, space},
    },
};

/// Shows the shield. `outer`: the address for other machines; `None`: there is none. `room`: the width that it may take, in points; without enough of it, the words are on hover and
/// in the list only.
pub(super) fn shield_ui(
    ui: &mut Ui,
    exposure: &Exposure,
    outer: Option<SocketAddr>,
    room: f32,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let reach = exposure.to_string();
    let (icon, colour) = match exposure.openings.len() {
        0 => (icons::SHIELD_CHECK, palette.ok),
        _ => (icons::SHIELD_WARNING, palette.warn),
    };
    let icon = theme::icon(icon).color(colour);
    let short = short(exposure);
    let galley = ui.painter().layout_no_wrap(short.clone(), theme::body_font(), colour);
    let fits = galley.size().x + shield::AROUND <= room;
    let words = RichText::new(short).color(if exposure.beyond { palette.warn } else { palette.text });
    let button = if fits { Button::new((icon, words)) } else { Button::new(icon) };
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        // A menu would spread the words of a line over its width.
        ui.vertical(|ui| list_ui(ui, exposure, (&reach, outer), commands));
    });
    let count = exposure.openings.len();
    let open = match count {
        0 => "nothing is open".to_owned(),
        1 => "1 thing is open".to_owned(),
        count => format!("{count} things are open"),
    };
    let name = format!("Listening. Who can reach this server: {reach}; {open}");
    response.on_hover_text(&*name).accessible_name(name);
}

/// Who can reach the server, as short as it can be said.
fn short(exposure: &Exposure) -> String {
    match &exposure.networks[..] {
        _ if !exposure.beyond => exposure.to_string(),
        [] => "Other machines".to_owned(),
        [one] => format!("Network {one}"),
        several => format!("{} networks", several.len()),
    }
}

fn list_ui(
    ui: &mut Ui,
    exposure: &Exposure,
    (reach, outer): (&str, Option<SocketAddr>),
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.set_width(shield::LIST);
    ui.label(RichText::new(format!("{reach} can reach this server.")).strong().color(palette.text));
    let about = if exposure.openings.is_empty() {
        "Programs of every account of this computer can connect. Nothing more is open."
    } else if exposure.beyond {
        "What passes is not encrypted: others on the way can read it."
    } else {
        "Programs of every account of this computer can connect."
    };
    ui.add(Label::new(RichText::new(about).color(palette.dim)).wrap());
    if let Some(outer) = outer {
        let url = format!("http://{outer}");
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Other machines reach it at").color(palette.dim));
            ui.label(RichText::new(&url).font(theme::mono_font()).color(palette.text));
            if ui.button("Copy this address").clicked() {
                commands.push(Command::CopyText(url.clone()));
            }
        });
    }
    for opening in &exposure.openings {
        ui.add_space(space::GAP);
        opening_ui(ui, *opening);
    }
    ui.add_space(space::GAP);
    if ui.button("Show the Server page").clicked() {
        commands.push(Command::ShowPage(PageId::Server));
        ui.close();
    }
}

fn opening_ui(ui: &mut Ui, opening: Opening) {
    let palette = theme::palette(ui);
    let facts = opening.facts();
    ui.horizontal_top(|ui| {
        ui.label(theme::icon(icons::WARNING).color(palette.warn));
        ui.vertical(|ui| {
            ui.add(Label::new(RichText::new(facts.open).color(palette.text)).wrap());
            ui.add(Label::new(RichText::new(facts.advice).color(palette.dim)).wrap());
        });
    });
}
