//! The replay of a message: its bytes up to a place, and the machine as it was there.
//!
//! [`model`] holds the place and moves it, and knows no egui; the other files paint.

mod buffer;
mod bytes;
mod controls;
mod grid;
mod machine;
mod model;
mod stations;
mod track;

use egui::{Key, Modifiers, Ui};

use crate::{
    explain::replay::Stop,
    ui::{command::Command, theme::space, waker::FRAME},
};

use super::{
    model::Model,
    sentence::{self, Explanation},
    timeline::card,
};

pub(super) use model::{ReplayView, Way};

/// The keys of the replay, the more particular ones first.
const KEYS: [(Modifiers, Key, Stop, Way); 6] = [
    (Modifiers::COMMAND, Key::ArrowRight, Stop::Read, Way::Next),
    (Modifiers::COMMAND, Key::ArrowLeft, Stop::Read, Way::Previous),
    (Modifiers::SHIFT, Key::ArrowRight, Stop::Token, Way::Next),
    (Modifiers::SHIFT, Key::ArrowLeft, Stop::Token, Way::Previous),
    (Modifiers::NONE, Key::ArrowRight, Stop::Byte, Way::Next),
    (Modifiers::NONE, Key::ArrowLeft, Stop::Byte, Way::Previous),
];

/// Handles the keys, unless an input needs them. Returns whether the replay is to be left.
pub(super) fn handle_keys(ui: &Ui, view: &mut ReplayView, list: Option<egui::Id>) -> bool {
    let is_elsewhere =
        |id: egui::Id| Some(id) != list && Some(id) != view.track_id && Some(id) != view.bytes_id;
    if ui.memory(|memory| memory.focused().is_some_and(is_elsewhere)) {
        return false;
    }
    ui.input_mut(|input| {
        for (modifiers, key, stop, way) in KEYS {
            while input.consume_key(modifiers, key) {
                view.step(stop, way);
            }
        }
        for (key, end) in [(Key::Home, Way::Previous), (Key::End, Way::Next)] {
            if input.consume_key(Modifiers::NONE, key) {
                view.go_to_end(end);
            }
        }
        if input.consume_key(Modifiers::SHIFT, Key::N) {
            view.run(Way::Previous);
        } else if input.consume_key(Modifiers::NONE, Key::N) {
            view.run(Way::Next);
        }
        if input.consume_key(Modifiers::NONE, Key::P) {
            view.toggle_playing();
        }
        input.consume_key(Modifiers::NONE, Key::Escape)
    })
}

/// Paints the controls, the bytes and the buffer.
pub(super) fn middle_ui(ui: &mut Ui, model: &mut Model, view: &mut ReplayView, commands: &mut Vec<Command>) {
    let Some(resolved) = model.resolved() else { return };
    let is_live = resolved.in_flight() && !model.paused;
    if !view.is_ready() {
        card(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ui.weak(view.nothing_words());
        });
        return;
    }
    view.play_on(ui.input(|input| input.time));
    if view.is_playing() {
        ui.ctx().request_repaint_after(FRAME);
    }
    card(ui, |ui| {
        controls::show(ui, view, is_live);
        track::show(ui, resolved, view);
        controls::run_ui(ui, view);
    });
    let explanation = explanation(view);
    let sentence_height = sentence::height_of(ui, &explanation);
    let mut rest = ui.available_rect_before_wrap();
    let bytes = egui::Rect::from_min_max(rest.min, rest.max - egui::vec2(0.0, sentence_height + space::GAP));
    rest.min.y = bytes.max.y + space::GAP;
    ui.scope_builder(egui::UiBuilder::new().max_rect(bytes), |ui| {
        card(ui, |ui| {
            ui.set_min_size(ui.available_size());
            bytes::show(ui, model, view);
        });
    });
    ui.scope_builder(egui::UiBuilder::new().max_rect(rest), |ui| sentence::panel(ui, &explanation, commands));
}

/// Paints the machine, what is known, the decisions and what may come next.
pub(super) fn machine_ui(ui: &mut Ui, view: &mut ReplayView) {
    machine::show(ui, view);
}

/// The sentence below the bytes: the token or what was decided last, and what the machine can tell.
fn explanation(view: &mut ReplayView) -> Explanation {
    let Some((replay, shown)) = view.shown() else { return Explanation::default() };
    let moment = &shown.moment;
    let title = moment.token.as_ref().map_or_else(String::new, |(_, range)| {
        const CHARS: usize = 40;
        crate::words::shortened(&crate::words::escaped(replay.slice(range.clone())), CHARS)
    });
    if let Some(broken) = &moment.broken {
        let (sentence, section) = (broken.rule.sentence().to_owned(), broken.rule.section());
        return Explanation { title, role: None, sentence, section, place: None };
    }
    Explanation {
        title,
        role: moment.token.as_ref().map(|(kind, _)| kind.role()),
        sentence: format!("{} Next: {}.", moment.stand.about, moment.stand.waits_for),
        section: moment.stand.section,
        place: None,
    }
}
