//! The upstreams card: the groups of backends, how each backend stands, and inputs to change them.

mod add;
mod backend;
mod check;
mod load;
mod messages;
mod tls;

use egui::{Align, Button, Frame, Key, Layout, Response, RichText, Stroke, TextBuffer, TextEdit, Ui};

use std::{net::SocketAddr, ops::Range};

use crate::{
    gateway::{GatewaySettings, Mount, Policy},
    ui::{
        command::Command,
        context::Context,
        icons,
        theme::{self, server_page, space},
        widgets::{card, text},
    },
};

use super::Content;

/// The state of the card.
#[derive(Default)]
pub(super) struct Upstreams {
    adding: add::Adding,
    tls: tls::Tls,
    /// The group whose prefix is being edited, and the text. `None`: no prefix is being edited.
    editing: Option<(String, String)>,
    /// The group whose path of a check is being edited, and the text. `None`: none is being edited.
    editing_check: Option<(String, String)>,
}

/// A mistake in a text that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    /// The bytes at fault.
    span: Range<usize>,
    sentence: &'static str,
}

impl Content for Upstreams {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let settings = &context.settings.gateway;
        card::dim(
            ui,
            "Requests below a group's prefix go on to one of its backends, all others to the routes. Changes apply to the next request.",
        );
        let mut changed = settings.clone();
        for index in 0..settings.groups.len() {
            let frame = Frame::new()
                .fill(theme::palette(ui).raised)
                .stroke(Stroke::new(space::HAIRLINE, theme::palette(ui).highlight_line))
                .corner_radius(space::BUTTON_RADIUS)
                .inner_margin(theme::margin(space::GAP, space::GAP));
            frame.show(ui, |ui| {
                ui.push_id(&settings.groups[index].name, |ui| {
                    self.group_ui(ui, &mut changed, index);
                    let info =
                        context.live.groups.iter().find(|info| *info.name == *settings.groups[index].name);
                    let (group, name) = (&mut changed.groups[index], &settings.groups[index].name);
                    load::load_ui(ui, &mut group.load, name, info);
                    check::check_ui(ui, &mut group.check, name, &mut self.editing_check);
                    changed.groups[index].backends.retain_mut(|backend| {
                        ui.separator();
                        backend::backend_ui(ui, backend, info, context)
                    });
                });
            });
        }
        changed.groups.retain(|group| !group.backends.is_empty());
        if !changed.groups.is_empty() {
            messages::messages_ui(ui, &mut changed);
        }
        self.adding.ui(ui, context, &mut changed);
        self.tls.ui(ui, context, &mut changed);
        (changed != *settings).then_some(Command::SetGateway(changed))
    }
}

impl Upstreams {
    /// Paints name, prefix and policy of a group.
    fn group_ui(&mut self, ui: &mut Ui, settings: &mut GatewaySettings, index: usize) {
        let palette = theme::palette(ui);
        let group = &settings.groups[index];
        let (name, old) = (group.name.clone(), group.prefix.clone());
        let mut text = match &self.editing {
            Some((editing, text)) if *editing == name => text.clone(),
            _ => old.clone(),
        };
        let checked = prefix(&text, settings, Some(index));
        let mistake = checked.as_ref().err();
        ui.horizontal(|ui| {
            ui.label(RichText::new(&name).font(theme::strong_font()).color(palette.text));
            ui.label(RichText::new("below").color(palette.dim));
            let response =
                input(ui, &mut text, (server_page::INPUT, ""), &format!("Prefix of {name}"), mistake);
            if response.changed() {
                self.editing = (text != old).then(|| (name.clone(), text.clone()));
            }
            if response.lost_focus()
                && let Ok(mount) = &checked
            {
                mount.prefix().clone_into(&mut settings.groups[index].prefix);
                self.editing = None;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                policy_ui(ui, &mut settings.groups[index].policy, &name);
            });
        });
        mistake_ui(ui, mistake);
    }
}

fn policy_ui(ui: &mut Ui, policy: &mut Policy, group: &str) {
    let menu = ui.menu_button((policy.title(), theme::icon(icons::CARET_DOWN)), |ui| {
        for &choice in Policy::ALL {
            if ui.add(Button::selectable(*policy == choice, choice.title())).clicked() {
                *policy = choice;
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("How a backend is chosen").accessible_name(format!("Policy of {group}"));
}

/// Reads a prefix. `own`: the index of the group that has it. `None`: the prefix is for a backend that is added.
fn prefix(text: &str, settings: &GatewaySettings, own: Option<usize>) -> Result<Mount, Mistake> {
    let mistake = |sentence| Mistake { span: 0..text.len(), sentence };
    let mount = Mount::new(text.trim())
        .ok_or_else(|| mistake("The prefix must be a path, such as /api, without dot segments."))?;
    let mut others =
        settings.groups.iter().enumerate().filter(|(index, _)| own.is_some_and(|own| own != *index));
    if others.any(|(_, group)| group.mount().as_ref() == Some(&mount)) {
        return Err(mistake("Another group has this prefix."));
    }
    Ok(mount)
}

/// Shows an input of a width and with a hint. A mistake is underlined.
fn input(
    ui: &mut Ui,
    text: &mut String,
    (width, hint): (f32, &str),
    name: &str,
    mistake: Option<&Mistake>,
) -> Response {
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
        text::underlined(ui, text.as_str(), mistake.map(|mistake| mistake.span.clone()))
    };
    let edit = TextEdit::singleline(text).font(theme::mono_font()).hint_text(hint).desired_width(width);
    let response = ui.add(edit.layouter(&mut layouter)).accessible_name(name);
    if let Some(mistake) = mistake {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(mistake.sentence));
    }
    response
}

fn was_entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn mistake_ui(ui: &mut Ui, mistake: Option<&Mistake>) {
    if let Some(mistake) = mistake {
        ui.label(RichText::new(mistake.sentence).color(theme::palette(ui).error));
    }
}

/// The addresses at which this server listens.
fn own_addresses(context: &Context<'_>) -> impl Iterator<Item = SocketAddr> {
    let at = |address: SocketAddr| context.settings.bind.at(address.port());
    context.address.into_iter().chain(context.live.lines.address).flat_map(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn two_groups_cannot_have_the_same_prefix() {
        let mut settings = GatewaySettings::default();
        for text in ["/", "/api"] {
            settings.add(&Mount::new(text).unwrap(), "http://127.0.0.1:1".parse().unwrap());
        }
        assert!(prefix("/api/", &settings, Some(1)).is_ok());
        assert!(prefix("/api/", &settings, None).is_ok());
        assert!(
            prefix("/api/", &settings, Some(0)).is_err_and(|mistake| mistake.sentence.contains("Another"))
        );
        assert!(prefix("api", &settings, Some(1)).is_err_and(|mistake| mistake.span == (0..3)));
    }
}
