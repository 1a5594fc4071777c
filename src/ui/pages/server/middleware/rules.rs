//! A list of rules: each is a line of text that can be edited, moved, switched off and removed.

use egui::{Label, Response, RichText, TextEdit, Ui};

use crate::{
    service::{Line, RULES_MAX, RuleError, Switched},
    ui::{
        icons,
        theme::{self, space},
        widgets::{
            button::{self, ButtonStyle},
            toggle::toggle,
        },
    },
};

/// The state of the inputs of a list.
#[derive(Default)]
pub(super) struct RuleInputs {
    /// The rule that is being edited, by its place, and its text. `None`: none is.
    editing: Option<(usize, String)>,
    /// The text of a rule that is not added yet.
    adding: String,
    /// What is wrong with that text. `None`: nothing, or it was not entered.
    wrong: Option<RuleError>,
}

/// What is done with a rule.
enum Act {
    Move { from: usize, to: usize },
    Remove(usize),
}

/// Paints the list. `example`: a rule, shown where another one can be added.
pub(super) fn rules_ui<R: Line>(
    ui: &mut Ui,
    rules: &mut Vec<Switched<R>>,
    inputs: &mut RuleInputs,
    example: &str,
) {
    let mut act = None;
    let count = rules.len();
    for (index, rule) in rules.iter_mut().enumerate() {
        act = rule_ui(ui, index, count, rule, inputs).or(act);
    }
    match act {
        Some(Act::Move { from, to }) if to < rules.len() => rules.swap(from, to),
        Some(Act::Remove(index)) => drop(rules.remove(index)),
        _ => {}
    }
    if act.is_some() {
        inputs.editing = None;
    }
    adding_ui(ui, rules, inputs, example);
}

/// Paints a rule.
fn rule_ui<R: Line>(
    ui: &mut Ui,
    index: usize,
    count: usize,
    rule: &mut Switched<R>,
    inputs: &mut RuleInputs,
) -> Option<Act> {
    let number = index + 1;
    let mut act = None;
    let mut text = match &inputs.editing {
        Some((editing, text)) if *editing == index => text.clone(),
        _ => rule.rule.to_string(),
    };
    ui.horizontal(|ui| {
        if toggle(ui, rule.is_on, &format!("Rule {number} on")).clicked() {
            rule.is_on = !rule.is_on;
        }
        ui.label(RichText::new(number.to_string()).color(theme::palette(ui).dim));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if button::bare(ui, icons::X, &format!("Remove rule {number}")).clicked() {
                act = Some(Act::Remove(index));
            }
            let down = |ui: &mut Ui| button::bare(ui, icons::ARROW_DOWN, &format!("Move rule {number} down"));
            if ui.add_enabled_ui(number < count, down).inner.clicked() {
                act = Some(Act::Move { from: index, to: number });
            }
            let up = |ui: &mut Ui| button::bare(ui, icons::ARROW_UP, &format!("Move rule {number} up"));
            if ui.add_enabled_ui(index > 0, up).inner.clicked() {
                act = Some(Act::Move { from: index, to: index - 1 });
            }
        });
    });
    // A line of its own: a rule with a condition is long.
    let response = line_ui(ui, &mut text, &format!("Rule {number}"), "");
    if response.changed()
        && let Ok(read) = text.parse()
    {
        rule.rule = read;
    }
    if response.lost_focus() {
        inputs.editing = None;
    } else if response.has_focus() {
        inputs.editing = Some((index, text.clone()));
    }
    if inputs.editing.as_ref().is_some_and(|(editing, _)| *editing == index)
        && let Err(error) = text.parse::<R>()
    {
        mistake_ui(ui, &error);
    }
    act
}

/// Paints the input for another rule.
fn adding_ui<R: Line>(ui: &mut Ui, rules: &mut Vec<Switched<R>>, inputs: &mut RuleInputs, example: &str) {
    let is_full = rules.len() >= RULES_MAX;
    ui.add_enabled_ui(!is_full, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let mut entered = button::button(ui, "", "Add rule", ButtonStyle::Full).clicked();
                let response = line_ui(ui, &mut inputs.adding, "New rule", example);
                if response.changed() {
                    inputs.wrong = None;
                }
                entered |= response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                if entered && !is_full {
                    match inputs.adding.parse::<R>() {
                        Ok(rule) => {
                            rules.push(rule.into());
                            inputs.adding.clear();
                        }
                        Err(error) => inputs.wrong = Some(error),
                    }
                }
            });
        });
    });
    if let Some(error) = &inputs.wrong {
        mistake_ui(ui, error);
    }
}

fn line_ui(ui: &mut Ui, text: &mut String, name: &str, hint: &str) -> Response {
    let edit = TextEdit::singleline(text).font(theme::mono_font()).hint_text(hint);
    ui.add(edit.desired_width(f32::INFINITY)).accessible_name(name)
}

fn mistake_ui(ui: &mut Ui, error: &RuleError) {
    let words = RichText::new(error.to_string()).color(theme::palette(ui).error);
    ui.add(Label::new(words).wrap());
    ui.add_space(space::TIGHT);
}
