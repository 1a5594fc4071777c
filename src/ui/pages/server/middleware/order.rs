//! Moving a middleware in the list: with the keyboard, with the menu, by dragging.

use egui::{CursorIcon, Event, Key, Modifiers, Rect, Response, Stroke, Ui};

use crate::ui::{
    icons, theme,
    widgets::button::{self, ButtonStyle},
};

/// A move of a row from one index to another.
pub(super) struct Move {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The move by Alt+Up or Alt+Down on a focused handle.
pub(super) fn keyboard_move(ui: &Ui, handle: &Response, index: usize) -> Option<Move> {
    if !handle.has_focus() {
        return None;
    }
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::ALT, Key::ArrowUp) && index > 0 {
            input.events.retain(|event| !matches!(event, Event::Key { key: Key::ArrowUp, .. }));
            Some(Move { from: index, to: index - 1 })
        } else if input.consume_key(Modifiers::ALT, Key::ArrowDown) {
            Some(Move { from: index, to: index + 1 })
        } else {
            None
        }
    })
}

/// The move chosen in the menu of a handle. The menu opens on a click or Enter.
pub(super) fn menu_move(handle: &Response, index: usize, count: usize) -> Option<Move> {
    let mut moved = None;
    egui::Popup::menu(handle).show(|ui| {
        let mut item = |enabled, icon, name, to: usize| {
            let item = button::plain(icon, name, ButtonStyle::Full);
            if ui.add_enabled(enabled, item).accessible_name(name).clicked() {
                moved = Some(Move { from: index, to });
            }
        };
        item(index > 0, icons::ARROW_UP, "Move up", index.saturating_sub(1));
        item(index + 1 < count, icons::ARROW_DOWN, "Move down", index + 1);
    });
    moved
}

/// The move by a drag that has just ended. During a drag, shows where the row would go.
pub(super) fn drag_move(ui: &Ui, rows: &[(Rect, Response)]) -> Option<Move> {
    let from = rows.iter().position(|(_, handle)| handle.dragged() || handle.drag_stopped())?;
    let pointer = ui.ctx().pointer_interact_pos()?;
    // Before the first row whose middle is below the pointer.
    let gap = rows.iter().take_while(|(rect, _)| rect.center().y < pointer.y).count();
    let to = if gap > from { gap - 1 } else { gap };
    if rows[from].1.drag_stopped() {
        return (to != from).then_some(Move { from, to });
    }
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let palette = theme::palette(ui);
    let half_gap = ui.spacing().item_spacing.y / 2.0;
    let line_y = rows.get(gap).map_or_else(
        || rows.last().map_or(0.0, |(rect, _)| rect.bottom() + half_gap),
        |(rect, _)| rect.top() - half_gap,
    );
    let line = Stroke::new(theme::widget::FOCUS_LINE, palette.accent);
    ui.painter().hline(rows[from].0.x_range(), line_y, line);
    None
}
