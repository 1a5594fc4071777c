//! The keys of the page that act on the selected rows.

use egui::{Key, Modifiers, Ui};

use crate::{
    base::stream::ExchangeId,
    capture::marks::MarkChange,
    trace::MarkColour,
    ui::command::{Command, ExchangesCommand},
};

use super::{TrafficPage, model::Step, repaint_soon, replay};

/// The keys of the colours, the one that takes a colour away first.
const COLOURS: [Key; 10] = [
    Key::Num0,
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

impl TrafficPage {
    pub(super) fn handle_keys(&mut self, ui: &Ui, commands: &mut Vec<Command>) {
        // Before the filter, whose key is the same without Shift.
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND | Modifiers::SHIFT, Key::F)) {
            self.view.find.open();
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND | Modifiers::SHIFT, Key::R)) {
            self.view.replay_open = !self.view.replay_open && self.model.resolved().is_some();
        }
        if self.view.replay_open && replay::handle_keys(ui, &mut self.replay, self.view.list_id) {
            self.view.replay_open = false;
        }
        let focus_filter = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F));
        self.view.focus_filter |= focus_filter;
        if ui.memory(|memory| memory.focused().is_some_and(|id| Some(id) != self.view.list_id)) {
            return;
        }
        self.step(ui);
        if self.model.selected.is_none() {
            return;
        }
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::A) {
            self.model.choose_all();
            repaint_soon(ui.ctx());
        }
        let colour = COLOURS.into_iter().position(|key| pressed(Modifiers::NONE, key));
        if let Some(number) = colour.and_then(|number| u8::try_from(number).ok()) {
            let colour = MarkColour::from_number(number);
            commands.push(self.model.mark_command(colour));
        }
        if pressed(Modifiers::NONE, Key::C) {
            self.view.comment_on(&self.model);
        }
        if pressed(Modifiers::NONE, Key::Delete) {
            commands.push(self.model.delete_command());
        }
    }

    /// Moves the selection by the arrow keys and the like; with Shift its end.
    fn step(&mut self, ui: &Ui) {
        let page = self.view.page_rows.max(1);
        let keys = [
            (Key::ArrowDown, Step::By(1)),
            (Key::ArrowUp, Step::By(-1)),
            (Key::PageDown, Step::By(page)),
            (Key::PageUp, Step::By(-page)),
            (Key::Home, Step::First),
            (Key::End, Step::Last),
        ];
        for (key, step) in keys {
            let pressed = |modifiers| ui.input_mut(|input| input.consume_key(modifiers, key));
            // Without Shift last: a key without modifiers is also one with it.
            let extends = pressed(Modifiers::SHIFT);
            if extends || pressed(Modifiers::NONE) {
                self.model.step(step, extends);
                // What stays selected may be out of sight.
                self.view.reveal_row = true;
                repaint_soon(ui.ctx());
            }
        }
    }
}

/// Rows in which the exchange is looked for that is selected after a deletion.
const NEAR: usize = 1_000;

impl super::model::Model {
    /// Deletes the selected exchanges, and selects the nearest of the others.
    pub(super) fn delete_command(&mut self) -> Command {
        let ids = self.chosen_ids();
        if let Some(row) = self.selected_row() {
            let stays = |id: &ExchangeId| ids.binary_search(id).is_err();
            let below = self.list.ids(row..row.saturating_add(NEAR)).into_iter().find(stays);
            let above = || self.list.ids(row.saturating_sub(NEAR)..row).into_iter().rev().find(stays);
            if let Some(next) = below.or_else(above) {
                self.select(next);
            }
        }
        Command::Exchanges(ids, ExchangesCommand::Delete)
    }

    /// Gives the selected exchanges a colour, or takes it away where all of them have it already.
    pub(super) fn mark_command(&self, colour: Option<MarkColour>) -> Command {
        let ids = self.chosen_ids();
        let has = self.selected_mark.as_ref().and_then(|mark| mark.colour);
        let colour = colour.filter(|colour| has != Some(*colour));
        Command::Exchanges(ids, ExchangesCommand::Mark(MarkChange::Colour(colour)))
    }
}
