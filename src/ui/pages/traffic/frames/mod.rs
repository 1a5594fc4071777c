//! The frames of an exchange that has become a WebSocket: the list, the selected frame with its bytes, and a composer.

mod composer;
mod list;
mod parts;
mod selected;
mod text;

use std::time::Duration;

use egui::{Rect, Ui, UiBuilder, pos2};

use crate::{
    base::stream::{Direction, ExchangeId},
    explain::websocket::{FrameFacts, WebSocketFacts},
    ui::{
        command::Command,
        theme::{frames, space},
    },
};

use super::{resolved::ResolvedExchange, sentence};
use composer::Composer;
use selected::Arranged;

/// Time between two looks at how long the connection has been open.
pub(super) const RUNNING: Duration = Duration::from_millis(100);

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
    let explanation = selected::explanation(resolved, facts, view);
    let sentence = sentence::height_of(ui, &explanation);
    let mut rest = ui.available_rect_before_wrap();
    let list = list::height(facts.frames.len()).min(rest.height() * frames::LIST_SHARE);
    let list = cut_from_top(&mut rest, list);
    let sentence = cut_from_bottom(&mut rest, sentence);
    let composer = resolved.in_flight().then(|| {
        let height = composer::height(ui, rest.width());
        cut_from_bottom(&mut rest, height)
    });
    ui.scope_builder(UiBuilder::new().max_rect(list), |ui| list::show(ui, resolved, facts, view));
    ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| selected::show(ui, resolved, facts, view));
    if let Some(composer) = composer {
        ui.scope_builder(UiBuilder::new().max_rect(composer), |ui| {
            composer::show(ui, resolved, &mut view.composer, commands);
        });
    }
    ui.scope_builder(UiBuilder::new().max_rect(sentence), |ui| sentence::panel(ui, &explanation, commands));
}

/// Takes so much from the top of `rest`, and a gap.
fn cut_from_top(rest: &mut Rect, height: f32) -> Rect {
    let cut = Rect::from_min_max(rest.min, pos2(rest.right(), rest.top() + height));
    rest.min.y = cut.bottom() + space::GAP;
    cut
}

/// Takes so much from the bottom of `rest`, and a gap.
fn cut_from_bottom(rest: &mut Rect, height: f32) -> Rect {
    let cut = Rect::from_min_max(pos2(rest.left(), rest.bottom() - height), rest.max);
    rest.max.y = cut.top() - space::GAP;
    cut
}
