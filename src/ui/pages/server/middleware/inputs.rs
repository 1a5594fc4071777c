//! Text inputs in the settings of middleware. A valid text takes effect while it is typed.

use egui::{Id, Label, RichText, TextEdit, Ui};

use crate::ui::theme;

use super::rules::RuleInputs;

/// The state of the text inputs.
#[derive(Default)]
pub(super) struct Inputs {
    /// The input that is being edited, and its text. `None`: no input is being edited.
    editing: Option<(Id, String)>,
    /// The inputs of lists of rules. Only one list is open at a time.
    pub(super) rules: RuleInputs,
}

impl Inputs {
    /// Shows an input for a field value.
    pub(super) fn field_value(&mut self, ui: &mut Ui, value: &mut String, name: &'static str) {
        self.input(ui, value, &Input { name, ..FIELD_VALUE });
    }

    /// Shows a text input. A valid text takes effect at once; what is wrong with another one stands below.
    pub(super) fn input(&mut self, ui: &mut Ui, value: &mut String, input: &Input) {
        let id = ui.make_persistent_id(input.name);
        let mut text = match &self.editing {
            Some((editing, text)) if *editing == id => text.clone(),
            _ => value.clone(),
        };
        ui.vertical(|ui| {
            let edit = TextEdit::singleline(&mut text).id(id).font(theme::mono_font()).password(input.masked);
            let response = ui.add(edit.desired_width(f32::INFINITY)).accessible_name(input.name);
            let is_valid = (input.is_valid)(&text);
            if response.changed() && is_valid {
                // A password may begin or end with a space.
                if input.masked { &text } else { text.trim() }.clone_into(value);
            }
            if response.lost_focus() {
                self.editing = None;
            } else if response.has_focus() {
                if !is_valid {
                    let words = RichText::new(input.problem).color(theme::palette(ui).error);
                    ui.add(Label::new(words).wrap());
                    ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(input.problem));
                }
                self.editing = Some((id, text));
            }
        });
    }
}

/// A kind of text input.
pub(super) struct Input {
    /// Accessible name.
    name: &'static str,
    /// Whether the text is hidden, as a password is.
    masked: bool,
    /// Whether a text is valid.
    is_valid: fn(&str) -> bool,
    /// What is wrong with a text that is not valid.
    problem: &'static str,
}

const FIELD_VALUE: Input = Input {
    name: "",
    masked: false,
    // RFC 9110 §5.5: a field value holds no control characters; the window offers ASCII only.
    is_valid: |text| !text.trim().is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
    problem: "A field value must be visible ASCII. This text is not applied.",
};
pub(super) const USER_NAME: Input = Input {
    name: "User name",
    masked: false,
    // RFC 7617 §2: a user-id has no colon, and neither has control characters.
    is_valid: |text| !text.contains(':') && !text.chars().any(char::is_control),
    problem: "A user name cannot contain a colon. This text is not applied.",
};
pub(super) const PASSWORD: Input = Input {
    name: "Password",
    masked: true,
    is_valid: |text| !text.chars().any(char::is_control),
    problem: "A password cannot contain control characters. This text is not applied.",
};
