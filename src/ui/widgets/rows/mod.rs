//! Rows of one height, of which only the visible ones are painted.
//!
//! egui's scroll areas store their position as an `f32` in points. After a few hundred thousand rows that is
//! no longer exact to a point, and after a few million some rows cannot be reached at all. Here the position
//! is a number of rows (`Scroll`), and points are counted only from the top of the visible area.

mod bar;
mod scroll;
#[cfg(test)]
mod tests;

use std::ops::Range;

use egui::{Id, Rect, Ui, UiBuilder, emath::GuiRounding as _, pos2, vec2};

use bar::ScrollBar;
use scroll::{Extent, Scroll};

/// A scrolled list of rows of constant height.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Distinguishes this list from others in the same [`Ui`], and names its scroll bar.
    pub salt: &'a str,
    /// Height of a row, in points.
    pub row_height: f32,
    /// Number of rows.
    pub total: usize,
    /// Scrolls until this row is visible. `None`: keeps the position.
    pub reveal: Option<usize>,
    /// Number of rows added (if negative: removed) above the visible ones since the last frame. The position
    /// moves by as much, so that the same rows stay visible.
    pub shift: f64,
    /// Whether a list that is scrolled to its end stays there when rows are added.
    pub follow: bool,
}

/// Result of [`Rows::show`].
#[derive(Clone, Debug)]
pub struct Painted {
    /// The visible rows, partly visible ones included.
    pub visible: Range<usize>,
    /// The area of the rows on the screen.
    pub viewport: Rect,
    id: Id,
    row_height: f32,
}

impl Rows<'_> {
    /// Paints the visible rows. `paint` gets the index and the rectangle of a row.
    pub fn show(self, ui: &mut Ui, mut paint: impl FnMut(&mut Ui, usize, Rect)) -> Painted {
        let area = ui.available_rect_before_wrap();
        let id = ui.make_persistent_id(self.salt);
        let extent = Extent { rows: self.total, seen: f64::from(area.height() / self.row_height) };
        let bar = ScrollBar { id: id.with("bar"), area, extent, name: self.salt };
        let mut scroll: Scroll = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        scroll.shift(self.shift, self.follow);
        scroll.scroll_by(wheel_delta(ui, area) / f64::from(self.row_height));
        if let Some(first) = bar.dragged_to(ui, &scroll) {
            scroll.scroll_to(first);
        }
        if let Some(row) = self.reveal.filter(|row| *row < self.total) {
            scroll.reveal(row, extent);
        }
        scroll.settle(extent);
        ui.data_mut(|data| data.insert_temp(id, scroll));

        let visible = scroll.visible(extent);
        let mut inner = ui.new_child(UiBuilder::new().id_salt(self.salt).max_rect(area));
        inner.shrink_clip_rect(area);
        let pixels = ui.pixels_per_point();
        for row in visible.clone() {
            let below = scroll.offset_of(row) * f64::from(self.row_height);
            let top = (area.top() + below as f32).round_to_pixels(pixels);
            let place = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), self.row_height));
            paint(&mut inner, row, place);
        }
        ui.advance_cursor_after_rect(area);
        bar.show(ui, &scroll);
        Painted { visible, viewport: area, id, row_height: self.row_height }
    }
}

impl Painted {
    /// Scrolls by `points` (up if negative) in the next frame.
    pub fn scroll_by(&self, ui: &Ui, points: f32) {
        let mut scroll: Scroll = ui.data(|data| data.get_temp(self.id)).unwrap_or_default();
        scroll.scroll_by(f64::from(points / self.row_height));
        ui.data_mut(|data| data.insert_temp(self.id, scroll));
        ui.ctx().request_repaint();
    }
}

/// Distance by which the mouse wheel was turned over `area`, in points; down is positive.
fn wheel_delta(ui: &Ui, area: Rect) -> f64 {
    if !ui.is_enabled() || !ui.rect_contains_pointer(area) || ui.ctx().dragged_id().is_some() {
        return 0.0;
    }
    // Consumed, so that no scroll area around this list scrolls as well.
    f64::from(-ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y)))
}
