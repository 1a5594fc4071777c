//! The selected event: its bytes as they arrived or without the framing between them, its parts, and a sentence.

use std::ops::Range;

use ::bytes::Bytes;
use egui::{Align, Grid, Label, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder};

use crate::{
    base::stream::Direction,
    explain::{
        events::{EventStream, ItemFacts, Part, about, parts},
        facts::Leaf,
        kinds::Kind,
    },
    store::Chunk,
    ui::{
        command::Command,
        pages::traffic::{bytes, resolved::ResolvedExchange, sentence::section_url, timeline::card},
        theme::{self, events, space},
        widgets::{
            byte_view::{ByteView, Lines, Mode, Source},
            pill,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::{EventsView, place};

/// The bytes of an event, arranged in lines.
#[derive(Debug)]
pub(super) struct Arranged {
    key: (usize, Range<u64>, bool, Mode),
    chunks: Vec<Chunk>,
    leaves: Vec<Leaf>,
    lines: Lines,
}

/// Paints the event.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    stream: &EventStream,
    view: &mut EventsView,
    commands: &mut Vec<Command>,
) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let selected = view.index(stream).and_then(|index| Some((index, stream.row(index)?)));
        let Some((index, facts)) = selected else {
            ui.weak("A click on an event shows its bytes here.");
            return;
        };
        let mut parts = parts(stream, facts);
        parts.truncate(events::PARTS);
        title_ui(ui, (stream, index, facts), view);
        let rest = ui.available_rect_before_wrap();
        let facts_height = events::FACTS.min(rest.height() * events::FACTS_SHARE);
        let mut above = rest;
        above.max.y -= facts_height;
        ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
            bytes_ui(ui, resolved, (stream, facts), &parts, view);
        });
        let mut below = rest;
        below.min.y = above.max.y + space::TIGHT;
        ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
            ScrollArea::both().id_salt("parts").auto_shrink(false).show(ui, |ui| {
                let part = view.part.and_then(|part| parts.get(part));
                sentence_ui(ui, (stream, index, facts), part, commands);
                parts_ui(ui, &parts, view);
            });
        });
    });
}

fn title_ui(ui: &mut Ui, (stream, index, facts): (&EventStream, usize, &ItemFacts), view: &mut EventsView) {
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        let how = if stream.direction == Direction::Received { "AS IT ARRIVED" } else { "AS IT WAS SENT" };
        let item = stream.format.facts().item.to_uppercase();
        let caption = format!("{item} {}, {how}", index + 1);
        ui.label(RichText::new(caption).font(theme::caption_font()).color(palette.dim));
        pill::pill(ui, &format!("{} of the connection", words::offsets(&facts.range)), palette.dim);
        let shown = stream.beginning(&facts.item);
        if shown.end < facts.item.range.end {
            let cut = format!("the first {}", words::size(shown.end - shown.start));
            pill::pill(ui, &cut, palette.warn);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let choices =
                ["On the wire", "Content"].map(|label| Choice { label, detail: "", accessible_name: label });
            if let Some(choice) = segmented(ui, usize::from(view.is_bare), &choices) {
                view.is_bare = choice == 1;
            }
        });
    });
}

fn bytes_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    (stream, facts): (&EventStream, &ItemFacts),
    parts: &[Part],
    view: &mut EventsView,
) {
    let key = (view.stream, facts.item.range.clone(), view.is_bare, bytes::mode(ui, true));
    if view.arranged.as_ref().is_none_or(|arranged| arranged.key != key) {
        view.arranged = arrange(resolved, (stream, facts), key);
    }
    let Some(arranged) = &view.arranged else { return };
    if arranged.lines.is_empty() {
        ui.weak("The bytes of this event were not kept.");
        return;
    }
    let is_bare = view.is_bare;
    let of = |part: &Part| if is_bare { part.content.clone() } else { part.range.clone() };
    let mark = view.part.and_then(|part| parts.get(part)).map(of);
    let painted = ByteView {
        chunks: &arranged.chunks,
        leaves: &arranged.leaves,
        lines: &arranged.lines,
        mode: arranged.key.3,
        mark: mark.as_ref(),
        selected: None,
        linked: &[],
        tints: &[],
        plain: None,
        offsets: true,
        read_to: None,
        reveal: None,
        name: "bytes of the event",
    }
    .show(ui);
    if let Some(action) = painted.action {
        view.part = action.part(view.part, parts.iter().map(of));
    }
}

fn arrange(
    resolved: &ResolvedExchange,
    (stream, facts): (&EventStream, &ItemFacts),
    key: (usize, Range<u64>, bool, Mode),
) -> Option<Arranged> {
    let place = place(stream);
    let content = stream.beginning(&facts.item);
    let (chunks, leaves) = if key.2 {
        let bytes = Bytes::from(stream.content(&content, usize::MAX).into_owned());
        let len = bytes.len() as u64;
        let chunk = Chunk {
            at: facts.at,
            until: facts.at,
            number: facts.chunks[0],
            offset: content.start,
            len,
            count: 1,
            lost: false,
            bytes,
        };
        (vec![chunk], stream.content_leaves(&facts.item))
    } else {
        let range = stream.wire(&content);
        let chunks = resolved.chunks(place).iter().filter_map(|chunk| chunk.cut(range.clone()));
        (chunks.collect(), stream.leaves(facts, resolved.facts(place)?))
    };
    let backing = resolved.detail().backing;
    let source = Source {
        direction: stream.direction,
        chunks: &chunks,
        boundaries: &[],
        messages: &[],
        markers: &[],
        backing,
    };
    let lines = Lines::new(&source, key.3);
    Some(Arranged { key, chunks, leaves, lines })
}

/// Paints the sentence about the clicked part, or about the event.
fn sentence_ui(
    ui: &mut Ui,
    (stream, index, facts): (&EventStream, usize, &ItemFacts),
    part: Option<&Part>,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let (sentence, section) = match part {
        Some(part) => {
            let kind = part.kind.facts();
            let words = if part.words.is_empty() { String::new() } else { format!(": {}", part.words) };
            let stop = if part.words.ends_with('.') { "" } else { "." };
            (format!("{}{words}{stop} {}", part.name, kind.about), kind.section)
        }
        None => about(stream, index, facts),
    };
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(RichText::new(sentence).color(palette.text)).wrap());
        match section_url(section) {
            Some(url) if pill::pill_button(ui, section, palette.accent).clicked() => {
                commands.push(Command::OpenUrl(url));
            }
            None if !section.is_empty() => {
                pill::pill(ui, section, palette.dim);
            }
            _ => {}
        }
    });
    ui.add_space(space::TIGHT);
}

/// Paints the parts: name, value and meaning.
fn parts_ui(ui: &mut Ui, parts: &[Part], view: &mut EventsView) {
    let palette = theme::palette(ui);
    Grid::new("event parts").num_columns(3).spacing([space::WIDE, space::TIGHT]).show(ui, |ui| {
        for (index, part) in parts.iter().enumerate() {
            let color = palette.span(Kind::Events(part.kind).role());
            let name = words::shortened(&part.name, events::VALUE_CHARS);
            let name = Label::new(RichText::new(name).color(color)).sense(Sense::click());
            if ui.add(name).clicked() {
                view.part = Some(index);
            }
            let value = words::shortened(&part.value, events::VALUE_CHARS);
            ui.label(RichText::new(value).font(theme::mono_font()).color(palette.text));
            ui.label(RichText::new(&part.words).color(palette.dim));
            ui.end_row();
        }
    });
}
