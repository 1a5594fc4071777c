//! The field with a path into the JSON of each event, and the text to which it leads in all of them.

use egui::{Label, RichText, ScrollArea, TextBuffer, TextEdit, Ui};

use crate::{
    base::stream::ExchangeId,
    events::{Path, PathError},
    explain::events::{EventStream, join::Join},
    ui::{
        pages::traffic::{resolved::ResolvedExchange, timeline::card},
        theme::{self, events},
        waker::FRAME,
        widgets::text,
    },
    words,
};

/// The path as it is typed, and what it found so far.
#[derive(Debug, Default)]
pub(super) struct Joining {
    text: String,
    error: Option<PathError>,
    found: Option<Found>,
}

#[derive(Debug)]
struct Found {
    /// The exchange, its stream and the text of the path.
    key: (ExchangeId, usize, String),
    join: Join,
    /// The joined text, safe to display.
    shown: String,
    /// Bytes of the joined text that are in `shown`.
    taken: usize,
}

impl Joining {
    /// Whether there is a path that can be followed.
    pub(super) fn is_shown(&self) -> bool {
        self.found.is_some()
    }

    /// Follows the path into the events that have come since. Returns whether there are more to look at.
    fn go_on(&mut self, exchange: ExchangeId, (index, stream): (usize, &EventStream)) -> bool {
        let key = (exchange, index, self.text.clone());
        if self.found.as_ref().is_none_or(|found| found.key != key) {
            self.found = None;
            self.error = None;
            if self.text.trim().is_empty() {
                return false;
            }
            match Path::parse(&self.text) {
                Ok(path) => {
                    self.found = Some(Found { key, join: Join::new(path), shown: String::new(), taken: 0 });
                }
                Err(error) => self.error = Some(error),
            }
        }
        let Some(found) = &mut self.found else { return false };
        let is_done = found.join.take(stream, events::JOINED_AT_ONCE);
        found.shown.push_str(&safe(&found.join.text[found.taken..]));
        found.taken = found.join.text.len();
        !is_done
    }
}

/// Text in lines without control characters that could hide or reorder what is there.
fn safe(text: &str) -> String {
    let lines = text.split('\n').map(|line| words::escaped(line.trim_end_matches('\r').as_bytes()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Paints the field, and what the path finds.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    (index, stream): (usize, &EventStream),
    joining: &mut Joining,
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new("JOIN").font(theme::caption_font()).color(palette.dim));
        let span = joining.error.as_ref().map(|error| error.range.clone());
        let mut layouter =
            |ui: &Ui, text: &dyn TextBuffer, _: f32| text::underlined(ui, text.as_str(), span.clone());
        let edit = TextEdit::singleline(&mut joining.text)
            .font(theme::mono_font())
            .hint_text("choices[0].delta.content")
            .desired_width(events::PATH)
            .layouter(&mut layouter);
        let response = ui.add(edit).accessible_name("Path into the JSON of each event");
        if joining.go_on(resolved.detail().exchange.id, (index, stream)) {
            ui.ctx().request_repaint_after(FRAME);
        }
        if let Some(error) = &joining.error {
            let sentence = error.fault.to_string();
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(&*sentence));
            ui.label(RichText::new(sentence).color(palette.error));
        } else if let Some(found) = &joining.found {
            ui.add(Label::new(RichText::new(found_words(&found.join)).color(palette.dim)).truncate());
        } else {
            let hint = "A path reads the stream as the text that it carries.";
            ui.add(Label::new(RichText::new(hint).color(palette.dim)).truncate());
        }
    });
}

/// How much the path found: `in 40 events · not in 2 · 1 is no JSON (event 43)`.
fn found_words(join: &Join) -> String {
    let mut said = format!("found in {}", words::plural(join.found, "event"));
    if join.missing > 0 {
        said = format!("{said} · not in {}", words::count(join.missing));
    }
    if let Some(first) = join.first_not_json {
        let verb = if join.not_json == 1 { "is" } else { "are" };
        let first = words::count(first as u64 + 1);
        said =
            format!("{said} · {} {verb} no JSON (the first is event {first})", words::count(join.not_json));
    }
    if join.is_cut {
        said.push_str(" · the text goes on");
    }
    said
}

/// Paints the joined text.
pub(super) fn text_ui(ui: &mut Ui, joining: &Joining) {
    let Some(found) = &joining.found else { return };
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let palette = theme::palette(ui);
        let scroll = ScrollArea::vertical().id_salt("joined").auto_shrink(false).stick_to_bottom(true);
        scroll.show(ui, |ui| {
            if found.shown.is_empty() {
                ui.label(RichText::new("The path leads to no text in these events.").color(palette.dim));
            } else {
                let text = RichText::new(&found.shown).color(palette.text);
                ui.add(Label::new(text).wrap().selectable(true));
            }
        });
    });
}
