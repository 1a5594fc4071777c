//! The help beside the filter box: what can be asked for, and examples to put into the box.

use egui::{Button, Grid, Popup, RichText, Ui, vec2};

use crate::{
    filter::KEYS,
    ui::{
        icons,
        theme::{self, space, traffic},
    },
};

/// Share of the window's height that the keys take at most.
const HELP_SHARE: f32 = 0.8;

/// The text below the keys.
const LANGUAGE: [&str; 8] = [
    "A word without a key is looked for in method, target and status.",
    "and, or and not join parts; parentheses group them: status>=400 and not (path~/assets or path~/health).",
    "and may be left out. It binds tighter than or; not, ! and - before a part turn that part around.",
    "= != > >= < <= compare; ~ and !~ look for a part of a text. Case does not matter.",
    "In what = compares with, * stands for anything: path=/api/*, header.cookie=*.",
    "req. and resp. choose a message: req.size>1k, resp.header.server~nginx. Without them either will do.",
    "Quotes keep spaces, and the meaning of a word as a word: body~\"not found\", \"and\".",
    "header., body and note ask the bytes: that takes longer, and what is only on disk is read.",
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
    let rows = ui.ctx().content_rect().height() * HELP_SHARE;
    egui::ScrollArea::vertical().max_height(rows).show(ui, |ui| keys_ui(ui, &mut chosen));
    ui.separator();
    for line in LANGUAGE {
        ui.label(RichText::new(line).font(theme::small_font()).color(palette.dim));
    }
    chosen
}

/// Paints a row for each key.
fn keys_ui(ui: &mut Ui, chosen: &mut Option<&'static str>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new("filter-keys").num_columns(3).spacing(vec2(space::WIDE, space::TIGHT / 2.0)).show(ui, |ui| {
        for key in KEYS {
            ui.label(RichText::new(key.beginning()).font(theme::mono_font()).color(palette.accent));
            ui.label(RichText::new(key.help).color(palette.text));
            let example = RichText::new(key.example).font(theme::mono_font());
            let name = format!("Filter by {}: {}", key.example, key.help);
            if ui.add(Button::new(example).small()).accessible_name(name).clicked() {
                *chosen = Some(key.example);
            }
            ui.end_row();
        }
    });
}
