//! A line on a field of a message that was put in, changed or taken out.

use egui::{Label, RichText, Ui};

use crate::{trace::FieldChange, ui::theme};

/// Paints a line on a field that was put in, changed or taken out.
pub fn change_ui(ui: &mut Ui, change: &FieldChange) {
    let palette = theme::palette(ui);
    let name = &change.name;
    let (line, color) = match (&change.before, &change.after) {
        (None, Some(after)) => (format!("+ {name}: {after}"), palette.ok),
        (Some(before), Some(after)) => (format!("~ {name}: {before} → {after}"), palette.warn),
        (Some(before), None) => (format!("− {name}: {before}"), palette.error),
        (None, None) => return,
    };
    ui.add(Label::new(RichText::new(line).font(theme::small_mono_font()).color(color)).wrap());
}
