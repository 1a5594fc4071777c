//! The bytes of one stream.

use egui::{Button, Ui, vec2};

use crate::ui::{
    command::Command,
    theme::{self, space, traffic},
    widgets::byte_view::{Action, ByteView, Mode, leaf_at},
};

use super::{
    copy::{hex_to_copy, text_to_copy},
    filter_by, forms, links,
    model::Model,
    part::{Message, Part, Stream},
    resolved::{Arrangement, ResolvedExchange},
    timeline::card,
    view::View,
};

/// Paints a card with the bytes of the visible message of the client's leg.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let arrangement = Arrangement { mode: mode(ui, view.hex), bare: false };
        let stream = Stream { leg: None, message: view.message };
        stream_ui(ui, model, view, (stream, arrangement), commands);
    });
}

/// Paints the bytes of a stream in the rest of the area.
pub(super) fn stream_ui(
    ui: &mut Ui,
    model: &mut Model,
    view: &mut View,
    (stream, arrangement): (Stream, Arrangement),
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing = vec2(space::GAP, 0.0);
    if let Some((resolved, _)) = model.resolved_mut() {
        resolved.arrange(stream, arrangement);
    }
    let Some(resolved) = model.resolved() else { return };
    let (Some(facts), Some(arranged)) = (resolved.facts(stream), resolved.stream(stream)) else { return };
    let Some((arrangement, lines)) = arranged.lines() else { return };
    if lines.is_empty() {
        empty_ui(ui, empty_words(resolved, stream));
        return;
    }
    let linked = view.linked_in(stream);
    let reveal = view.take_reveal(stream);
    let byte_view = ByteView {
        chunks: resolved.chunks(stream),
        leaves: &facts.leaves,
        lines,
        mode: arrangement.mode,
        mark: view.mark_of(stream),
        selected: view.selected.as_ref().filter(|part| part.stream == stream).map(|part| &part.range),
        linked: &linked,
        tints: if arrangement.bare { resolved.tints(stream, view.attempt(resolved)) } else { &[] },
        plain: None,
        offsets: !arrangement.bare,
        read_to: None,
        reveal,
        name: name(stream),
    };
    let painted = byte_view.show(ui);
    if painted.response.secondary_clicked() {
        view.menu_at = painted.hovered.map(|offset| (stream, offset));
    }
    painted.response.context_menu(|ui| menu_ui(ui, resolved, view, stream, commands));
    if let Some(offset) = painted.hovered {
        view.hovered = links::part_at(resolved, stream, offset);
    }
    match painted.action {
        Some(Action::Click(offset)) => mark_at(resolved, view, stream, offset),
        Some(Action::Select(range)) => {
            view.look_at(stream);
            view.selected = Some(Part { stream, range });
        }
        Some(Action::Step(step)) => step_mark(resolved, view, stream, step),
        Some(Action::Copy) => commands.extend(text_to_copy(resolved, view).map(Command::CopyText)),
        None => {}
    }
}

/// The menu of the bytes. A text to copy is made once it is asked for.
fn menu_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    view: &mut View,
    stream: Stream,
    commands: &mut Vec<Command>,
) {
    let has_part = view.part_to_copy().is_some();
    let bytes = forms::bytes(resolved, view);
    let mut item = |ui: &mut Ui, name: &str, is_there: bool, text: &dyn Fn() -> Option<String>| {
        if ui.add_enabled(is_there, Button::new(name)).clicked() {
            commands.extend(text().map(Command::CopyText));
            ui.close();
        }
    };
    item(ui, "Copy as text", has_part, &|| text_to_copy(resolved, view));
    item(ui, "Copy as hex", has_part, &|| hex_to_copy(resolved, view));
    for (name, form) in forms::ALL {
        item(ui, name, bytes.is_some(), &|| bytes.as_deref().map(form));
    }
    if ui.add(Button::new("Find in the bytes…")).clicked() {
        view.find.open();
        ui.close();
    }
    if let Some((_, offset)) = view.menu_at.filter(|(at, _)| *at == stream) {
        filter_by::items_ui(ui, resolved, stream, offset, view);
    }
}

/// The accessible name of the bytes of a stream.
const fn name(stream: Stream) -> &'static str {
    match (stream.leg, stream.message) {
        (None, Message::Request) => "bytes of the request",
        (None, Message::Response) => "bytes of the response",
        (Some(_), Message::Request) => "bytes that were sent on",
        (Some(_), Message::Response) => "bytes that came back",
    }
}

/// The mode with as many bytes per line as there is room for: sixteen, eight or four in hexadecimal, up to 120 as
/// text.
pub(super) fn mode(ui: &Ui, hex: bool) -> Mode {
    let columns = columns(ui, ui.available_width());
    if hex {
        // Offset, three columns per byte, the gap in the middle, the bar, one column per byte.
        let needs = |bytes: u16| 8 + bytes * 3 + u16::from(bytes > 8) + 3 + bytes;
        let fitting = [16, 8].into_iter().find(|bytes| columns >= needs(*bytes));
        Mode::Hex(fitting.unwrap_or(4))
    } else {
        Mode::Text(columns.saturating_sub(10).clamp(16, 120))
    }
}

/// Number of characters in a line of bytes that is so wide.
pub(super) fn columns(ui: &Ui, width: f32) -> u16 {
    let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono_font(), '0')).max(1.0);
    ((width - space::WIDE) / cell) as u16
}

/// Marks the part that the byte at `offset` belongs to: the range of its node in the tree or, if it has none,
/// its span.
pub(super) fn mark_at(resolved: &ResolvedExchange, view: &mut View, stream: Stream, offset: u64) {
    let node = resolved.stream(stream).and_then(|arranged| arranged.outline.node_at(offset));
    let node = node.filter(|item| item.node.kind.is_some());
    let range = node.and_then(|item| item.node.range.clone());
    let range = range.or_else(|| {
        let leaves = &resolved.facts(stream)?.leaves;
        leaf_at(leaves, offset).map(|leaf| leaf.span.range.clone())
    });
    if let Some(range) = range {
        view.mark(Part { stream, range });
        // The clicked byte is visible already.
        view.take_reveal(stream);
    }
}

/// Moves the mark to the next span (`step` > 0) or the previous one.
fn step_mark(resolved: &ResolvedExchange, view: &mut View, stream: Stream, step: i8) {
    let Some(facts) = resolved.facts(stream) else { return };
    let leaves = &facts.leaves;
    let next = match view.mark_of(stream) {
        None => leaves.first(),
        Some(marked) if step > 0 => {
            leaves.get(leaves.partition_point(|leaf| leaf.span.range.start < marked.end))
        }
        Some(marked) => leaves[..leaves.partition_point(|leaf| leaf.span.range.end <= marked.start)].last(),
    };
    if let Some(next) = next {
        view.mark(Part { stream, range: next.span.range.clone() });
    }
}

fn empty_words(resolved: &ResolvedExchange, stream: Stream) -> &'static str {
    let of_file = resolved.detail().backing.of_file;
    match (stream.leg, stream.message) {
        (_, Message::Request) if of_file => {
            "The file that was opened does not have the bytes of this request."
        }
        (None, Message::Request) => {
            "The bytes of this request are lost: they came faster than they could be recorded."
        }
        (None, Message::Response) if resolved.in_flight() => "Nothing has been written yet.",
        (None, Message::Response) => "No response was written.",
        (Some(_), Message::Request) => {
            "The bytes that were sent on are lost: they went faster than they could be recorded."
        }
        (Some(_), Message::Response) if resolved.in_flight() => "Nothing has come back yet.",
        (Some(_), Message::Response) => "Nothing came back.",
    }
}

fn empty_ui(ui: &mut Ui, words: &str) {
    ui.add_space(space::WIDE);
    ui.vertical_centered(|ui| {
        ui.set_max_width(traffic::EMPTY);
        ui.weak(words);
    });
}
