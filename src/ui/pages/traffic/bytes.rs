//! The card with the bytes.

use egui::{Button, Ui, vec2};

use crate::ui::{
    command::Command,
    theme::{self, space, traffic},
    widgets::byte_view::{Action, ByteView, Mode, leaf_at},
};

use super::{
    copy::{chosen_hex, chosen_text},
    model::Model,
    part::{Part, Side},
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
            resolved.arrange(view.side, mode);
        }
        let Some(resolved) = model.resolved() else { return };
        let stream = resolved.stream(view.side);
        let Some((mode, lines)) = stream.lines() else { return };
        if lines.is_empty() {
            nothing(ui, resolved, view.side);
            return;
        }
        let name = match view.side {
            Side::Request => "bytes of the request",
            Side::Response => "bytes of the response",
        };
        let reveal = view.reveal_byte.take();
        let byte_view = ByteView {
            chunks: resolved.chunks(view.side),
            leaves: &resolved.side(view.side).leaves,
            lines,
            mode: *mode,
            mark: view.mark_of(view.side),
            selected: view.selected.as_ref().filter(|part| part.side == view.side).map(|part| &part.range),
            reveal,
            name,
        };
        let shown = byte_view.show(ui);
        shown.response.context_menu(|ui| {
            for (name, text) in
                [("Copy as text", chosen_text(resolved, view)), ("Copy as hex", chosen_hex(resolved, view))]
            {
                if ui.add_enabled(text.is_some(), Button::new(name)).clicked() {
                    commands.extend(text.map(Command::CopyText));
                    ui.close();
                }
            }
        });
        match shown.action {
            Some(Action::Click(offset)) => pick(resolved, view, offset),
            Some(Action::Select(range)) => view.selected = Some(Part { side: view.side, range }),
            Some(Action::Step(step)) => walk(resolved, view, step),
            Some(Action::Copy) => commands.extend(chosen_text(resolved, view).map(Command::CopyText)),
            None => {}
        }
    });
}

/// The mode with as many bytes per line as there is room for: sixteen or eight in hexadecimal, up to 120 as
/// text.
fn mode(ui: &Ui, hex: bool) -> Mode {
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
pub(super) fn pick(resolved: &ResolvedExchange, view: &mut View, offset: u64) {
    let stream = resolved.stream(view.side);
    let node = stream.outline.at(offset).filter(|item| item.node.kind.is_some());
    let range = node.and_then(|item| item.node.range.clone());
    let range = range
        .or_else(|| leaf_at(&resolved.side(view.side).leaves, offset).map(|leaf| leaf.span.range.clone()));
    if let Some(range) = range {
        view.mark(view.side, range);
        // The clicked byte is visible already.
        view.reveal_byte = None;
    }
}

/// Moves the mark to the next span (`step` > 0) or the previous one.
fn walk(resolved: &ResolvedExchange, view: &mut View, step: i8) {
    let leaves = &resolved.side(view.side).leaves;
    let Some(marked) = view.mark_of(view.side).cloned() else {
        if let Some(first) = leaves.first() {
            view.mark(view.side, first.span.range.clone());
        }
        return;
    };
    let next = if step > 0 {
        leaves.get(leaves.partition_point(|leaf| leaf.span.range.start < marked.end))
    } else {
        leaves[..leaves.partition_point(|leaf| leaf.span.range.end <= marked.start)].last()
    };
    if let Some(next) = next {
        view.mark(view.side, next.span.range.clone());
    }
}

fn nothing(ui: &mut Ui, resolved: &ResolvedExchange, side: Side) {
    let words = match side {
        Side::Request => "The bytes of this request were not kept.",
        Side::Response if resolved.in_flight() => "Nothing has been written yet.",
        Side::Response => "No response was written.",
    };
    ui.add_space(space::WIDE);
    ui.vertical_centered(|ui| {
        ui.set_max_width(traffic::EMPTY);
        ui.weak(words);
    });
}
