//! The card with the bytes.

use egui::{Button, Ui, vec2};

use crate::{
    base::stream::Direction,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::byte_view::{Action, ByteView, Mode, leaf_at},
    },
};

use super::{
    copy::{hex_to_copy, text_to_copy},
    model::Model,
    part::Part,
    resolved::ResolvedExchange,
    timeline::card,
    view::View,
};

/// Paints the bytes of the visible direction.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing = vec2(space::GAP, 0.0);
        let mode = mode(ui, view.hex);
        if let Some((resolved, _)) = model.resolved_mut() {
            resolved.arrange(view.direction, mode);
        }
        let Some(resolved) = model.resolved() else { return };
        let stream = resolved.stream(view.direction);
        let Some((mode, lines)) = stream.lines() else { return };
        if lines.is_empty() {
            empty_ui(ui, resolved, view.direction);
            return;
        }
        let name = match view.direction {
            Direction::Received => "bytes of the request",
            Direction::Sent => "bytes of the response",
        };
        let reveal = view.reveal_byte.take();
        let byte_view = ByteView {
            chunks: resolved.chunks(view.direction),
            leaves: &resolved.facts.stream(view.direction).leaves,
            lines,
            mode: *mode,
            mark: view.mark_of(view.direction),
            selected: view
                .selected
                .as_ref()
                .filter(|part| part.direction == view.direction)
                .map(|part| &part.range),
            reveal,
            name,
        };
        let painted = byte_view.show(ui);
        painted.response.context_menu(|ui| {
            for (name, text) in
                [("Copy as text", text_to_copy(resolved, view)), ("Copy as hex", hex_to_copy(resolved, view))]
            {
                if ui.add_enabled(text.is_some(), Button::new(name)).clicked() {
                    commands.extend(text.map(Command::CopyText));
                    ui.close();
                }
            }
        });
        match painted.action {
            Some(Action::Click(offset)) => mark_at(resolved, view, offset),
            Some(Action::Select(range)) => view.selected = Some(Part { direction: view.direction, range }),
            Some(Action::Step(step)) => step_mark(resolved, view, step),
            Some(Action::Copy) => commands.extend(text_to_copy(resolved, view).map(Command::CopyText)),
            None => {}
        }
    });
}

/// The mode with as many bytes per line as there is room for: sixteen or eight in hexadecimal, up to 120 as
/// text.
pub(super) fn mode(ui: &Ui, hex: bool) -> Mode {
    let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono_font(), '0')).max(1.0);
    let columns = ((ui.available_width() - space::WIDE) / cell) as u16;
    if hex {
        // Offset, three columns per byte, the gap in the middle, the bar, one column per byte.
        let wide = 8 + 16 * 3 + 1 + 3 + 16;
        Mode::Hex(if columns >= wide { 16 } else { 8 })
    } else {
        Mode::Text(columns.saturating_sub(10).clamp(16, 120))
    }
}

/// Marks the part that the byte at `offset` belongs to: the range of its node in the tree or, if it has none,
/// its span.
pub(super) fn mark_at(resolved: &ResolvedExchange, view: &mut View, offset: u64) {
    let stream = resolved.stream(view.direction);
    let node = stream.outline.node_at(offset).filter(|item| item.node.kind.is_some());
    let range = node.and_then(|item| item.node.range.clone());
    let range = range.or_else(|| {
        leaf_at(&resolved.facts.stream(view.direction).leaves, offset).map(|leaf| leaf.span.range.clone())
    });
    if let Some(range) = range {
        view.mark(view.direction, range);
        // The clicked byte is visible already.
        view.reveal_byte = None;
    }
}

/// Moves the mark to the next span (`step` > 0) or the previous one.
fn step_mark(resolved: &ResolvedExchange, view: &mut View, step: i8) {
    let leaves = &resolved.facts.stream(view.direction).leaves;
    let Some(marked) = view.mark_of(view.direction).cloned() else {
        if let Some(first) = leaves.first() {
            view.mark(view.direction, first.span.range.clone());
        }
        return;
    };
    let next = if step > 0 {
        leaves.get(leaves.partition_point(|leaf| leaf.span.range.start < marked.end))
    } else {
        leaves[..leaves.partition_point(|leaf| leaf.span.range.end <= marked.start)].last()
    };
    if let Some(next) = next {
        view.mark(view.direction, next.span.range.clone());
    }
}

fn empty_ui(ui: &mut Ui, resolved: &ResolvedExchange, direction: Direction) {
    let words = match direction {
        Direction::Received => "The bytes of this request were not kept.",
        Direction::Sent if resolved.in_flight() => "Nothing has been written yet.",
        Direction::Sent => "No response was written.",
    };
    ui.add_space(space::WIDE);
    ui.vertical_centered(|ui| {
        ui.set_max_width(traffic::EMPTY);
        ui.weak(words);
    });
}
