//! A number with a unit, edited by typing, by dragging or with the arrow keys.

use std::{cell::RefCell, ops::RangeInclusive, time::Duration};

use egui::{DragValue, Label, Response, RichText, TextStyle, Tooltip, Ui, emath::Numeric, vec2};

use crate::{
    ui::theme::{self, widget},
    words,
};

/// Seconds for which is shown why a number was not taken as it was typed.
const REMARK_SECS: f64 = 8.0;

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

/// Shows an editor for `value`. A typed value takes effect when editing ends, a dragged one at once. If what was typed
/// is not taken as it is, a tooltip says why for a while.
pub fn number<N: Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    unit: Unit,
    name: &str,
) -> Response {
    let typed = RefCell::new(None);
    let limits = range.start().to_f64()..=range.end().to_f64();
    let parse = |text: &str| {
        let read = unit.parse(text);
        *typed.borrow_mut() = Some(Typed { text: text.trim().to_owned(), read });
        read
    };
    let response = ui
        .scope(|ui| {
            ui.style_mut().drag_value_text_style = TextStyle::Monospace;
            ui.spacing_mut().interact_size = vec2(widget::NUMBER, widget::NUMBER_HEIGHT);
            ui.spacing_mut().button_padding = vec2(theme::space::GAP, 0.0);
            let speed = (value.to_f64() * 0.005).max(0.1);
            let edit = DragValue::new(value).range(range).speed(speed).update_while_editing(false);
            let edit = edit.custom_formatter(|value, _| unit.format(value)).custom_parser(parse);
            ui.add(edit).accessible_name(name)
        })
        .inner;
    remark_ui(ui, &response, typed.take().and_then(|typed| typed.remark(unit, &limits)));
    response
}

impl Unit {
    fn parse(self, text: &str) -> Option<f64> {
        match self {
            Self::Millis => words::parse_millis(text),
            Self::Bytes => words::parse_bytes(text),
            Self::Named(_) => words::parse_count(text),
        }
    }

    fn format(self, value: f64) -> String {
        match self {
            Self::Millis => words::limit_millis(value),
            Self::Bytes => words::limit_bytes(words::whole(value)),
            Self::Named("") => format!("{value:.0}"),
            Self::Named(what) => format!("{value:.0} {what}"),
        }
    }

    /// What a text must be.
    const fn expected(self) -> &'static str {
        match self {
            Self::Millis => "is not a time. Examples: 250 ms, 10 s, 2 min, 1 h.",
            Self::Bytes => "is not a size. Examples: 512 B, 64 KiB, 10 MB.",
            Self::Named(_) => "is not a number.",
        }
    }
}

/// What was typed, and the number in it. `None`: there is none.
struct Typed {
    text: String,
    read: Option<f64>,
}

impl Typed {
    /// Why it is not taken as it is. `None`: it is.
    fn remark(&self, unit: Unit, limits: &RangeInclusive<f64>) -> Option<String> {
        let Some(read) = self.read else { return Some(format!("\"{}\" {}", self.text, unit.expected())) };
        let (least, most) = (*limits.start(), *limits.end());
        if read < least {
            Some(format!("The minimum is {}.", unit.format(least)))
        } else if read > most {
            Some(format!("The maximum is {}.", unit.format(most)))
        } else {
            None
        }
    }
}

/// Shows a remark below a number, until its time is over or the number is edited again.
fn remark_ui(ui: &Ui, response: &Response, new: Option<String>) {
    let id = response.id.with("remark");
    let now = ui.input(|input| input.time);
    if let Some(words) = new {
        ui.data_mut(|data| data.insert_temp(id, (words, now + REMARK_SECS)));
    } else if response.gained_focus() || response.drag_started() {
        ui.data_mut(|data| data.remove::<(String, f64)>(id));
    }
    let Some((words, until)) = ui.data(|data| data.get_temp::<(String, f64)>(id)) else { return };
    if until <= now {
        ui.data_mut(|data| data.remove::<(String, f64)>(id));
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(until - now));
    Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), id, response.rect).show(|ui| {
        ui.add(Label::new(RichText::new(words).color(theme::palette(ui).warn)).wrap());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_as_typed_is_told() {
        let remark = |text: &str, unit: Unit, limits| {
            Typed { text: text.to_owned(), read: unit.parse(text) }.remark(unit, &limits).unwrap_or_default()
        };
        assert_eq!(remark("1h", Unit::Millis, 1.0..=1e10), "");
        assert_eq!(
            remark("soon", Unit::Millis, 1.0..=1e10),
            "\"soon\" is not a time. Examples: 250 ms, 10 s, 2 min, 1 h."
        );
        assert_eq!(remark("-1", Unit::Named(""), 1.0..=5.0), "\"-1\" is not a number.");
        assert_eq!(remark("10 ms", Unit::Millis, 100.0..=1e10), "The minimum is 100 ms.");
        assert_eq!(remark("9 GB", Unit::Bytes, 1.0..=67_108_864.0), "The maximum is 64 MiB.");
        assert_eq!(Unit::Named("tokens").format(7.0), "7 tokens");
    }
}
