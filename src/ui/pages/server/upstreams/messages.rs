//! How requests are written for backends: their Host, and the fields that tell who the client is.

use egui::{Button, Grid, Popup, RichText, Ui, vec2};

use crate::{
    gateway::{GatewaySettings, mount::EXAMPLES},
    http::forward::ForwardedFields,
    ui::{
        icons,
        theme::{self, space},
        widgets::segmented::{Choice, segmented},
    },
};

/// Paints the settings.
pub(super) fn messages_ui(ui: &mut Ui, settings: &mut GatewaySettings) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Backends are sent").color(theme::palette(ui).dim));
        let hosts = ["their own Host", "the client's Host"].map(|label| Choice {
            label,
            detail: "",
            accessible_name: label,
        });
        if let Some(index) = segmented(ui, usize::from(settings.keeps_host), &hosts) {
            settings.keeps_host = index == 1;
        }
        ui.label(RichText::new("and the client's address in").color(theme::palette(ui).dim));
        let fields = ForwardedFields::ALL;
        let current = fields.iter().position(|field| *field == settings.forwarded).unwrap_or(0);
        let names = fields.map(|field| format!("Client's address: {}", field.title()));
        let choices: [_; ForwardedFields::ALL.len()] = std::array::from_fn(|index| Choice {
            label: fields[index].title(),
            detail: "",
            accessible_name: &names[index],
        });
        if let Some(index) = segmented(ui, current, &choices) {
            settings.forwarded = fields[index];
        }
    });
}

/// Paints a button and, while it is open, the table of the rule for prefixes.
pub(super) fn rule_ui(ui: &mut Ui) {
    let button = ui.add(Button::new(theme::icon(icons::QUESTION)));
    let button =
        button.on_hover_text("Which target a backend is asked for").accessible_name("Help on prefixes");
    Popup::menu(&button).show(|ui| {
        let palette = theme::palette(ui);
        ui.label("If the backend's address has a path, that path stands in place of the prefix.");
        ui.label("If it has none, the target goes on as it is.");
        ui.add_space(space::TIGHT);
        let mono = |text: &str| RichText::new(text).font(theme::mono_font()).color(palette.text);
        Grid::new("prefixes").num_columns(4).spacing(vec2(space::WIDE, space::TIGHT)).show(ui, |ui| {
            for title in ["Prefix", "Backend", "The client asks for", "The backend is asked for"] {
                ui.label(RichText::new(title).color(palette.dim));
            }
            ui.end_row();
            for example in EXAMPLES {
                for cell in [example.prefix, example.backend, example.target] {
                    ui.label(mono(cell));
                }
                match example.asked {
                    Some(target) => ui.label(mono(target)),
                    None => ui.label(RichText::new("nothing: not below the prefix").color(palette.dim)),
                };
                ui.end_row();
            }
        });
    });
}
