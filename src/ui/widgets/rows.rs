//! Rows of one height, of which only the visible ones are painted.

use std::ops::Range;

use eframe::egui::{
    Margin, Rect, ScrollArea, Ui, containers::scroll_area::ScrollSource, pos2, style::ScrollAnimation, vec2,
};

/// A scrolled list of rows of constant height.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// Tells this list from others in the same [`Ui`].
    pub salt: &'static str,
    /// Height of a row, in points.
    pub row_height: f32,
    /// How many rows there are.
    pub total: usize,
    /// Scroll so that this row can be seen. `None`: stay.
    pub reveal: Option<usize>,
    /// Put this row (and part of a row) at the top. `None`: stay.
    pub first: Option<f64>,
    /// Stay at the end while at the end.
    pub follow: bool,
}

/// What was painted.
#[derive(Clone, Debug)]
pub struct Painted {
    /// The rows that can be seen, in part or whole.
    pub visible: Range<usize>,
    /// The row, and how much of it, that is scrolled past.
    pub first: f64,
    /// Where the rows are on the screen.
    pub viewport: Rect,
}

impl Rows {
    /// Paints the visible rows. `paint` gets the index of a row and its place.
    pub fn show(self, ui: &mut Ui, mut paint: impl FnMut(&mut Ui, usize, Rect)) -> Painted {
        // Places are counted from the top of the view, not of the content: with a million rows the
        // content is so high that its coordinates are no longer exact to a point.
        let top = ui.available_rect_before_wrap().top();
        let mut area =
            ScrollArea::vertical().id_salt(self.salt).auto_shrink(false).content_margin(Margin::ZERO);
        // A drag chooses bytes; it does not scroll.
        area = area.scroll_source(ScrollSource::SCROLL_BAR | ScrollSource::MOUSE_WHEEL);
        if self.follow {
            area = area.stick_to_bottom(true);
        }
        if let Some(first) = self.first {
            area = area.vertical_scroll_offset((first * f64::from(self.row_height)) as f32);
        }
        let output = area.show_viewport(ui, |ui, viewport| {
            let height = f64::from(self.row_height);
            let offset = f64::from(viewport.min.y.max(0.0));
            ui.set_height((self.total as f64 * height) as f32);
            let place = |row: usize| {
                let y = top + (row as f64 * height - offset) as f32;
                Rect::from_min_size(
                    pos2(ui.max_rect().left(), y),
                    vec2(ui.max_rect().width(), self.row_height),
                )
            };
            let first = ((offset / height) as usize).min(self.total);
            let count = (f64::from(viewport.height()) / height) as usize + 2;
            let visible = first..(first + count).min(self.total);
            let places: Vec<(usize, Rect)> = visible.clone().map(|row| (row, place(row))).collect();
            if let Some(row) = self.reveal.filter(|row| *row < self.total) {
                let place = place(row).expand2(vec2(0.0, self.row_height));
                ui.scroll_to_rect_animation(place, None, ScrollAnimation::none());
            }
            for (row, place) in places {
                paint(ui, row, place);
            }
            (visible, offset / height)
        });
        Painted { visible: output.inner.0, first: output.inner.1, viewport: output.inner_rect }
    }
}
