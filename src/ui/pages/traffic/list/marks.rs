//! Marks in the list: the menu of the colours, and what of a mark a row shows.

use egui::{Button, Rect, Response, RichText, Ui, pos2, vec2};

use crate::{
    trace::{Mark, MarkColour},
    ui::{
        command::Command,
        theme::{self, traffic},
    },
    words,
};

use super::super::{model::Model, view::View};

/// Paints the square of a mark's colour at the left edge of a row.
pub(super) fn square_ui(ui: &Ui, row: Rect, mark: Option<&Mark>) {
    let Some(colour) = mark.and_then(|mark| mark.colour) else { return };
    let center = pos2(row.left() + traffic::INSET / 2.0 + traffic::BAR / 2.0, row.center().y);
    let square = Rect::from_center_size(center, vec2(traffic::MARK_SQUARE, traffic::MARK_SQUARE));
    ui.painter().rect_filled(square, 1.0, theme::palette(ui).mark(colour));
}

/// Paints the items that mark the selected exchanges.
pub(super) fn items_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let current = model.selected_mark.as_ref().and_then(|mark| mark.colour);
    for colour in MarkColour::ALL {
        let name = words::capitalized(colour.key());
        let button = Button::new((
            RichText::new("■").color(theme::palette(ui).mark(colour)),
            RichText::new(name.as_str()),
        ));
        let button = button.selected(current == Some(colour)).right_text(colour.number().to_string());
        if ui.add(button).accessible_name(format!("Mark {}", colour.key())).clicked() {
            commands.push(model.mark_command(Some(colour)));
            ui.close();
        }
    }
    if ui.add(Button::new("No colour").right_text("0")).clicked() {
        commands.push(model.mark_command(None));
        ui.close();
    }
    ui.separator();
    comment_ui(ui, model, view);
}

/// Paints the item that begins a comment.
pub(super) fn comment_ui(ui: &mut Ui, model: &Model, view: &mut View) -> Response {
    let response = ui.add(Button::new("Comment…").right_text("C"));
    if response.clicked() {
        view.comment_on(model);
        ui.close();
    }
    response
}
