//! The frames of an exchange that has become a WebSocket: the list, the selected frame with its bytes, and a composer.

mod composer;
mod list;
mod selected;
mod text;

use egui::{Rect, Ui, UiBuilder, pos2};

use crate::{
    base::stream::{Direction, ExchangeId},
    explain::websocket::{FrameFacts, WebSocketFacts},
    ui::{
        command::Command,
        theme::{frames, space},
    },
};

use super::resolved::ResolvedExchange;
use composer::Composer;
use selected::Arranged;

/// The user's choices among the frames.
#[derive(Debug, Default)]
pub(super) struct FramesView {
    /// The exchange that the choices belong to. `None`: none was shown yet.
    exchange: Option<ExchangeId>,
    /// Direction and first byte of the selected frame. `None`: the first frame.
    selected: Option<(Direction, u64)>,
    /// Whether the payload is shown without its mask.
    is_unmasked: bool,
    /// The part that was clicked, as an index. `None`: the frame as a whole.
    part: Option<usize>,
    composer: Composer,
    arranged: Option<Arranged>,
}

impl FramesView {
    /// Forgets what was chosen if another exchange is shown.
    fn follow(&mut self, exchange: ExchangeId) {
        if self.exchange.replace(exchange) != Some(exchange) {
            (self.selected, self.part, self.arranged) = (None, None, None);
        }
    }

    /// The index of the selected frame. `None`: there are no frames.
    fn index(&self, facts: &WebSocketFacts) -> Option<usize> {
        let is_it = |frame: &FrameFacts| self.selected == Some((frame.direction, frame.range.start));
        facts.frames.iter().position(is_it).or_else(|| (!facts.frames.is_empty()).then_some(0))
    }
}

/// Paints the frames.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    view: &mut FramesView,
    commands: &mut Vec<Command>,
) {
    let Some(facts) = &resolved.facts.websocket else { return };
    view.follow(resolved.detail().exchange.id);
    let rest = ui.available_rect_before_wrap();
    let below = if resolved.in_flight() { frames::COMPOSER + space::GAP } else { 0.0 };
    let list_bottom = rest.top() + (rest.height() - below) * frames::LIST_SHARE;
    let list = Rect::from_min_max(rest.min, pos2(rest.right(), list_bottom));
    let bytes = Rect::from_min_max(
        pos2(rest.left(), list_bottom + space::GAP),
        pos2(rest.right(), rest.bottom() - below),
    );
    let composer = Rect::from_min_max(pos2(rest.left(), rest.bottom() - frames::COMPOSER), rest.max);
    ui.scope_builder(UiBuilder::new().max_rect(list), |ui| list::show(ui, resolved, facts, view));
    ui.scope_builder(UiBuilder::new().max_rect(bytes), |ui| {
        selected::show(ui, resolved, facts, view, commands);
    });
    if resolved.in_flight() {
        ui.scope_builder(UiBuilder::new().max_rect(composer), |ui| {
            composer::show(ui, resolved, &mut view.composer, commands);
        });
    }
}
