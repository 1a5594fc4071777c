//! The bytes of a stream: offset, hexadecimal, text; one colour per kind of span.

mod line;
mod lines;
mod writer;

use std::ops::Range;

use egui::{EventFilter, Key, Modifiers, PointerButton, Response, Role, Sense, Ui, WidgetInfo};

use crate::{
    explain::facts::Leaf,
    store::Chunk,
    ui::theme::{self, space},
    words,
};

use super::rows::{Painted, Rows};

pub use lines::{Line, Lines, Mode, Separator, Source};

/// What became of a part of a message on its way to the other leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The part was put in.
    Added,
    /// The part is on both legs and not the same.
    Changed,
    /// The part was taken out.
    Removed,
}

impl Change {
    /// What became of the part, in words.
    const fn words(self) -> &'static str {
        match self {
            Self::Added => "put in",
            Self::Changed => "changed",
            Self::Removed => "taken out",
        }
    }
}

/// A tint behind a part that is not the same on the other leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Stream range of the part.
    pub range: Range<u64>,
    /// What became of the part.
    pub change: Change,
    /// A remark behind the part's text. Empty: none.
    pub remark: &'static str,
}

/// A view of the bytes of a stream.
#[derive(Clone, Copy, Debug)]
pub struct ByteView<'a> {
    /// The reads or the writes.
    pub chunks: &'a [Chunk],
    /// The spans of the stream, in order.
    pub leaves: &'a [Leaf],
    /// The arrangement of the lines, made with `mode`.
    pub lines: &'a Lines,
    /// Hexadecimal or text.
    pub mode: Mode,
    /// The marked span. `None`: no span is marked.
    pub mark: Option<&'a Range<u64>>,
    /// The bytes selected by dragging. `None`: no bytes are selected.
    pub selected: Option<&'a Range<u64>>,
    /// The bytes that belong to what is marked, selected or under the pointer elsewhere, in order.
    pub linked: &'a [Range<u64>],
    /// The parts that are not the same on the other leg, in order.
    pub tints: &'a [Tint],
    /// The bytes with their content in another form, such as without its mask, and what that form is called: written
    /// behind the text. `None`: there is no other form.
    pub plain: Option<(&'a str, &'a [Chunk])>,
    /// Whether lines begin with their offsets.
    pub offsets: bool,
    /// The bytes from this offset on are faint: they have not been read. `None`: all have.
    pub read_to: Option<u64>,
    /// Scrolls until this byte is visible.
    pub reveal: Option<u64>,
    /// Accessible name, such as `bytes of the request`.
    pub name: &'a str,
}

/// An action of the user in the byte view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Click on this byte.
    Click(u64),
    /// Drag over these bytes.
    Select(Range<u64>),
    /// Move the mark to the next span (1) or the previous one (-1).
    Step(i8),
    /// Copy the selected or marked bytes as text.
    Copy,
}

impl Action {
    /// The marked one of several parts after the action. `None`: none is.
    #[must_use]
    pub fn part(
        &self,
        marked: Option<usize>,
        parts: impl ExactSizeIterator<Item = Range<u64>>,
    ) -> Option<usize> {
        match self {
            Self::Click(offset) => {
                parts.enumerate().filter(|(_, part)| part.contains(offset)).last().map(|(index, _)| index)
            }
            Self::Step(step) if parts.len() > 0 => Some(match marked {
                Some(part) if *step > 0 => (part + 1).min(parts.len() - 1),
                Some(part) => part.saturating_sub(1),
                None => 0,
            }),
            Self::Step(_) | Self::Select(_) | Self::Copy => marked,
        }
    }
}

/// Result of [`ByteView::show`].
#[derive(Debug)]
pub struct ByteViewResponse {
    /// Response of the whole view, for a context menu.
    pub response: Response,
    /// The user's action in this frame. `None`: no action.
    pub action: Option<Action>,
    /// The byte under the pointer. `None`: the pointer is elsewhere.
    pub hovered: Option<u64>,
}

impl ByteView<'_> {
    /// Paints the visible lines.
    pub fn show(&self, ui: &mut Ui) -> ByteViewResponse {
        let id = ui.scope_id().with("bytes");
        let rect = ui.available_rect_before_wrap();
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, ui.is_enabled(), self.name));
        let pointer = response.interact_pointer_pos().or(response.hover_pos());
        let mut under = None;
        let reveal = self.reveal.and_then(|offset| self.lines.line_of(offset));
        let rows = Rows {
            salt: "lines",
            row_height: space::BYTE_LINE,
            total: self.lines.len(),
            reveal,
            shift: 0.0,
            follow: false,
        };
        let lines = line::LinePainter::new(ui, self);
        let painted = rows.show(ui, |ui, index, rect| {
            let Some(line) = self.lines.line(index) else { return };
            let place = lines.paint(ui, rect, &line);
            let label = ui.interact(rect, id.with(("line", index)), Sense::HOVER);
            label.widget_info(|| {
                let words = match &line {
                    Line::Separator(separator) => separator.text(),
                    Line::Bytes(_) => place.words(),
                };
                match &line {
                    Line::Bytes(range) if lit(self.linked, range) => {
                        WidgetInfo::selected(Role::Label, ui.is_enabled(), true, words)
                    }
                    _ => WidgetInfo::labeled(Role::Label, ui.is_enabled(), words),
                }
            });
            if let Line::Bytes(range) = &line
                && let Some(tint) = lines.tints(range).first()
            {
                ui.ctx().accesskit_node_builder(label.id, |node| node.set_description(tint.change.words()));
            }
            if let Line::Separator(separator) = &line
                && place.elided
            {
                label.on_hover_text(separator.text());
            }
            if let (Line::Bytes(range), Some(at)) =
                (&line, pointer.filter(|at| rect.y_range().contains(at.y)))
            {
                under = place.byte_under(at.x).map(|nth| range.start + nth as u64).or(under);
            }
        });
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let action = Self::action(ui, &response, &painted, under);
        let hovered = under.filter(|_| response.hovered() && !response.dragged());
        if let Some(offset) = hovered {
            self.tooltip(ui, &response, offset);
        }
        ByteViewResponse { response, action, hovered }
    }

    fn action(ui: &Ui, response: &Response, painted: &Painted, under: Option<u64>) -> Option<Action> {
        let anchor_id = response.id.with("anchor");
        // egui recognises a drag only once the pointer has moved, but the selection begins where the button
        // was pressed.
        if response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed()) {
            ui.data_mut(|data| data.insert_temp(anchor_id, under));
        }
        if response.dragged_by(PointerButton::Primary) {
            let anchor: Option<u64> = ui.data(|data| data.get_temp(anchor_id)).flatten();
            scroll_along(ui, response, painted);
            if let (Some(anchor), Some(under)) = (anchor, under) {
                return Some(Action::Select(anchor.min(under)..anchor.max(under) + 1));
            }
        }
        if response.clicked_by(PointerButton::Primary)
            && let Some(offset) = under
        {
            return Some(Action::Click(offset));
        }
        if response.has_focus() {
            let keep =
                EventFilter { horizontal_arrows: true, vertical_arrows: false, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keep));
            return ui.input_mut(|input| {
                if input.events.contains(&egui::Event::Copy) {
                    Some(Action::Copy)
                } else if input.consume_key(Modifiers::NONE, Key::ArrowRight) {
                    Some(Action::Step(1))
                } else if input.consume_key(Modifiers::NONE, Key::ArrowLeft) {
                    Some(Action::Step(-1))
                } else {
                    None
                }
            });
        }
        None
    }

    fn tooltip(&self, ui: &Ui, response: &Response, offset: u64) {
        let Some(byte) = byte_at(self.chunks, offset) else { return };
        let kind = leaf_at(self.leaves, offset).map_or("not explained", |leaf| leaf.span.kind.name());
        let color = leaf_at(self.leaves, offset).map(|leaf| theme::palette(ui).span(leaf.span.kind.role()));
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.colored_label(color.unwrap_or_else(|| theme::palette(ui).dim), kind);
            ui.label(format!("byte {byte:#04x} at {}", words::offset(self.lines.in_message(offset))));
        });
    }
}

/// Whether one of the ranges, which are in order, has a byte of a line.
fn lit(linked: &[Range<u64>], line: &Range<u64>) -> bool {
    let next = linked.partition_point(|range| range.end <= line.start);
    linked.get(next).is_some_and(|range| range.start < line.end)
}

/// The span that contains `offset`. `None`: no span does.
#[must_use]
pub fn leaf_at(leaves: &[Leaf], offset: u64) -> Option<&Leaf> {
    let after = leaves.partition_point(|leaf| leaf.span.range.start <= offset);
    leaves[..after].last().filter(|leaf| leaf.span.range.contains(&offset))
}

/// The byte at `offset`. `None`: the byte was not kept.
#[must_use]
pub fn byte_at(chunks: &[Chunk], offset: u64) -> Option<u8> {
    slice(chunks, &(offset..offset + 1)).first().copied()
}

/// The bytes of `range`, which must lie in one chunk. Empty: they were not kept.
#[must_use]
pub fn slice<'a>(chunks: &'a [Chunk], range: &Range<u64>) -> &'a [u8] {
    let after = chunks.partition_point(|chunk| chunk.offset <= range.start);
    let Some(chunk) = chunks[..after].last() else { return &[] };
    let from = usize::try_from(range.start - chunk.offset).unwrap_or(usize::MAX);
    let to = usize::try_from(range.end - chunk.offset).unwrap_or(usize::MAX);
    chunk.bytes.get(from..to).unwrap_or_default()
}

/// The kept bytes of `range`, at most `most` of them.
#[must_use]
pub fn gather(chunks: &[Chunk], range: &Range<u64>, most: usize) -> Vec<u8> {
    let mut gathered = Vec::new();
    let first = chunks.partition_point(|chunk| chunk.range().end <= range.start);
    for chunk in &chunks[first..] {
        let own = chunk.range();
        if own.start >= range.end || gathered.len() >= most {
            break;
        }
        let part = own.start.max(range.start)..own.end.min(range.end);
        let bytes = slice(std::slice::from_ref(chunk), &part);
        gathered.extend_from_slice(&bytes[..bytes.len().min(most - gathered.len())]);
    }
    gathered
}

/// Keeps scrolling while the pointer of a drag is above or below the view.
fn scroll_along(ui: &Ui, response: &Response, painted: &Painted) {
    let Some(at) = response.interact_pointer_pos() else { return };
    let beyond = at.y - at.y.clamp(painted.viewport.top(), painted.viewport.bottom());
    if beyond != 0.0 {
        painted.scroll_by(ui, beyond);
    }
}
