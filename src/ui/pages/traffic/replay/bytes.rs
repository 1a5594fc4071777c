//! The bytes up to the place, the byte that was read last, and those that have not been read.

use egui::{Rect, Ui, UiBuilder, vec2};

use crate::ui::{
    theme::{replay as size, space},
    widgets::byte_view::{Action, ByteView},
};

use super::{
    super::{bytes::mode, model::Model, resolved::Arrangement},
    buffer,
    model::{ReplayView, Way, stream_of},
};
use crate::explain::replay::Stop;

/// Paints the bytes, and the buffer below them. A click or a drag on a byte moves the place behind it.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut ReplayView) {
    let Some(replay) = view.replay() else { return };
    let (stream, range) = (stream_of(replay), replay.range());
    let arrangement = Arrangement { mode: mode(ui, true), bare: false };
    if let Some((resolved, _)) = model.resolved_mut() {
        resolved.arrange(stream, arrangement);
    }
    let Some(resolved) = model.resolved() else { return };
    let (Some(facts), Some(arranged)) = (resolved.facts(stream), resolved.stream(stream)) else { return };
    let Some((arrangement, lines)) = arranged.lines() else { return };
    let whole = ui.available_rect_before_wrap();
    let area = Rect::from_min_max(whole.min, whole.max - vec2(0.0, size::BUFFER_AREA + space::GAP));
    let at = view.at();
    let last = at.saturating_sub(1).max(range.start)..at;
    let reveal = std::mem::take(&mut view.reveal).then_some(last.start);
    let byte_view = ByteView {
        chunks: resolved.chunks(stream),
        leaves: &facts.leaves,
        lines,
        mode: arrangement.mode,
        mark: None,
        selected: Some(&last).filter(|last| !last.is_empty()),
        linked: &[],
        tints: &[],
        plain: None,
        offsets: true,
        read_to: Some(at),
        reveal,
        name: "bytes of the replay",
    };
    let painted = ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
        ui.spacing_mut().item_spacing = vec2(space::GAP, 0.0);
        byte_view.show(ui)
    });
    let painted = painted.inner;
    view.bytes_id = Some(painted.response.id);
    if !painted.response.dragged() {
        view.dragged_from = None;
    }
    match painted.action {
        Some(Action::Click(offset)) => view.go_to(offset + 1),
        Some(Action::Select(over)) => {
            let from = *view.dragged_from.get_or_insert(over.start);
            // The pointer is at the end that is not where the drag began.
            view.go_to(if over.start < from { over.start + 1 } else { over.end });
            view.reveal = false;
        }
        Some(Action::Step(step)) => {
            let way = if step > 0 { Way::Next } else { Way::Previous };
            view.step(Stop::Byte, way);
        }
        Some(Action::Copy) | None => {}
    }
    let below = Rect::from_min_max(whole.left_bottom() - vec2(0.0, size::BUFFER_AREA), whole.max);
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| buffer::show(ui, view));
}
