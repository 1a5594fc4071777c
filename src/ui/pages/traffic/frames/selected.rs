//! The selected frame: its bytes as they arrived or without the mask, its parts, and a sentence.

use std::ops::Range;

use ::bytes::Bytes;
use egui::{Align, Grid, Label, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder};

use crate::{
    base::stream::Direction,
    explain::{
        facts::Leaf,
        kinds::Kind,
        websocket::{FrameFacts, Part, WebSocketFacts, about, parts},
    },
    store::Chunk,
    ui::{
        command::Command,
        pages::traffic::{bytes, resolved::ResolvedExchange, sentence::section_url, timeline::card},
        theme::{self, frames, space},
        widgets::{
            byte_view::{Action, ByteView, Lines, Mode, Source},
            pill,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::FramesView;

/// The bytes of a frame, arranged in lines.
#[derive(Debug)]
pub(super) struct Arranged {
    key: (Direction, Range<u64>, bool, Mode),
    chunks: Vec<Chunk>,
    leaves: Vec<Leaf>,
    lines: Lines,
}

/// Paints the frame.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    facts: &WebSocketFacts,
    view: &mut FramesView,
    commands: &mut Vec<Command>,
) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let Some((index, frame)) = view.index(facts).map(|index| (index, &facts.frames[index])) else {
            ui.weak("A click on a frame shows its bytes here.");
            return;
        };
        let stream = resolved.facts.stream(frame.direction);
        let parts = parts(facts, frame, stream);
        title_ui(ui, index, frame, view);
        let rest = ui.available_rect_before_wrap();
        let facts_height = frames::FACTS.min(rest.height() * frames::FACTS_SHARE);
        let mut above = rest;
        above.max.y -= facts_height;
        ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
            bytes_ui(ui, resolved, frame, &parts, view);
        });
        let mut below = rest;
        below.min.y = above.max.y + space::TIGHT;
        ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
            ScrollArea::vertical().id_salt("parts").auto_shrink(false).show(ui, |ui| {
                sentence_ui(ui, facts, frame, view.part.and_then(|part| parts.get(part)), commands);
                parts_ui(ui, &parts, view);
            });
        });
    });
}

fn title_ui(ui: &mut Ui, index: usize, frame: &FrameFacts, view: &mut FramesView) {
    ui.horizontal(|ui| {
        let said = match frame.direction {
            Direction::Received => "AS IT ARRIVED",
            Direction::Sent => "AS IT WAS SENT",
        };
        let caption = format!("FRAME {}, {said}", index + 1);
        ui.label(RichText::new(caption).font(theme::caption_font()).color(theme::palette(ui).dim));
        let last = frame.range.end.saturating_sub(1);
        pill::pill(ui, &format!("bytes {}–{last}", frame.range.start), theme::palette(ui).dim);
        if frame.head.is_some_and(|head| head.mask.is_some()) {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let choices = ["On the wire", "Unmasked"].map(|label| Choice {
                    label,
                    detail: "",
                    accessible_name: label,
                });
                if let Some(choice) = segmented(ui, usize::from(view.is_unmasked), &choices) {
                    view.is_unmasked = choice == 1;
                }
            });
        }
    });
}

fn bytes_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    frame: &FrameFacts,
    parts: &[Part],
    view: &mut FramesView,
) {
    let is_unmasked = view.is_unmasked && frame.head.is_some_and(|head| head.mask.is_some());
    let key = (frame.direction, frame.range.clone(), is_unmasked, bytes::mode(ui, true));
    if view.arranged.as_ref().is_none_or(|arranged| arranged.key != key) {
        view.arranged = Some(arrange(resolved, frame, key));
    }
    let Some(arranged) = &view.arranged else { return };
    if arranged.lines.is_empty() {
        ui.weak("The bytes of this frame were not kept.");
        return;
    }
    let mark = view.part.and_then(|part| parts.get(part)).map(|part| part.range.clone());
    let painted = ByteView {
        chunks: &arranged.chunks,
        leaves: &arranged.leaves,
        lines: &arranged.lines,
        mode: arranged.key.3,
        mark: mark.as_ref(),
        selected: None,
        linked: &[],
        tints: &[],
        offsets: true,
        reveal: None,
        name: "bytes of the frame",
    }
    .show(ui);
    match painted.action {
        Some(Action::Click(offset)) => {
            view.part = parts.iter().rposition(|part| part.range.contains(&offset));
        }
        Some(Action::Step(step)) if !parts.is_empty() => {
            let last = parts.len() - 1;
            view.part = Some(match view.part {
                Some(part) if step > 0 => (part + 1).min(last),
                Some(part) => part.saturating_sub(1),
                None => 0,
            });
        }
        _ => {}
    }
}

fn arrange(
    resolved: &ResolvedExchange,
    frame: &FrameFacts,
    key: (Direction, Range<u64>, bool, Mode),
) -> Arranged {
    let detail = resolved.detail();
    let all = match frame.direction {
        Direction::Received => &detail.reads,
        Direction::Sent => &detail.writes,
    };
    let cut = all.iter().filter_map(|chunk| chunk.cut(frame.range.clone()));
    let mut chunks: Vec<Chunk> = cut.collect();
    if key.2 {
        for chunk in &mut chunks {
            unmask(chunk, frame);
        }
    }
    let leaves = resolved.facts.stream(frame.direction).leaves.iter();
    let leaves = leaves
        .filter(|leaf| leaf.span.range.start < frame.range.end && frame.range.start < leaf.span.range.end);
    let source = Source { chunks: &chunks, boundaries: &[], markers: &[], direction: frame.direction };
    let lines = Lines::new(&source, key.3);
    Arranged { key, leaves: leaves.cloned().collect(), lines, chunks }
}

/// Removes the mask from the payload in a chunk.
fn unmask(chunk: &mut Chunk, frame: &FrameFacts) {
    let Some(head) = &frame.head else { return };
    if chunk.omitted() || chunk.range().end <= head.payload {
        return;
    }
    let from = head.payload.max(chunk.offset);
    let mut bytes = chunk.bytes.to_vec();
    let index = usize::try_from(from - chunk.offset).unwrap_or(bytes.len());
    head.unmask(&mut bytes[index..], from);
    chunk.bytes = Bytes::from(bytes);
}

/// Paints the sentence about the clicked part, or about the frame.
fn sentence_ui(
    ui: &mut Ui,
    facts: &WebSocketFacts,
    frame: &FrameFacts,
    part: Option<&Part>,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let (sentence, section) = match part {
        Some(part) => {
            let kind = part.kind.facts();
            (format!("{}: {}. {}", part.name, part.words, kind.about), kind.section)
        }
        None => about(facts, frame),
    };
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(RichText::new(sentence).color(palette.text)).wrap());
        if !section.is_empty() && pill::pill_button(ui, section, palette.accent).clicked() {
            commands.extend(section_url(section).map(Command::OpenUrl));
        }
    });
    ui.add_space(space::TIGHT);
}

/// Paints the parts: name, value and meaning.
fn parts_ui(ui: &mut Ui, parts: &[Part], view: &mut FramesView) {
    let palette = theme::palette(ui);
    Grid::new("frame parts").num_columns(3).spacing([space::WIDE, space::TIGHT]).show(ui, |ui| {
        for (index, part) in parts.iter().enumerate() {
            let color = palette.span(Kind::WebSocket(part.kind).role());
            let name = Label::new(RichText::new(part.name).color(color)).sense(Sense::click());
            if ui.add(name).clicked() {
                view.part = Some(index);
            }
            let value = words::shortened(&part.value, frames::VALUE_CHARS);
            ui.label(RichText::new(value).font(theme::mono_font()).color(palette.text));
            ui.label(RichText::new(&part.words).color(palette.dim));
            ui.end_row();
        }
    });
}
