//! A number with a unit, edited by typing, by dragging or with the arrow keys.

use std::ops::RangeInclusive;

use egui::{DragValue, Response, TextStyle, Ui, emath::Numeric, vec2};

use crate::{
    ui::theme::{self, widget},
    words,
};

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds, shown as seconds if the number of seconds is whole.
    Millis,
    /// Bytes, shown in the largest unit that gives a whole number.
    Bytes,
    /// Any other unit. Empty: a number without a unit.
    Named(&'static str),
}

/// Shows an editor for `value`. A typed value takes effect when editing ends, a dragged one at once.
pub fn number<N: Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    unit: Unit,
    name: &str,
) -> Response {
    ui.scope(|ui| {
        ui.style_mut().drag_value_text_style = TextStyle::Monospace;
        ui.spacing_mut().interact_size = vec2(widget::NUMBER, widget::NUMBER_HEIGHT);
        ui.spacing_mut().button_padding = vec2(theme::space::GAP, 0.0);
        let speed = (value.to_f64() * 0.005).max(0.1);
        let edit = DragValue::new(value).range(range).speed(speed).update_while_editing(false);
        let edit = match unit {
            Unit::Millis => edit
                .custom_formatter(|value, _| words::limit_millis(value))
                .custom_parser(words::parse_millis),
            Unit::Bytes => edit
                .custom_formatter(|value, _| words::limit_bytes(words::whole(value)))
                .custom_parser(words::parse_bytes),
            Unit::Named("") => edit.max_decimals(0),
            Unit::Named(what) => edit
                .custom_formatter(move |value, _| format!("{value:.0} {what}"))
                .custom_parser(words::parse_count),
        };
        ui.add(edit).accessible_name(name)
    })
    .inner
}
