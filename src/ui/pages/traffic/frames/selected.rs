//! The selected frame: its bytes as they arrived or without the mask, its parts, and a sentence.

use std::ops::Range;

use ::bytes::Bytes;
use egui::{Align, Layout, RichText, ScrollArea, Ui, UiBuilder};

use crate::{
    base::stream::Direction,
    explain::{
        facts::Leaf,
        websocket::{FrameFacts, Part, WebSocketFacts, about, parts},
    },
    store::Chunk,
    ui::{
        pages::traffic::{bytes, resolved::ResolvedExchange, sentence::Explanation, timeline::card},
        theme::{self, frames, space},
        widgets::{
            byte_view::{ByteView, Lines, Mode, Source},
            pill,
            segmented::{Choice, segmented},
        },
    },
    websocket::SpanKind,
    words,
};

use super::FramesView;

/// The bytes of a frame, arranged in lines.
#[derive(Debug)]
pub(super) struct Arranged {
    key: (Direction, Range<u64>, bool, Mode),
    chunks: Vec<Chunk>,
    /// The chunks without the mask. Empty: there is none, or it is removed in `chunks`.
    unmasked: Vec<Chunk>,
    leaves: Vec<Leaf>,
    lines: Lines,
}

/// Paints the frame.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, facts: &WebSocketFacts, view: &mut FramesView) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let Some((index, frame)) = view.index(facts).map(|index| (index, &facts.frames[index])) else {
            ui.weak("A click on a frame shows its bytes here.");
            return;
        };
        let parts = parts(facts, frame, resolved.facts.stream(frame.direction));
        title_ui(ui, index, frame, view);
        ui.add_space(space::TIGHT);
        let rest = ui.available_rect_before_wrap();
        let of_parts =
            super::parts::height(parts.len(), rest.width()).min(rest.height() * frames::PARTS_SHARE);
        // The parts follow a few bytes at once, and stand at the bottom if there are many.
        let of_bytes = bytes_ui(ui, resolved, frame, &parts, rest.height() - of_parts - space::GAP, view);
        let mut below = rest;
        below.min.y = rest.top() + of_bytes + space::GAP;
        ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
            ScrollArea::vertical().id_salt("parts").auto_shrink(false).show(ui, |ui| {
                view.part = super::parts::show(ui, &parts, view.part).or(view.part);
            });
        });
    });
}

/// The sentence about the clicked part of the frame, or about the frame.
pub(super) fn explanation(
    resolved: &ResolvedExchange,
    facts: &WebSocketFacts,
    view: &FramesView,
) -> Explanation {
    let Some(frame) = view.index(facts).map(|index| &facts.frames[index]) else {
        let sentence = "After the response both sides may send frames whenever they like.".to_owned();
        return Explanation { sentence, section: "RFC 6455 §5.1", ..Explanation::default() };
    };
    let stream = resolved.facts.stream(frame.direction);
    let parts = parts(facts, frame, stream);
    if let Some(part) = view.part.and_then(|part| parts.get(part)) {
        let kind = part.kind.facts();
        return Explanation {
            title: part.value.clone(),
            role: Some(kind.role),
            sentence: format!("{}: {}. {}", part.name, part.words, kind.about),
            section: kind.section,
            place: Some(place(&part.range)),
        };
    }
    let first = frame.range.start..frame.range.start + 1;
    let byte = stream.bytes(&first).first().map(|byte| format!("{byte:02x}"));
    let (sentence, section) = about(facts, frame);
    let role = Some(SpanKind::Opcode.facts().role);
    Explanation { title: byte.unwrap_or_default(), role, sentence, section, place: Some(place(&first)) }
}

/// The place of bytes in their stream.
fn place(range: &Range<u64>) -> String {
    format!("{} of the connection", words::offsets(range))
}

fn title_ui(ui: &mut Ui, index: usize, frame: &FrameFacts, view: &mut FramesView) {
    ui.horizontal(|ui| {
        let said = match frame.direction {
            Direction::Received => "AS IT ARRIVED",
            Direction::Sent => "AS IT WAS SENT",
        };
        let caption = format!("FRAME {}, {said}", index + 1);
        ui.label(RichText::new(caption).font(theme::caption_font()).color(theme::palette(ui).dim));
        pill::pill(ui, &place(&frame.range), theme::palette(ui).dim);
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

/// Paints the bytes, in at most `height` points. Returns how many they take.
fn bytes_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    frame: &FrameFacts,
    parts: &[Part],
    height: f32,
    view: &mut FramesView,
) -> f32 {
    let is_unmasked = view.is_unmasked && frame.head.is_some_and(|head| head.mask.is_some());
    let key = (frame.direction, frame.range.clone(), is_unmasked, bytes::mode(ui, true));
    if view.arranged.as_ref().is_none_or(|arranged| arranged.key != key) {
        view.arranged = Some(arrange(resolved, frame, key));
    }
    let Some(arranged) = &view.arranged else { return 0.0 };
    if arranged.lines.is_empty() {
        ui.weak("The bytes of this frame were not kept.");
        return space::BYTE_LINE;
    }
    let mark = view.part.and_then(|part| parts.get(part)).map(|part| part.range.clone());
    let mark = mark.unwrap_or(frame.range.start..frame.range.start + 1);
    let height = height.min(arranged.lines.len() as f32 * space::BYTE_LINE);
    let mut area = ui.available_rect_before_wrap();
    area.max.y = area.top() + height;
    let byte_view = ByteView {
        chunks: &arranged.chunks,
        leaves: &arranged.leaves,
        lines: &arranged.lines,
        mode: arranged.key.3,
        mark: Some(&mark),
        selected: None,
        linked: &[],
        tints: &[],
        plain: (!arranged.unmasked.is_empty()).then_some(("unmasked: ", &*arranged.unmasked)),
        offsets: true,
        read_to: None,
        reveal: None,
        name: "bytes of the frame",
    };
    let painted = ui.scope_builder(UiBuilder::new().max_rect(area), |ui| byte_view.show(ui)).inner;
    if let Some(action) = painted.action {
        view.part = action.part(view.part, parts.iter().map(|part| part.range.clone()));
    }
    height
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
    let mut unmasked = Vec::new();
    if frame.head.is_some_and(|head| head.mask.is_some()) {
        unmasked.clone_from(&chunks);
        for chunk in &mut unmasked {
            unmask(chunk, frame);
        }
    }
    if key.2 {
        chunks = std::mem::take(&mut unmasked);
    }
    let leaves = resolved.facts.stream(frame.direction).leaves.iter();
    let leaves = leaves
        .filter(|leaf| leaf.span.range.start < frame.range.end && frame.range.start < leaf.span.range.end);
    let markers = &resolved.facts.stream(frame.direction).markers;
    let within = |offset: u64| markers.partition_point(|marker| marker.offset < offset);
    let markers = &markers[within(frame.range.start)..within(frame.range.end)];
    let backing = resolved.detail().backing;
    let source = Source {
        direction: frame.direction,
        chunks: &chunks,
        boundaries: &[],
        messages: &[],
        markers,
        backing,
    };
    let lines = Lines::new(&source, key.3);
    Arranged { key, leaves: leaves.cloned().collect(), lines, chunks, unmasked }
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
