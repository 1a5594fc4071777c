//! The three panes and the handles between them; where not all of them fit, the strip that chooses.

use egui::{
    Align, CursorIcon, Key, Layout, Modifiers, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::{
    config::Panes,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::segmented::{Choice, segmented},
    },
};

const LIST: &str = "traffic-list";
const DETAIL: &str = "traffic-detail";

/// The areas of the panes. `None`: the pane is hidden.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Areas {
    /// The list of exchanges.
    pub list: Option<Rect>,
    /// Header, timeline, bytes and the panel under them.
    pub middle: Option<Rect>,
    /// The tabs.
    pub detail: Option<Rect>,
}

/// The pane in front where not all of them fit beside each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Front {
    /// The list; where it fits beside another pane, that is the bytes.
    #[default]
    List,
    /// The bytes.
    Bytes,
    /// The details.
    Details,
}

/// Widths during a drag, before they are saved. `None`: the handle is not being dragged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    list: Option<f32>,
    detail: Option<f32>,
}

impl Widths {
    /// Divides the window among the panes. The saved widths apply as far as there is room, and again once
    /// there is more. Where there is room for one or two panes only, a strip above them chooses.
    pub(super) fn split(
        &mut self,
        ui: &mut Ui,
        panes: &Panes,
        (has_details, front): (bool, &mut Front),
        commands: &mut Vec<Command>,
    ) -> Areas {
        let whole = ui.available_rect_before_wrap();
        match count(whole.width(), has_details) {
            1 => return one(ui, whole, has_details, front),
            2 if has_details => return self.two(ui, whole, (panes, front), commands),
            _ => {}
        }
        let list = wish(self.list, panes, LIST, traffic::LIST);
        let detail = wish(self.detail, panes, DETAIL, traffic::DETAIL);
        let (list, detail) = fit(whole.width(), list, if has_details { detail } else { 0.0 });
        let (left, right) = (whole.left() + list, whole.right() - if has_details { detail } else { 0.0 });
        let middle = Rect::from_min_max(pos2(left, whole.top()), pos2(right, whole.bottom()));
        let detail = Rect::from_min_max(pos2(right, whole.top()), whole.max);
        self.list_ui(ui, whole, left, commands);
        if has_details {
            side(ui, detail);
            if let Some((width, done)) =
                handle(ui, whole, right, "Width of the details", |x| whole.right() - x)
            {
                self.detail = (!done).then_some(width);
                commands.extend(done.then_some(Command::SetPane { name: DETAIL, width }));
            }
        }
        let list = Rect::from_min_max(whole.min, pos2(left, whole.bottom()));
        Areas { list: Some(list), middle: Some(middle), detail: has_details.then_some(detail) }
    }

    /// Divides the window between the middle and the details, without the list. Where both do not fit, a strip above
    /// them chooses.
    pub(super) fn split_without_list(
        &mut self,
        ui: &mut Ui,
        panes: &Panes,
        front: &mut Front,
        commands: &mut Vec<Command>,
    ) -> Areas {
        let whole = ui.available_rect_before_wrap();
        if whole.width() < traffic::MIDDLE_MIN + traffic::DETAIL_MIN {
            let below = strip(ui, whole, &[(Front::Bytes, "Bytes"), (Front::Details, "Machine")], front);
            if *front == Front::Details {
                side(ui, below);
                return Areas { detail: Some(below), ..Areas::default() };
            }
            return Areas { middle: Some(below), ..Areas::default() };
        }
        let most = whole.width() - traffic::MIDDLE_MIN;
        let detail = wish(self.detail, panes, DETAIL, traffic::DETAIL).clamp(traffic::DETAIL_MIN, most);
        let right = whole.right() - detail;
        let (middle, beside) = whole.split_left_right_at_x(right);
        side(ui, beside);
        if let Some((width, done)) = handle(ui, whole, right, "Width of the details", |x| whole.right() - x) {
            self.detail = (!done).then_some(width);
            commands.extend(done.then_some(Command::SetPane { name: DETAIL, width }));
        }
        Areas { middle: Some(middle), detail: Some(beside), ..Areas::default() }
    }

    /// The list beside one of the other panes.
    fn two(
        &mut self,
        ui: &mut Ui,
        whole: Rect,
        (panes, front): (&Panes, &mut Front),
        commands: &mut Vec<Command>,
    ) -> Areas {
        let most = (whole.width() - traffic::MIDDLE_MIN).max(traffic::LIST_MIN);
        let list = wish(self.list, panes, LIST, traffic::LIST).clamp(traffic::LIST_MIN, most);
        let left = whole.left() + list;
        self.list_ui(ui, whole, left, commands);
        let right = Rect::from_min_max(pos2(left, whole.top()), whole.max);
        let below = strip(ui, right, &[(Front::Bytes, "Bytes"), (Front::Details, "Details")], front);
        let list = Some(Rect::from_min_max(whole.min, pos2(left, whole.bottom())));
        if *front == Front::Details {
            side(ui, below);
            Areas { list, detail: Some(below), ..Areas::default() }
        } else {
            Areas { list, middle: Some(below), ..Areas::default() }
        }
    }

    /// The ground of the list, whose right edge is at `left`, and its handle.
    fn list_ui(&mut self, ui: &mut Ui, whole: Rect, left: f32, commands: &mut Vec<Command>) {
        side(ui, Rect::from_min_max(whole.min, pos2(left, whole.bottom())));
        if let Some((width, done)) = handle(ui, whole, left, "Width of the list", |x| x - whole.left()) {
            self.list = (!done).then_some(width);
            commands.extend(done.then_some(Command::SetPane { name: LIST, width }));
        }
    }
}

/// The width that is wished for.
fn wish(dragged: Option<f32>, panes: &Panes, name: &str, usual: f32) -> f32 {
    dragged.or_else(|| panes.get(name).copied()).filter(|width| width.is_finite()).unwrap_or(usual)
}

/// Number of panes that fit beside each other.
fn count(whole: f32, has_details: bool) -> usize {
    let two = traffic::LIST_MIN + traffic::MIDDLE_MIN;
    if whole < two {
        1
    } else if !has_details || whole < two + traffic::DETAIL_MIN {
        2
    } else {
        3
    }
}

/// One pane alone.
fn one(ui: &mut Ui, whole: Rect, has_details: bool, front: &mut Front) -> Areas {
    let all = [(Front::List, "Exchanges"), (Front::Bytes, "Bytes"), (Front::Details, "Details")];
    let shown = if has_details { &all[..] } else { &all[..2] };
    let below = strip(ui, whole, shown, front);
    let mut areas = Areas::default();
    match *front {
        Front::List => areas.list = Some(below),
        Front::Details if has_details => areas.detail = Some(below),
        Front::Bytes | Front::Details => areas.middle = Some(below),
    }
    if areas.middle.is_none() {
        side(ui, below);
    }
    areas
}

/// Shows a strip that chooses a pane at the top of `area`. Returns the rest of the area.
fn strip(ui: &mut Ui, area: Rect, panes: &[(Front, &'static str)], front: &mut Front) -> Rect {
    let (top, below) = area.split_top_bottom_at_y(area.top() + traffic::PANES_STRIP);
    side(ui, top);
    let inside = top.shrink2(vec2(space::WIDE, (traffic::PANES_STRIP - ui.spacing().interact_size.y) / 2.0));
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(Layout::left_to_right(Align::Center)), |ui| {
        let choices: Vec<Choice<'_>> =
            panes.iter().map(|(_, name)| Choice { label: name, detail: "", accessible_name: name }).collect();
        // The bytes stand for the list where that is beside them, and for details that are hidden.
        let place = |wanted: Front| panes.iter().position(|(pane, _)| *pane == wanted);
        let current = place(*front).or_else(|| place(Front::Bytes)).unwrap_or(0);
        if let Some(index) = segmented(ui, current, &choices) {
            *front = panes[index].0;
        }
    });
    ui.painter().hline(top.x_range(), top.bottom(), (space::HAIRLINE, theme::palette(ui).line));
    below
}

/// Paints the ground of the list or the details.
fn side(ui: &Ui, rect: Rect) {
    ui.painter().rect_filled(rect, 0.0, theme::palette(ui).panel);
}

/// Limits the widths of list and details so that the middle keeps its minimum width. `detail`: 0 if there are none.
fn fit(whole: f32, list: f32, detail: f32) -> (f32, f32) {
    let sides = (whole - traffic::MIDDLE_MIN).max(0.0);
    let least = if detail > 0.0 { traffic::DETAIL_MIN } else { 0.0 };
    let list = list.clamp(traffic::LIST_MIN, traffic::LIST_MIN.max(sides - least));
    let detail = detail.clamp(least, least.max(sides - list));
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
                for detail in [1.0, 346.0, 5000.0] {
                    let (left, right) = fit(whole, list, detail);
                    assert!(left >= traffic::LIST_MIN && right >= traffic::DETAIL_MIN, "{left} {right}");
                    assert!(whole - left - right >= traffic::MIDDLE_MIN, "{whole}: {left} {right}");
                }
            }
        }
        assert_eq!(fit(1384.0, traffic::LIST, traffic::DETAIL), (traffic::LIST, traffic::DETAIL));
        assert_eq!(fit(844.0, 5000.0, 0.0), (844.0 - traffic::MIDDLE_MIN, 0.0));
    }

    #[test]
    fn as_many_panes_stand_beside_each_other_as_there_is_room_for() {
        assert_eq!([844.0, 843.0, 608.0, 607.0, 354.0].map(|whole| count(whole, true)), [3, 2, 2, 1, 1]);
        assert_eq!([844.0, 608.0, 607.0].map(|whole| count(whole, false)), [2, 2, 1]);
    }
}
