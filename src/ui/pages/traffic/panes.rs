//! The three panes and the handles between them.

use egui::{CursorIcon, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::{
    config::Panes,
    ui::{
        command::Command,
        theme::{self, space, traffic},
    },
};

const LIST: &str = "traffic-list";
const DETAIL: &str = "traffic-detail";

/// The areas of the panes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Areas {
    /// The list of exchanges.
    pub list: Rect,
    /// Header, timeline, bytes and the panel under them.
    pub middle: Rect,
    /// The tabs. Empty: they are hidden.
    pub detail: Rect,
}

/// Widths during a drag, before they are saved. `None`: the handle is not being dragged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    list: Option<f32>,
    detail: Option<f32>,
}

impl Widths {
    /// Divides the window among the panes. The saved widths apply as far as there is room, and again once
    /// there is more.
    pub(super) fn split(
        &mut self,
        ui: &mut Ui,
        panes: &Panes,
        has_details: bool,
        commands: &mut Vec<Command>,
    ) -> Areas {
        let whole = ui.available_rect_before_wrap();
        let wish = |dragged: Option<f32>, name: &str, usual: f32| {
            dragged.or_else(|| panes.get(name).copied()).filter(|width| width.is_finite()).unwrap_or(usual)
        };
        let list = wish(self.list, LIST, traffic::LIST);
        let detail = wish(self.detail, DETAIL, traffic::DETAIL);
        let (list, detail) = fit(whole.width(), list, detail);
        let (left, right) = (whole.left() + list, whole.right() - if has_details { detail } else { 0.0 });
        let areas = Areas {
            list: Rect::from_min_max(whole.min, pos2(left, whole.bottom())),
            middle: Rect::from_min_max(pos2(left, whole.top()), pos2(right, whole.bottom())),
            detail: Rect::from_min_max(pos2(right, whole.top()), whole.max),
        };
        let palette = theme::palette(ui);
        ui.painter().rect_filled(areas.list, 0.0, palette.panel);
        ui.painter().rect_filled(areas.detail, 0.0, palette.panel);
        if let Some((width, done)) = handle(ui, whole, left, "Width of the list", |x| x - whole.left()) {
            self.list = (!done).then_some(width);
            commands.extend(done.then_some(Command::SetPane { name: LIST, width }));
        }
        if !has_details {
            return areas;
        }
        if let Some((width, done)) = handle(ui, whole, right, "Width of the details", |x| whole.right() - x) {
            self.detail = (!done).then_some(width);
            commands.extend(done.then_some(Command::SetPane { name: DETAIL, width }));
        }
        areas
    }
}

/// Limits the widths of list and details so that the middle keeps its minimum width.
fn fit(whole: f32, list: f32, detail: f32) -> (f32, f32) {
    let sides = (whole - traffic::MIDDLE_MIN).max(0.0);
    let list = list.clamp(traffic::LIST_MIN, traffic::LIST_MIN.max(sides - traffic::DETAIL_MIN));
    let detail = detail.clamp(traffic::DETAIL_MIN, traffic::DETAIL_MIN.max(sides - list));
    // If both do not fit, the list shrinks, since the details are at their minimum already.
    let list = list.min((sides - detail).max(traffic::LIST_MIN));
    (list, detail)
}

/// A handle at `x`. Returns the width that it was moved to, and whether the move is complete. `None`: not
/// moved.
fn handle(ui: &Ui, whole: Rect, x: f32, name: &str, width: impl Fn(f32) -> f32) -> Option<(f32, bool)> {
    let rect = Rect::from_x_y_ranges(x - traffic::HANDLE / 2.0..=x + traffic::HANDLE / 2.0, whole.y_range());
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, ui.is_enabled(), name));
    let palette = theme::palette(ui);
    let live = response.hovered() || response.dragged() || response.has_focus();
    let color = if live { palette.accent } else { palette.line };
    ui.painter().vline(x.round(), whole.y_range(), (space::HAIRLINE, color));
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    if response.has_focus() {
        let (left, right) = ui.input_mut(|input| {
            let pressed = |key| input.count_and_consume_key(Modifiers::ALT, key) as f32;
            let mut pressed = pressed;
            (pressed(Key::ArrowLeft), pressed(Key::ArrowRight))
        });
        if (left - right).abs() > 0.0 {
            return Some((width(x + (right - left) * traffic::HANDLE_STEP), true));
        }
    }
    let at = response.interact_pointer_pos()?;
    if response.drag_stopped() {
        Some((width(at.x), true))
    } else {
        response.dragged().then(|| (width(at.x), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_keeps_its_least_width_down_to_the_smallest_window() {
        for whole in [844.0, 1000.0, 1384.0, 3000.0] {
            for list in [0.0, 200.0, 384.0, 5000.0] {
                for detail in [0.0, 346.0, 5000.0] {
                    let (left, right) = fit(whole, list, detail);
                    assert!(left >= traffic::LIST_MIN && right >= traffic::DETAIL_MIN, "{left} {right}");
                    assert!(whole - left - right >= traffic::MIDDLE_MIN, "{whole}: {left} {right}");
                }
            }
        }
        assert_eq!(fit(1384.0, traffic::LIST, traffic::DETAIL), (traffic::LIST, traffic::DETAIL));
    }
}
