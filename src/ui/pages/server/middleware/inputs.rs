//! Texts in the settings of middleware. A text takes effect when its input is left, or on Enter.

use egui::{Id, TextEdit, Ui};

use crate::ui::theme;

/// The text that is being edited. `None`: none is.
#[derive(Default)]
pub(super) struct Inputs {
    editing: Option<(Id, String)>,
}

impl Inputs {
    /// A field value for editing.
    pub(super) fn field_value(&mut self, ui: &mut Ui, value: &mut String, name: &'static str) {
        self.input(ui, value, &Input { name, ..FIELD_VALUE });
    }

    /// A text for editing. Takes effect when it is left, or on Enter.
    pub(super) fn input(&mut self, ui: &mut Ui, value: &mut String, input: &Input) {
        let id = ui.make_persistent_id(input.name);
        let mut text = match &self.editing {
            Some((editing, text)) if *editing == id => text.clone(),
            _ => value.clone(),
        };
        let edit = TextEdit::singleline(&mut text).id(id).font(theme::mono_font()).password(input.masked);
        let response = ui.add(edit.desired_width(f32::INFINITY)).accessible_name(input.name);
        let fits = (input.fits)(&text);
        if response.lost_focus() {
            if fits {
                // A space can be part of a password.
                if input.masked { &text } else { text.trim() }.clone_into(value);
            }
            self.editing = None;
        } else if response.has_focus() {
            if !fits {
                response.on_hover_text(input.otherwise);
            }
            self.editing = Some((id, text));
        }
    }
}

/// A kind of text input.
pub(super) struct Input {
    /// For screen readers and tests.
    name: &'static str,
    /// Its text is not shown.
    masked: bool,
    /// Whether a text can take effect.
    fits: fn(&str) -> bool,
    /// What is said if it cannot.
    otherwise: &'static str,
}

const FIELD_VALUE: Input = Input {
    name: "",
    masked: false,
    // RFC 9110 §5.5: a field value holds no control characters; the window offers ASCII only.
    fits: |text| !text.trim().is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
    otherwise: "A field value is visible ASCII. This will not take effect.",
};
pub(super) const USER_NAME: Input = Input {
    name: "User name",
    masked: false,
    // RFC 7617 §2: a user-id has no colon, and neither has control characters.
    fits: |text| !text.contains(':') && !text.chars().any(char::is_control),
    otherwise: "A user name has no colon. This will not take effect.",
};
pub(super) const PASSWORD: Input = Input {
    name: "Password",
    masked: true,
    fits: |text| !text.chars().any(char::is_control),
    otherwise: "A password has no control characters. This will not take effect.",
};
