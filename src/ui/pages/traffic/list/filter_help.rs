//! The help beside the filter box: what can be asked for, and examples to put into the box.

use egui::{Button, Grid, Popup, RichText, Ui, vec2};

use crate::{
    filter::KEYS,
    ui::{
        icons,
        theme::{self, space, traffic},
    },
};

/// The text below the keys.
const LANGUAGE: [&str; 3] = [
    "= != > >= < <= compare; ~ and !~ look for a part of a text.",
    "A word without a key is looked for in method, target and status.",
    "All parts must hold. ! before a part turns it around; quotes keep spaces.",
];

/// Paints the button and, while it is open, the help. Returns the example that was chosen.
pub(super) fn show(ui: &mut Ui) -> Option<&'static str> {
    let button = Button::new(theme::icon(icons::QUESTION)).min_size(vec2(traffic::INPUT, traffic::INPUT));
    let button = ui.add(button).on_hover_text("What a filter can ask for").accessible_name("Filter help");
    Popup::menu(&button).show(help_ui).and_then(|shown| shown.inner)
}

fn help_ui(ui: &mut Ui) -> Option<&'static str> {
    let palette = theme::palette(ui);
    let mut chosen = None;
    Grid::new("filter-keys").num_columns(3).spacing(vec2(space::WIDE, space::TIGHT)).show(ui, |ui| {
        for key in KEYS {
            ui.label(RichText::new(key.beginning()).font(theme::mono_font()).color(palette.accent));
            ui.label(RichText::new(key.help).color(palette.text));
            let example = RichText::new(key.example).font(theme::mono_font());
            let name = format!("Filter by {}: {}", key.example, key.help);
            if ui.add(Button::new(example)).accessible_name(name).clicked() {
                chosen = Some(key.example);
            }
            ui.end_row();
        }
    });
    ui.separator();
    for line in LANGUAGE {
        ui.label(RichText::new(line).font(theme::small_font()).color(palette.dim));
    }
    chosen
}
