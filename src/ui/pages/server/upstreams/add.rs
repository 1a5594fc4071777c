//! The inputs for another backend. A mistake is underlined where it was typed and explained below.

use egui::{RichText, Ui};

use crate::{
    gateway::{Address, GatewaySettings, Mount},
    ui::{
        context::Context,
        theme::{self, server_page},
        widgets::button::{self, ButtonStyle},
    },
};

use super::{Mistake, input, mistake_ui, own_addresses, prefix, was_entered};

/// The state of the inputs.
pub(super) struct Adding {
    prefix: String,
    address: String,
    /// Whether the inputs were entered as they are, so that mistakes are shown.
    was_entered: bool,
}

impl Default for Adding {
    fn default() -> Self {
        Self { prefix: "/".to_owned(), address: String::new(), was_entered: false }
    }
}

/// Which input a mistake is in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wrong {
    Prefix(Mistake),
    Address(Mistake),
}

impl Adding {
    /// Paints the inputs. A backend that is entered is added to `settings`.
    pub(super) fn ui(&mut self, ui: &mut Ui, context: &Context<'_>, settings: &mut GatewaySettings) {
        let palette = theme::palette(ui);
        let shown = if self.was_entered { self.read(context, settings).err() } else { None };
        let (wrong_prefix, wrong_address) = match &shown {
            Some(Wrong::Prefix(mistake)) => (Some(mistake), None),
            Some(Wrong::Address(mistake)) => (None, Some(mistake)),
            None => (None, None),
        };
        let mut entered = false;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Prefix").color(palette.dim));
            let about = (server_page::PORT_INPUT, "/");
            let response = input(ui, &mut self.prefix, about, "Prefix of the backend", wrong_prefix)
                .on_hover_text("Requests whose path is below the prefix go to the group. / stands for all.");
            entered |= was_entered(ui, &response);
            super::messages::rule_ui(ui);
            ui.label(RichText::new("Address").color(palette.dim));
            let about = (f32::INFINITY, "http://127.0.0.1:3000");
            let response = input(ui, &mut self.address, about, "Address of the backend", wrong_address)
                .on_hover_text("A path in the address stands in place of the prefix.");
            entered |= was_entered(ui, &response);
            self.was_entered &= !(response.changed() && self.address.is_empty());
        });
        mistake_ui(ui, wrong_prefix.or(wrong_address));
        entered |= button::button(ui, "", "Add backend", ButtonStyle::Full).clicked();
        if entered {
            for text in [&mut self.prefix, &mut self.address] {
                *text = text.trim().to_owned();
            }
            match self.read(context, settings) {
                Ok((mount, address)) => {
                    settings.add(&mount, address);
                    (self.address, self.was_entered) = (String::new(), false);
                }
                Err(_) => self.was_entered = true,
            }
        }
    }

    fn read(&self, context: &Context<'_>, settings: &GatewaySettings) -> Result<(Mount, Address), Wrong> {
        let mount = prefix(&self.prefix, settings, None).map_err(Wrong::Prefix)?;
        let wrong = |span, sentence| Err(Wrong::Address(Mistake { span, sentence }));
        let address: Address = match self.address.parse() {
            Ok(address) => address,
            Err(error) => return wrong(error.span, error.problem.sentence()),
        };
        let whole = 0..self.address.len();
        if own_addresses(context).any(|own| address.leads_to(own)) {
            return wrong(whole, "This address leads back to this server.");
        }
        let group = settings.groups.iter().find(|group| group.mount().as_ref() == Some(&mount));
        if group.is_some_and(|group| group.backends.iter().any(|backend| backend.address == address)) {
            return wrong(whole, "The group has this backend already.");
        }
        Ok((mount, address))
    }
}
