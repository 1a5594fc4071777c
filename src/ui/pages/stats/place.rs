//! The part of a time that is looked at, and where on the screen a moment is.

use std::ops::Range;

use egui::Rangef;

use crate::base::stream::Nanos;

/// The least share of the whole time that can be looked at.
const LEAST: f64 = 1e-5;

/// A part of a time, as shares of the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Zoom {
    start: f64,
    end: f64,
}

impl Default for Zoom {
    fn default() -> Self {
        Self { start: 0.0, end: 1.0 }
    }
}

impl Zoom {
    /// Whether it is all of the time.
    pub(super) fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// Looks at a part of what is looked at.
    pub(super) fn closer(self, start: f64, end: f64) -> Self {
        let width = self.end - self.start;
        Self { start: self.start + width * start.min(end), end: self.start + width * start.max(end) }.held()
    }

    /// Looks at twice as much.
    pub(super) fn wider(self) -> Self {
        let half = (self.end - self.start) / 2.0;
        Self { start: self.start - half, end: self.end + half }.held()
    }

    /// Moves on by a share of what is looked at; back if negative.
    pub(super) fn moved(self, share: f64) -> Self {
        let by = (self.end - self.start) * share;
        let by = by.clamp(-self.start, 1.0 - self.end);
        Self { start: self.start + by, end: self.end + by }
    }

    /// Within the whole, and not too small.
    fn held(self) -> Self {
        let width = (self.end - self.start).clamp(LEAST, 1.0);
        let start = self.start.clamp(0.0, 1.0 - width);
        Self { start, end: start + width }
    }

    /// The part of `time` that is looked at, in nanoseconds from its start.
    pub(super) fn part(self, time: &Range<Nanos>) -> Range<f64> {
        let whole = (time.end.saturating_sub(time.start)).max(1) as f64;
        whole * self.start..whole * self.end
    }
}

/// From moments to places.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    start: Nanos,
    part: Range<f64>,
    pub(super) x: Rangef,
}

impl Scale {
    pub(super) fn new(time: &Range<Nanos>, zoom: Zoom, x: Rangef) -> Self {
        Self { start: time.start, part: zoom.part(time), x }
    }

    /// Nanoseconds from the start of the whole time to both ends of the part.
    pub(super) const fn part(&self) -> &Range<f64> {
        &self.part
    }

    /// The place of a moment this many nanoseconds after the start of the whole time.
    pub(super) fn at(&self, nanos: f64) -> f32 {
        let share = (nanos - self.part.start) / (self.part.end - self.part.start);
        self.x.min + (share * f64::from(self.x.span())) as f32
    }

    /// The places of a time, cut to what is seen. `None`: it is out of sight.
    pub(super) fn range(&self, time: &Range<Nanos>) -> Option<Rangef> {
        let at = |moment: Nanos| self.at(moment.saturating_sub(self.start) as f64);
        let (left, right) = (at(time.start), at(time.end));
        let is_seen = right >= self.x.min && left <= self.x.max;
        is_seen.then(|| Rangef::new(left.max(self.x.min), right.min(self.x.max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_looks_closer_moves_and_comes_back() {
        let close = |one: f64, other: f64| (one - other).abs() < 1e-9;
        let zoom = Zoom::default().closer(0.75, 0.25);
        assert!(close(zoom.start, 0.25) && close(zoom.end, 0.75) && !zoom.is_whole());
        let moved = zoom.moved(1.0);
        assert!(close(moved.start, 0.5) && close(moved.end, 1.0));
        assert!(zoom.wider().is_whole() && zoom.moved(-3.0).start.abs() < 1e-9);
        let tiny = zoom.closer(0.5, 0.5);
        assert!(tiny.end - tiny.start >= LEAST * 0.99);
    }

    #[test]
    fn moments_have_places() {
        let time = Nanos::new(1_000)..Nanos::new(2_000);
        let scale = Scale::new(&time, Zoom::default().closer(0.5, 1.0), Rangef::new(100.0, 200.0));
        assert_eq!(scale.range(&(Nanos::new(1_500)..Nanos::new(1_750))), Some(Rangef::new(100.0, 150.0)));
        assert_eq!(scale.range(&(Nanos::new(1_000)..Nanos::new(1_400))), None);
        assert_eq!(scale.range(&(Nanos::new(1_000)..Nanos::new(9_000))), Some(Rangef::new(100.0, 200.0)));
    }
}
