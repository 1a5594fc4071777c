//! Finds text, bytes or a regular expression in the bytes that are shown, and goes to an offset.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use egui::{Button, Key, Label, RichText, TextEdit, Ui};
use parking_lot::Mutex;

use crate::{
    base::stream::Nanos,
    search::{Notation, Pattern},
    ui::{
        icons,
        theme::{self, space, traffic},
        waker::FRAME,
        widgets::segmented::{Choice, segmented},
    },
    words,
};

use super::{
    part::{Part, Stream},
    resolved::ResolvedExchange,
};

/// Places that are found at most.
const PLACES_MAX: usize = 100_000;

/// What was looked for, and in which bytes.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    text: String,
    notation: Notation,
    stream: Stream,
    explained: Nanos,
}

/// What a thread found. `None`: it is still looking.
type Answer = Arc<Mutex<Option<Vec<Range<u64>>>>>;

/// What is looked for in the bytes.
#[derive(Debug, Default)]
pub(super) struct Find {
    /// Whether the bar is shown.
    pub is_open: bool,
    /// Focus the input in the next frame.
    pub focus: bool,
    text: String,
    notation: Notation,
    /// What is wrong with the text. Empty: nothing.
    problem: String,
    offset: String,
    question: Option<Question>,
    answer: Answer,
    stopped: Arc<AtomicBool>,
    places: Vec<Range<u64>>,
    /// The place that is shown, from 0.
    current: usize,
}

/// A way to another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Previous,
    Next,
}

impl Find {
    /// Opens the bar.
    pub(super) fn open(&mut self) {
        (self.is_open, self.focus) = (true, true);
    }

    /// Has the bytes of `stream` searched, if that was not done yet. Takes what was found.
    fn refresh(&mut self, resolved: &ResolvedExchange, stream: Stream) {
        let question = Question {
            text: self.text.clone(),
            notation: self.notation,
            stream,
            explained: resolved.explained,
        };
        if self.question.as_ref() == Some(&question) {
            if let Some(places) = self.answer.lock().take() {
                self.places = places;
                self.current = 0;
            }
            return;
        }
        self.stopped.store(true, Ordering::Relaxed);
        (self.answer, self.stopped) = (Answer::default(), Arc::default());
        self.places.clear();
        self.question = Some(question);
        let pattern = match Pattern::parse(self.notation, &self.text) {
            Ok(pattern) => {
                self.problem.clear();
                pattern
            }
            Err(error) => {
                self.problem = error.to_string();
                None
            }
        };
        let Some(pattern) = pattern else {
            *self.answer.lock() = Some(Vec::new());
            return;
        };
        let chunks = resolved.chunks(stream).to_vec();
        let (answer, stopped) = (Arc::clone(&self.answer), Arc::clone(&self.stopped));
        // Without a thread nothing is found.
        let _ = thread::Builder::new().name("find".to_owned()).spawn(move || {
            let places = pattern.find_in(&chunks, PLACES_MAX, &|| !stopped.load(Ordering::Relaxed));
            *answer.lock() = Some(places);
        });
    }

    /// Whether a thread is looking.
    fn is_looking(&self) -> bool {
        Arc::strong_count(&self.answer) > 1
    }

    fn go(&mut self, way: Way) {
        let len = self.places.len();
        if len > 0 {
            self.current = (self.current + if way == Way::Next { 1 } else { len - 1 }) % len;
        }
    }

    fn words(&self) -> String {
        match self.places.len() {
            _ if !self.problem.is_empty() => self.problem.clone(),
            _ if self.text.is_empty() => String::new(),
            0 if self.is_looking() => "looking …".to_owned(),
            0 => "not found".to_owned(),
            len => {
                let more = if len >= PLACES_MAX { "+" } else { "" };
                format!("{} of {}{more}", words::count(self.current as u64 + 1), words::count(len as u64))
            }
        }
    }
}

/// Paints the bar above the bytes of `stream`, if it is open. Returns the bytes that are to be marked. `None`: they
/// stay as they are.
pub(super) fn bar_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    find: &mut Find,
    stream: Stream,
    selected: Option<&Part>,
) -> Option<Part> {
    if !find.is_open {
        return None;
    }
    let before = find.places.is_empty();
    find.refresh(resolved, stream);
    let mut show = before && !find.places.is_empty();
    let selected = selected.filter(|part| part.stream == stream);
    // In one row, or in two where that is too long.
    let (way, gone_to) = if ui.available_width() >= traffic::FIND_ROW {
        let row = ui.horizontal(|ui| {
            let way = input_ui(ui, find).or(ways_ui(ui, find));
            let gone_to = places_ui(ui, resolved, find, stream, selected);
            close_ui(ui, find);
            (way, gone_to)
        });
        row.inner
    } else {
        let first = ui.horizontal(|ui| {
            let way = input_ui(ui, find);
            close_ui(ui, find);
            way
        });
        let second = ui.horizontal(|ui| (ways_ui(ui, find), places_ui(ui, resolved, find, stream, selected)));
        (first.inner.or(second.inner.0), second.inner.1)
    };
    if let Some(way) = way {
        find.go(way);
        show = true;
    }
    if find.is_looking() {
        ui.ctx().request_repaint_after(FRAME);
    }
    let found = find.places.get(find.current).filter(|_| show);
    found.map(|range| Part { stream, range: range.clone() }).or(gone_to)
}

/// Paints how many places were found, the input for an offset, and where the selected bytes are. Returns the byte to go
/// to. `None`: no offset was entered.
fn places_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    find: &mut Find,
    stream: Stream,
    selected: Option<&Part>,
) -> Option<Part> {
    let palette = theme::palette(ui);
    let color = if find.problem.is_empty() { palette.dim } else { palette.error };
    let said = find.words();
    if !said.is_empty() {
        let most = ui.available_width() / 2.0;
        ui.scope(|ui| {
            ui.set_max_width(most);
            ui.add(Label::new(RichText::new(said).font(theme::small_font()).color(color)).truncate());
        });
    }
    let gone_to = offset_ui(ui, resolved, stream, find);
    if let Some(selected) = selected {
        let len = selected.range.end - selected.range.start;
        let start = selected.range.start - message_start(resolved, stream, selected.range.start);
        let words = format!("{} from {}", words::plural(len, "byte"), words::offset(start));
        ui.add(Label::new(RichText::new(words).font(theme::small_font()).color(palette.dim)).truncate());
    }
    gone_to
}

fn close_ui(ui: &mut Ui, find: &mut Find) {
    let close = Button::new(theme::icon(icons::X)).small();
    if ui.add(close).accessible_name("Close the search in the bytes").clicked() {
        find.is_open = false;
    }
}

/// The stream offset at which the message with the byte at `offset` begins.
fn message_start(resolved: &ResolvedExchange, stream: Stream, offset: u64) -> u64 {
    resolved.facts(stream).map_or(0, |facts| facts.message_start(offset))
}

/// Paints the input and the notation. Returns the way to go. `None`: nothing was entered.
fn input_ui(ui: &mut Ui, find: &mut Find) -> Option<Way> {
    let edit = TextEdit::singleline(&mut find.text)
        .hint_text(find.notation.facts().example)
        .font(theme::mono_font())
        .desired_width(
            (ui.available_width() - traffic::FIND_BESIDE).clamp(traffic::FIND / 2.0, traffic::FIND),
        );
    let response = ui.add(edit).accessible_name("Find in the bytes");
    if std::mem::take(&mut find.focus) {
        response.request_focus();
    }
    let mut way = None;
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        way = Some(if ui.input(|input| input.modifiers.shift) { Way::Previous } else { Way::Next });
        response.request_focus();
    } else if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        find.is_open = false;
    }
    let choices = Notation::ALL.map(|notation| {
        let label = notation.facts().title;
        Choice { label, detail: "", accessible_name: label }
    });
    let current = Notation::ALL.iter().position(|notation| *notation == find.notation).unwrap_or(0);
    if let Some(clicked) = segmented(ui, current, &choices) {
        find.notation = Notation::ALL[clicked];
    }
    way
}

/// Paints the buttons that lead to another place. Returns the way to go. `None`: none was clicked.
fn ways_ui(ui: &mut Ui, find: &Find) -> Option<Way> {
    let mut way = None;
    let ways =
        [(Way::Previous, "Previous place", icons::ARROW_UP), (Way::Next, "Next place", icons::ARROW_DOWN)];
    for (each, name, icon) in ways {
        let button = Button::new(theme::icon(icon)).small();
        let enabled = !find.places.is_empty();
        if ui.add_enabled(enabled, button).accessible_name(name).clicked() {
            way = Some(each);
        }
    }
    way
}

/// Paints the input for an offset in the message that is shown, decimal or with `0x` in hexadecimal. Returns the byte
/// to go to. `None`: nothing was entered.
fn offset_ui(ui: &mut Ui, resolved: &ResolvedExchange, stream: Stream, find: &mut Find) -> Option<Part> {
    let edit = TextEdit::singleline(&mut find.offset)
        .hint_text("offset, 0x2f")
        .font(theme::mono_font())
        .desired_width(traffic::FIND / 2.0);
    let response = ui.add(edit).accessible_name("Go to offset");
    if !(response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))) {
        return None;
    }
    ui.add_space(space::TIGHT);
    let text = find.offset.trim();
    let read = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse::<u64>().ok(),
    };
    let start = resolved.facts(stream).map_or(0, |facts| facts.own.start);
    let shown = |offset: &u64| resolved.chunks(stream).iter().any(|chunk| chunk.range().contains(offset));
    let place = read.and_then(|offset| start.checked_add(offset)).filter(shown);
    if place.is_none() {
        response.request_focus();
    }
    place.map(|offset| Part { stream, range: offset..offset + 1 })
}
