//! A number with its unit that can be edited by typing, dragging, or with the arrow keys.

use std::ops::RangeInclusive;

use egui::{DragValue, Response, TextStyle, Ui, emath::Numeric, vec2};

use crate::{
    ui::theme::{self, widget},
    words,
};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds; shown as seconds where it is a whole number of them.
    Millis,
    /// Bytes; shown in the largest unit in which they are a whole number.
    Bytes,
    /// Anything else. Empty: a bare number.
    Of(&'static str),
}

/// Shows `value` for editing. Takes effect when typing ends, or while dragging.
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
            Unit::Bytes => {
                edit.custom_formatter(|value, _| words::limit_bytes(value)).custom_parser(words::parse_bytes)
            }
            Unit::Of("") => edit.max_decimals(0),
            Unit::Of(what) => edit
                .custom_formatter(move |value, _| format!("{value:.0} {what}"))
                .custom_parser(words::parse_count),
        };
        ui.add(edit).accessible_name(name)
    })
    .inner
}
