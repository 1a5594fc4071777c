//! What is known of all events together, and the choice among several streams.

use egui::{Label, RichText, Ui};

use crate::{
    explain::events::EventStream,
    ui::{
        pages::traffic::{part::Message, resolved::ResolvedExchange},
        theme::{self, space},
        widgets::segmented::{Choice, segmented},
    },
    words,
};

use super::{EventsView, place};

/// Paints a choice among the streams of the exchange, if there is more than one.
pub(super) fn streams_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut EventsView) {
    let streams = &resolved.facts.events;
    if streams.len() < 2 {
        return;
    }
    let names: Vec<String> = streams.iter().map(name).collect();
    let choices: Vec<Choice<'_>> =
        names.iter().map(|name| Choice { label: name, detail: "", accessible_name: name }).collect();
    let clicked = ui.horizontal(|ui| segmented(ui, view.stream, &choices)).inner;
    if let Some(stream) = clicked {
        view.look_at(stream);
    }
}

fn name(stream: &EventStream) -> String {
    match (stream.leg, place(stream).message) {
        (None, Message::Response) => "To the client".to_owned(),
        (None, Message::Request) => "From the client".to_owned(),
        (Some(leg), _) => format!("From the backend, attempt {}", leg + 1),
    }
}

/// Paints the times and counts.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, stream: &EventStream) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::TIGHT;
        for (name, value) in facts(stream) {
            ui.label(RichText::new(value).color(palette.text));
            if !name.is_empty() {
                ui.label(RichText::new(name).color(palette.dim));
            }
            ui.add_space(space::GAP);
        }
    });
    if let Some(why) = missing(stream, resolved) {
        ui.add(Label::new(RichText::new(why).color(palette.warn)).wrap());
    }
}

/// What is said of the stream: the name of each value, and the value.
fn facts(stream: &EventStream) -> Vec<(&'static str, String)> {
    let timing = &stream.timing;
    let item = stream.format.facts().item;
    let mut facts = vec![("", words::plural(timing.count, item))];
    facts.extend(timing.to_first().map(|nanos| ("to the first", words::duration(nanos))));
    if let Some((gap, _)) = timing.longest {
        facts.push(("longest gap", words::duration(gap)));
    }
    facts.extend(timing.per_second().map(|rate| ("a second", rate_words(rate))));
    facts.extend(stream.retry.map(|retry| ("retry", words::duration(retry.saturating_mul(1_000_000)))));
    if let Some(id) = &stream.last_id {
        facts.push(("last id", words::escaped(&stream.content(id, ID_BYTES))));
    }
    if stream.comments > 0 {
        facts.push(("", words::plural(stream.comments, "comment")));
    }
    let codings: Vec<&str> = stream.decoded.iter().map(crate::explain::facts::Coding::name).collect();
    if !codings.is_empty() {
        facts.push(("decoded", codings.join(", ")));
    }
    facts
}

/// Bytes of the last id that are shown.
const ID_BYTES: usize = 40;

/// Events a second: two digits where they matter.
fn rate_words(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

/// Why events are not shown. `None`: all are.
fn missing(stream: &EventStream, resolved: &ResolvedExchange) -> Option<String> {
    let facts = stream.format.facts();
    if !stream.undecoded.is_empty() {
        let names: Vec<&str> = stream.undecoded.iter().map(crate::explain::facts::Coding::name).collect();
        let names = words::escaped(names.join(", ").as_bytes());
        return Some(format!("The {} is encoded ({names}), which cannot be undone here.", facts.name));
    }
    if stream.unread > 0 {
        let bytes = words::size(stream.unread);
        return Some(format!(
            "{bytes} are not read: bytes before them are not in the capture, or are damaged."
        ));
    }
    if stream.not_listed > 0 {
        let more = words::plural(stream.not_listed, facts.item);
        return Some(format!("{more} more are counted, but not listed."));
    }
    (stream.is_over && resolved.in_flight()).then(|| "The stream is over.".to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_rate_has_two_digits() {
        assert_eq!([0.04, 3.96, 9.94, 41.7].map(super::rate_words), ["0.0", "4.0", "9.9", "42"]);
    }
}
