//! Buttons: a name, an icon, or both.

use egui::{Button, Response, Ui};

use crate::ui::theme;

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Icon (if any) and name.
    Full,
    /// The icon alone; the name is shown on hover.
    IconOnly,
}

/// A button. `icon`: empty for none.
pub fn button(ui: &mut Ui, icon: &str, name: &str, look: Look) -> Response {
    show(ui, plain(icon, name, look), name, look)
}

/// The one main button of a group.
pub fn primary(ui: &mut Ui, icon: &str, name: &str, look: Look) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.fg_stroke.color = palette.on_primary;
        }
        let shown = plain(icon, name, look).fill(palette.primary);
        show(ui, shown, name, look)
    })
    .inner
}

/// A button without a frame until the pointer is over it: a cross, a caret.
pub fn bare(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let shown = plain(icon, name, Look::IconOnly).frame_when_inactive(false);
    show(ui, shown, name, Look::IconOnly)
}

/// What a button of this kind is made of, for menus.
pub fn plain<'a>(icon: &'a str, name: &'a str, look: Look) -> Button<'a> {
    match (icon, look) {
        ("", _) => Button::new(name),
        (icon, Look::IconOnly) => Button::new(theme::icon(icon)),
        (icon, Look::Full) => Button::new((theme::icon(icon), name)),
    }
}

fn show(ui: &mut Ui, button: Button<'_>, name: &str, look: Look) -> Response {
    let response = ui.add(button);
    let response = if look == Look::IconOnly { response.on_hover_text(name) } else { response };
    response.accessible_name(name)
}
