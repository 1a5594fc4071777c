//! The events of a stream: what is known of all of them, the list, the text that they carry together, and the selected
//! one with its bytes.

mod join;
mod list;
mod selected;
mod summary;

use egui::{Rect, Ui, UiBuilder, pos2};

use crate::{
    base::stream::{Direction, ExchangeId},
    explain::events::EventStream,
    ui::{
        command::Command,
        theme::{events, space},
    },
};

use super::{
    part::{Message, Stream},
    resolved::ResolvedExchange,
};
use join::Joining;
use selected::Arranged;

/// The user's choices among the events.
#[derive(Debug, Default)]
pub(super) struct EventsView {
    /// The exchange that the choices belong to. `None`: none was shown yet.
    exchange: Option<ExchangeId>,
    /// The stream, by its place in the list of the exchange's streams.
    stream: usize,
    /// Offset, in the content, of the first byte of the selected event. `None`: the first event.
    selected: Option<u64>,
    /// Whether the content is shown without the framing around its parts.
    is_bare: bool,
    /// The part that was clicked, as an index. `None`: the event as a whole.
    part: Option<usize>,
    joining: Joining,
    arranged: Option<Arranged>,
}

impl EventsView {
    /// Forgets what was chosen if another exchange is shown. The path stays.
    fn follow(&mut self, exchange: ExchangeId) {
        if self.exchange.replace(exchange) != Some(exchange) {
            self.look_at(0);
        }
    }

    /// Shows another stream of the exchange.
    fn look_at(&mut self, stream: usize) {
        (self.stream, self.selected, self.part, self.arranged) = (stream, None, None, None);
    }

    /// The row of the selected event. `None`: there are no events.
    fn index(&self, stream: &EventStream) -> Option<usize> {
        let first = (stream.rows() > 0).then_some(0);
        let Some(start) = self.selected else { return first };
        let index = stream.items.partition_point(|facts| facts.item.range.start < start);
        stream.row(index).map(|_| index).or(first)
    }
}

/// Paints the events.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    view: &mut EventsView,
    commands: &mut Vec<Command>,
) {
    view.follow(resolved.detail().exchange.id);
    summary::streams_ui(ui, resolved, view);
    let index = view.stream.min(resolved.facts.events.len().saturating_sub(1));
    let Some(stream) = resolved.facts.events.get(index) else { return };
    summary::show(ui, resolved, stream);
    join::show(ui, resolved, (index, stream), &mut view.joining);
    let rest = ui.available_rect_before_wrap();
    let share = if view.joining.is_shown() { events::LIST_BESIDE_TEXT } else { events::LIST_SHARE };
    let list_bottom = rest.top() + rest.height() * share;
    let list = Rect::from_min_max(rest.min, pos2(rest.right(), list_bottom));
    let mut below = Rect::from_min_max(pos2(rest.left(), list_bottom + space::GAP), rest.max);
    if view.joining.is_shown() {
        let bottom = below.top() + below.height() * events::JOINED_SHARE;
        let joined = Rect::from_min_max(below.min, pos2(below.right(), bottom));
        below.min.y = bottom + space::GAP;
        ui.scope_builder(UiBuilder::new().max_rect(joined), |ui| join::text_ui(ui, &view.joining));
    }
    ui.scope_builder(UiBuilder::new().max_rect(list), |ui| list::show(ui, resolved, stream, view));
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
        selected::show(ui, resolved, stream, view, commands);
    });
}

/// The stream of the exchange's bytes in which the events are.
const fn place(stream: &EventStream) -> Stream {
    let message = match (stream.leg, stream.direction) {
        (None, Direction::Received) | (Some(_), Direction::Sent) => Message::Request,
        (None, Direction::Sent) | (Some(_), Direction::Received) => Message::Response,
    };
    Stream { leg: stream.leg, message }
}
