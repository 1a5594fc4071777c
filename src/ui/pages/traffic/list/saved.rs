//! The menu of saved filters.

use egui::{Button, Popup, RichText, Ui, vec2};

use crate::ui::{
    command::Command,
    icons,
    theme::{self, traffic},
};

use super::super::{model::Model, view::View};

/// Paints the button and, while it is open, the menu. Returns whether another filter was chosen.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &View, commands: &mut Vec<Command>) -> bool {
    let button = Button::new(theme::icon(icons::STAR)).min_size(vec2(traffic::INPUT, traffic::INPUT));
    let button = ui.add(button).on_hover_text("Saved filters").accessible_name("Saved filters");
    let shown = Popup::menu(&button).show(|ui| menu_ui(ui, model, view, commands));
    shown.is_some_and(|shown| shown.inner)
}

fn menu_ui(ui: &mut Ui, model: &mut Model, view: &View, commands: &mut Vec<Command>) -> bool {
    let text = model.filter_text.trim().to_owned();
    let is_new = !text.is_empty() && model.filter_error.is_none() && !view.list.filters.contains(&text);
    let mut set = |filter: &str, is_saved: bool| {
        let mut list = view.list.clone();
        list.set_saved(filter, is_saved);
        commands.push(Command::SetList(list));
    };
    if ui.add_enabled(is_new, Button::new("Save this filter")).clicked() {
        set(&text, true);
    }
    if view.list.filters.is_empty() {
        ui.weak("No filter is saved yet.");
        return false;
    }
    ui.separator();
    let mut chosen = false;
    for filter in &view.list.filters {
        ui.horizontal(|ui| {
            let forget = Button::new(theme::icon(icons::X)).small();
            if ui.add(forget).accessible_name(format!("Forget the filter {filter}")).clicked() {
                set(filter, false);
            }
            let apply = Button::new(RichText::new(filter).font(theme::mono_font()));
            if ui.add(apply).accessible_name(format!("Use the filter {filter}")).clicked() {
                model.filter_text.clone_from(filter);
                chosen = true;
            }
        });
    }
    chosen
}
