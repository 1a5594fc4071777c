//! The comment on the selected exchanges, typed into the row.

use egui::{Key, Modifiers, Rect, TextEdit, Ui};

use crate::{
    capture::marks::MarkChange,
    trace::Mark,
    ui::{
        command::{Command, ExchangesCommand},
        theme,
    },
};

use super::super::{
    model::Model,
    repaint_soon,
    view::{CommentEdit, View},
};

impl View {
    /// Begins to comment on the selected exchanges, with the comment that the one that is looked at has.
    pub(in super::super) fn comment_on(&mut self, model: &Model) {
        let text = model.selected_mark.as_ref().map_or_else(String::new, |mark| mark.comment.to_string());
        self.comment = Some(CommentEdit { ids: model.chosen_ids(), text, is_new: true });
        self.reveal_row = true;
    }
}

/// Paints the input into `row`, the part of the row that has room for it. Enter takes the comment, Escape does not; a
/// click elsewhere takes it, too.
pub(super) fn show(ui: &mut Ui, row: Rect, view: &mut View, commands: &mut Vec<Command>) {
    let Some(edit) = &mut view.comment else { return };
    let input = TextEdit::singleline(&mut edit.text)
        .hint_text("Comment")
        .char_limit(Mark::COMMENT_MAX)
        .font(theme::body_font())
        .desired_width(row.width());
    let response = ui.put(row, input).accessible_name("Comment on the selected exchanges");
    if std::mem::take(&mut edit.is_new) {
        response.request_focus();
        repaint_soon(ui.ctx());
        return;
    }
    let is_left = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if is_left || response.lost_focus() {
        let Some(CommentEdit { ids, text, .. }) = view.comment.take() else { return };
        if !is_left {
            let change = MarkChange::Comment(text.into());
            commands.push(Command::Exchanges(ids, ExchangesCommand::Mark(change)));
        }
        if let Some(list) = view.list_id {
            ui.memory_mut(|memory| memory.request_focus(list));
        }
        repaint_soon(ui.ctx());
    }
}
