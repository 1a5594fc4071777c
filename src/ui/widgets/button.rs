//! Buttons: a name, an icon, or both.

use egui::{Button, Response, Ui};

use crate::ui::theme;

/// Which parts of a button are visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonStyle {
    /// The icon (if any) and the name.
    Full,
    /// The icon alone; the name is shown on hover.
    IconOnly,
}

/// Shows a button. `icon` may be empty.
pub fn button(ui: &mut Ui, icon: &str, name: &str, style: ButtonStyle) -> Response {
    show(ui, plain(icon, name, style), name, style)
}

/// Shows the main button of a group.
pub fn primary(ui: &mut Ui, icon: &str, name: &str, style: ButtonStyle) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.fg_stroke.color = palette.on_primary;
        }
        let shown = plain(icon, name, style).fill(palette.primary);
        show(ui, shown, name, style)
    })
    .inner
}

/// Shows an icon button, such as a cross or a caret, whose frame appears only under the pointer.
pub fn bare(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let shown = plain(icon, name, ButtonStyle::IconOnly).frame_when_inactive(false);
    show(ui, shown, name, ButtonStyle::IconOnly)
}

/// The button without name or tooltip, for menus that add it themselves.
pub fn plain<'a>(icon: &'a str, name: &'a str, style: ButtonStyle) -> Button<'a> {
    match (icon, style) {
        ("", _) => Button::new(name),
        (icon, ButtonStyle::IconOnly) => Button::new(theme::icon(icon)),
        (icon, ButtonStyle::Full) => Button::new((theme::icon(icon), name)),
    }
}

fn show(ui: &mut Ui, button: Button<'_>, name: &str, style: ButtonStyle) -> Response {
    let response = ui.add(button);
    let response = if style == ButtonStyle::IconOnly { response.on_hover_text(name) } else { response };
    response.accessible_name(name)
}
