//! The scroll position of a list. Knows no egui.

use std::ops::Range;

/// Number of rows, in all and in view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// All rows of the list.
    pub rows: usize,
    /// Rows that fit into the view; the last one may fit partly.
    pub seen: f64,
}

impl Extent {
    /// The largest scroll position: the last row is at the bottom of the view.
    pub(super) fn last(self) -> f64 {
        (self.rows as f64 - self.seen).max(0.0)
    }
}

/// A scroll position: the number of rows, with fractions, above the top of the view. An `f64` distinguishes
/// 2^53 rows, more than fit into memory, with bits to spare for the fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scroll {
    first: f64,
    /// The last row is in view.
    at_end: bool,
    /// The next [`Self::settle`] scrolls to the end.
    to_end: bool,
}

impl Default for Scroll {
    fn default() -> Self {
        // An empty list counts as scrolled to its end, so that a list that follows does so from its first row
        // on.
        Self { first: 0.0, at_end: true, to_end: false }
    }
}

impl Scroll {
    /// Rows above the top of the view.
    pub(super) const fn first(&self) -> f64 {
        self.first
    }

    /// Accounts for `rows` added (if negative: removed) above the view: keeps the same rows in view or, with
    /// `follow`, stays at the end.
    pub(super) fn shift(&mut self, rows: f64, follow: bool) {
        if follow && self.at_end {
            self.to_end = true;
        } else {
            self.first += rows;
        }
    }

    /// Scrolls by `rows`; up if negative.
    pub(super) fn scroll_by(&mut self, rows: f64) {
        if rows < 0.0 && self.to_end {
            // Relative to the end that was visible when the wheel was turned.
            self.to_end = false;
        }
        self.first += rows;
    }

    /// Scrolls until `first` rows are above the view.
    pub(super) const fn scroll_to(&mut self, first: f64) {
        self.to_end = false;
        self.first = first;
    }

    /// Scrolls as far as necessary to show `row` and its neighbours.
    pub(super) fn reveal(&mut self, row: usize, extent: Extent) {
        self.settle(extent);
        let row = row as f64;
        let (low, high) = (row + 2.0 - extent.seen, row - 1.0);
        // A view too low for both neighbours shows at least the row itself.
        self.first = if low <= high { self.first.clamp(low, high) } else { row.min(low.max(row - 0.5)) };
    }

    /// Limits the position to the rows that exist.
    pub(super) fn settle(&mut self, extent: Extent) {
        let last = extent.last();
        self.first = if std::mem::take(&mut self.to_end) { last } else { self.first.clamp(0.0, last) };
        self.at_end = self.first >= last;
    }

    /// The visible rows, partly visible ones included.
    pub(super) fn visible(&self, extent: Extent) -> Range<usize> {
        let start = (self.first as usize).min(extent.rows);
        let end = ((self.first + extent.seen).ceil() as usize).min(extent.rows);
        start..end.max(start)
    }

    /// Distance from the top of the view down to the top of `row`, in rows; negative above the view.
    pub(super) fn offset_of(&self, row: usize) -> f64 {
        row as f64 - self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(first: f64, extent: Extent) -> Scroll {
        let mut scroll = Scroll::default();
        scroll.scroll_to(first);
        scroll.settle(extent);
        scroll
    }

    fn nearly(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-6
    }

    #[test]
    fn every_row_of_ten_thousand_million_has_its_place() {
        let extent = Extent { rows: 10_000_000_000, seen: 20.5 };
        for row in [0, 1, 2_000_000, 9_999_999_000] {
            let scroll = settled(row as f64, extent);
            assert_eq!(scroll.visible(extent), row..row + 21);
            assert!(nearly(scroll.offset_of(row + 7), 7.0));
        }
        let end = settled(f64::MAX, extent);
        assert_eq!(end.visible(extent), 9_999_999_979..10_000_000_000);
        assert!(nearly(end.offset_of(9_999_999_999), 19.5), "the last row ends where the view does");
        // A tenth of a row at a time, like a mouse wheel.
        let mut scroll = settled(9_000_000_000.0, extent);
        for _ in 0..10 {
            scroll.scroll_by(0.1);
        }
        assert!((scroll.first() - 9_000_000_001.0).abs() < 1e-4, "{}", scroll.first());
    }

    #[test]
    fn a_row_is_revealed_with_its_neighbours_and_no_further() {
        let extent = Extent { rows: 1_000_000, seen: 10.0 };
        let revealed = |from: f64, row| {
            let mut scroll = settled(from, extent);
            scroll.reveal(row, extent);
            scroll.settle(extent);
            scroll.first()
        };
        assert!(nearly(revealed(500.0, 505), 500.0), "seen already");
        assert!(nearly(revealed(500.0, 400), 399.0));
        assert!(nearly(revealed(500.0, 600), 592.0));
        assert!(nearly(revealed(500.0, 0), 0.0));
        assert!(nearly(revealed(500.0, 999_999), 999_990.0));
        let low = Extent { rows: 1_000, seen: 1.2 };
        let mut scroll = settled(0.0, low);
        scroll.reveal(700, low);
        scroll.settle(low);
        assert!(scroll.visible(low).contains(&700) && scroll.offset_of(700) >= 0.0, "{scroll:?}");
    }

    #[test]
    fn the_end_is_followed_until_someone_leaves_it() {
        let extent = |rows| Extent { rows, seen: 10.0 };
        let mut scroll = Scroll::default();
        let mut turn = |rows, moved, by| {
            scroll.shift(moved, true);
            scroll.scroll_by(by);
            scroll.settle(extent(rows));
            scroll.first()
        };
        assert!(nearly(turn(5, 0.0, 0.0), 0.0), "there is nothing to scroll yet");
        assert!(nearly(turn(50, 0.0, 0.0), 40.0));
        assert!(nearly(turn(60, -3.0, 0.0), 50.0), "what leaves above does not matter at the end");
        assert!(nearly(turn(70, 0.0, -2.0), 48.0), "from where it was");
        assert!(nearly(turn(90, -3.0, 0.0), 45.0), "rows that left above take theirs along");
        assert!(nearly(turn(90, 0.0, 99.0), 80.0));
        assert!(nearly(turn(100, 0.0, 0.0), 90.0), "back at the end");
    }

    #[test]
    fn a_list_that_shrinks_is_seen_to_its_end() {
        let mut scroll = settled(900.0, Extent { rows: 1_000, seen: 10.0 });
        scroll.settle(Extent { rows: 20, seen: 10.0 });
        assert!(nearly(scroll.first(), 10.0) && scroll.at_end);
        scroll.settle(Extent { rows: 0, seen: 10.0 });
        assert_eq!(scroll.visible(Extent { rows: 0, seen: 10.0 }), 0..0);
    }
}
