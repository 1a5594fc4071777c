//! The rules that mark exchanges: a button, and the list behind it.

use egui::{Button, Popup, RichText, TextBuffer, TextEdit, Ui, vec2};

use crate::{
    config::MarkRule,
    filter::Filter,
    trace::MarkColour,
    ui::{
        command::Command,
        icons,
        theme::{self, traffic},
        widgets::text,
    },
};

use super::{super::view::View, menu_button};

/// Paints the button, with a caret or without, and, while it is open, the rules.
pub(super) fn show(
    ui: &mut Ui,
    has_carets: bool,
    view: &mut View,
    filter: &str,
    commands: &mut Vec<Command>,
) {
    let button = menu_button(ui, has_carets, "Rules");
    Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(traffic::RULES);
        let mut rules = view.list.rules.clone();
        if rules.is_empty() {
            ui.weak("A rule marks what passes its filter, as it arrives.");
        }
        let mut removed = None;
        for (index, rule) in rules.iter_mut().enumerate() {
            if rule_ui(ui, index + 1, rule) {
                removed = Some(index);
            }
            ui.separator();
        }
        if let Some(index) = removed {
            rules.remove(index);
        }
        ui.horizontal_wrapped(|ui| {
            let has_room = rules.len() < MarkRule::RULES_MAX;
            if ui.add_enabled(has_room, Button::new("Add a rule")).clicked() {
                rules.push(MarkRule::new(filter.trim(), next_colour(&rules).key()));
            }
            let all = ui.add_enabled(!rules.is_empty(), Button::new("Apply to what is there"));
            if all.on_hover_text("Mark what is captured already; marks that are there stay").clicked() {
                commands.push(Command::ApplyRules);
            }
        });
        if rules != view.list.rules {
            view.list.rules = rules;
            commands.push(Command::SetList(view.list.clone()));
        }
    });
}

/// The first colour that no rule has.
fn next_colour(rules: &[MarkRule]) -> MarkColour {
    let is_free = |colour: &MarkColour| rules.iter().all(|rule| rule.colour != colour.key());
    MarkColour::ALL.into_iter().find(is_free).unwrap_or(MarkColour::Red)
}

/// Paints a rule. Returns whether it is to be removed.
fn rule_ui(ui: &mut Ui, number: usize, rule: &mut MarkRule) -> bool {
    let remove = ui.horizontal(|ui| {
        ui.checkbox(&mut rule.is_on, "").accessible_name(format!("Rule {number} is on"));
        let remove = Button::new(theme::icon(icons::X)).min_size(vec2(traffic::INPUT, traffic::INPUT));
        let room = ui.available_width() - traffic::INPUT - 3.0 * ui.spacing().item_spacing.x;
        let name = TextEdit::singleline(&mut rule.name).hint_text("Name").desired_width(room);
        ui.add(name).accessible_name(format!("Name of rule {number}"));
        ui.add(remove).on_hover_text("Remove this rule").accessible_name(format!("Remove rule {number}"))
    });
    let error = Filter::parse(&rule.filter).err();
    let span = error.as_ref().map(|error| error.span.clone());
    let mut layouter =
        |ui: &Ui, text: &dyn TextBuffer, _: f32| text::underlined(ui, text.as_str(), span.clone());
    let filter = TextEdit::singleline(&mut rule.filter)
        .hint_text("Filter: time>1s")
        .font(theme::mono_font())
        .desired_width(f32::INFINITY)
        .layouter(&mut layouter);
    ui.add(filter).accessible_name(format!("Filter of rule {number}"));
    if let Some(error) = error {
        let color = theme::palette(ui).error;
        ui.label(RichText::new(error.explained()).font(theme::small_font()).color(color));
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for colour in MarkColour::ALL {
            let square = RichText::new("■").color(theme::palette(ui).mark(colour));
            let button = Button::new(square).selected(rule.colour == colour.key());
            let name = format!("Rule {number} marks {}", colour.key());
            if ui.add(button.frame_when_inactive(false)).accessible_name(name).clicked() {
                colour.key().clone_into(&mut rule.colour);
            }
        }
    });
    remove.inner.clicked()
}
