//! The places of blocks in a lane, in points from its left end.

use std::ops::Range;

use crate::ui::theme::traffic;

/// The time of a block, and the widths of its labels in points.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    /// Beginning and end as fractions of the whole time.
    pub time: Range<f64>,
    /// Width of the label.
    pub label: f32,
    /// Width of the short label. `None`: there is none.
    pub short: Option<f32>,
}

/// The place of a block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// From its beginning to its end, and at least as wide as can be seen.
    pub bar: Range<f32>,
    /// Whether it is as wide as its time, and so has its label inside.
    pub wide: bool,
    /// The place of the label beside a mark. `None`: it has none there.
    pub flag: Option<Range<f32>>,
}

/// Places every block at its time. Marks at the same place have their labels beside each other, to the right of it or, if
/// there is no room, to the left.
pub(super) fn arrange(blocks: &[Extent], width: f32) -> Vec<Place> {
    let mut places: Vec<Place> = blocks.iter().map(|block| bar(&block.time, width)).collect();
    let mut taken = 0.0_f32;
    let mut index = 0;
    while index < places.len() {
        if places[index].wide {
            taken = taken.max(places[index].bar.end);
            index += 1;
            continue;
        }
        let (start, mut end) = (places[index].bar.start, places[index].bar.end);
        let mut last = index + 1;
        while last < places.len() && !places[last].wide && places[last].bar.start <= end {
            end = end.max(places[last].bar.end);
            last += 1;
        }
        let next = places.get(last).map_or(width, |place| place.bar.start);
        let flags =
            if start < taken { Vec::new() } else { flags(&blocks[index..last], (taken, start), (end, next)) };
        for (place, flag) in places[index..last].iter_mut().zip(flags) {
            taken = taken.max(flag.end);
            place.flag = Some(flag);
        }
        taken = taken.max(end);
        index = last;
    }
    places
}

fn bar(time: &Range<f64>, width: f32) -> Place {
    let at = |fraction: f64| (fraction.clamp(0.0, 1.0) * f64::from(width)) as f32;
    let (start, end) = (at(time.start), at(time.end));
    let wide = end - start >= traffic::BLOCK_MIN;
    let least = if wide { 0.0 } else { traffic::MARK };
    // At the very end a mark lies before its time by no more than its own width.
    let start = start.min((width - least).max(0.0));
    Place { bar: start..end.max(start + least).min(width), wide, flag: None }
}

/// The places of the labels of marks that stand together: all of them to one side if there is room for all, else as many
/// as fit. `left` and `right`: the free room beside the marks.
fn flags(marks: &[Extent], left: (f32, f32), right: (f32, f32)) -> Vec<Range<f32>> {
    let full: Vec<f32> = marks.iter().map(|mark| mark.label).collect();
    let short: Vec<f32> = marks.iter().map(|mark| mark.short.unwrap_or(mark.label).min(mark.label)).collect();
    for widths in [&full, &short] {
        let wanted: f32 = widths.iter().sum();
        for (start, end) in [right, left] {
            if wanted <= end - start {
                let start = if (start, end) == left { end - wanted } else { start };
                return beside(widths, start, f32::INFINITY);
            }
        }
    }
    beside(&short, right.0, right.1)
}

/// Labels from `start` on, as many as end at or before `end`.
fn beside(widths: &[f32], start: f32, end: f32) -> Vec<Range<f32>> {
    let mut next = start;
    let place = |width: &f32| {
        let place = next..next + width;
        next = place.end;
        place
    };
    widths.iter().map(place).take_while(|place| place.end <= end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(time: Range<f64>, label: f32) -> Extent {
        Extent { time, label, short: Some(label / 2.0) }
    }

    #[track_caller]
    fn assert_true_to_time(blocks: &[Extent], width: f32) -> Vec<Place> {
        let places = arrange(blocks, width);
        let mut flagged = 0.0_f32;
        for (block, place) in blocks.iter().zip(&places) {
            let start = (block.time.start.clamp(0.0, 1.0) * f64::from(width)) as f32;
            assert!((place.bar.start - start).abs() <= traffic::MARK, "{place:?} is not at {start}");
            assert!(place.bar.end > place.bar.start && place.bar.end <= width + 0.01, "{place:?}");
            if let Some(flag) = &place.flag {
                assert!(flag.start >= flagged - 0.01 && flag.end <= width + 0.01, "{places:?} overlap");
                flagged = flag.end;
                for wide in places.iter().filter(|place| place.wide) {
                    assert!(
                        flag.end <= wide.bar.start + 0.01 || wide.bar.end <= flag.start + 0.01,
                        "{places:?}"
                    );
                }
            }
        }
        places
    }

    #[test]
    fn every_block_stands_at_its_time() {
        let many: Vec<Extent> =
            (0..400).map(|i| extent(f64::from(i) / 400.0..f64::from(i + 1) / 400.0, 40.0)).collect();
        assert_true_to_time(&many, 300.0);
        let blocks =
            [extent(0.0..0.0, 50.0), extent(0.0..0.0, 60.0), extent(0.2..0.7, 60.0), extent(1.0..1.0, 50.0)];
        for width in [10.0, 100.0, 500.0, 2000.0] {
            assert_true_to_time(&blocks, width);
        }
    }

    #[test]
    fn the_last_read_stands_at_its_end_with_its_label_before_it() {
        // Read 4 at 365 of 366 ms.
        let reads = [0.0, 0.3, 0.6, 365.0 / 366.0].map(|at| extent(at..at, 80.0));
        let places = assert_true_to_time(&reads, 700.0);
        assert!(places[3].bar.start > 694.0, "{places:?}");
        let flag = places[3].flag.clone().unwrap_or_default();
        assert!(flag.end <= places[3].bar.start && flag.end - flag.start > 79.0, "{places:?}");
    }

    #[test]
    fn marks_at_one_place_have_their_labels_beside_each_other() {
        let marks = [0.0; 3].map(|at| extent(at..at, 60.0));
        let places = assert_true_to_time(&marks, 500.0);
        assert!(places.iter().all(|place| place.flag.is_some() && !place.wide));
        // Too narrow for all labels: short ones, or as many as fit.
        assert!(arrange(&marks, 100.0).iter().all(|place| place.flag.is_some()));
        assert_eq!(arrange(&marks, 50.0).iter().filter(|place| place.flag.is_some()).count(), 1);
    }

    #[test]
    fn a_block_is_as_wide_as_its_time() {
        let places = arrange(&[extent(0.0..0.5, 30.0), extent(0.5..1.0, 30.0)], 400.0);
        assert_eq!(
            places.iter().map(|place| place.bar.clone()).collect::<Vec<_>>(),
            [0.0..200.0, 200.0..400.0]
        );
        assert!(places.iter().all(|place| place.wide));
    }
}
