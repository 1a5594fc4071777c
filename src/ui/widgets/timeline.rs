//! A timeline: lanes of blocks over a common time axis.

use std::ops::Range;

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::theme::{self, space, traffic};

use super::text;

/// A block in a lane.
#[derive(Clone, Debug)]
pub struct Block {
    /// The label, shown if there is room.
    pub label: String,
    /// The label for a narrow block. May be empty.
    pub short: String,
    /// Tooltip and accessible name.
    pub name: String,
    /// The fill colour.
    pub color: Color32,
    /// The colour of the label.
    pub ink: Color32,
    /// Beginning and end as fractions of the whole time, 0 to 1; equal for a point in time.
    pub time: Range<f32>,
    /// Whether the block is as wide as its label, where there is room, rather than as its time.
    pub fit: bool,
}

/// A lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The name, on the left.
    pub name: &'static str,
    /// The colour of the name.
    pub color: Color32,
    /// The blocks in order of time, without overlap.
    pub blocks: Vec<Block>,
}

/// Paints `lanes` and, below them, an axis with `ticks` at equal distances. Returns the index of the lane and
/// of the block that was clicked.
pub fn timeline(ui: &mut Ui, lanes: &[Lane], ticks: &[String]) -> Option<(usize, usize)> {
    let palette = theme::palette(ui);
    let height = lanes.len() as f32 * traffic::LANE + traffic::AXIS;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let mut clicked = None;
    let name_of = |lane: &Lane| text::elided(ui, lane.name, theme::small_font(), lane.color, f32::INFINITY);
    let names = lanes.iter().map(|lane| name_of(lane).size().x + space::WIDE);
    let names = names.fold(traffic::LANE_NAME, f32::max);
    let mut top = rect.top();
    for (number, lane) in lanes.iter().enumerate() {
        let whole = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), traffic::LANE));
        let name = Rect::from_min_size(whole.min, vec2(names, whole.height()));
        text::paint(ui, name, Align2::LEFT_CENTER, name_of(lane));
        let label = ui.interact(name, ui.scope_id().with(("lane", number)), Sense::HOVER);
        label.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), lane.name));
        let track = Rect::from_min_max(pos2(name.right(), top), whole.max);
        let bed = track.shrink2(vec2(0.0, space::TIGHT / 2.0));
        ui.painter().rect_filled(bed, CornerRadius::same(traffic::SMALL_RADIUS), palette.background);
        let ends = block_ranges(ui, &lane.blocks, track.width() - 2.0 * space::GAP);
        for (index, (block, place)) in lane.blocks.iter().zip(ends).enumerate() {
            let size = vec2(place.end - place.start, traffic::BLOCK);
            let left = track.left() + space::GAP + place.start;
            let place = Rect::from_min_size(pos2(left, track.center().y - size.y / 2.0), size);
            if block_ui(ui, place, (number, index), block) {
                clicked = Some((number, index));
            }
        }
        top += traffic::LANE;
    }
    axis(ui, Rect::from_min_max(pos2(rect.left() + names, top), rect.max), ticks);
    clicked
}

/// Paints the labels of the axis; every other one if there is too little room.
fn axis(ui: &Ui, rect: Rect, ticks: &[String]) {
    let rect = rect.shrink2(vec2(space::GAP, 0.0));
    let color = theme::palette(ui).dim;
    let lay_out = |tick: &String| text::elided(ui, tick, theme::small_font(), color, f32::INFINITY);
    let galleys: Vec<_> = ticks.iter().map(lay_out).collect();
    let wanted: f32 = galleys.iter().map(|galley| galley.size().x + 2.0 * space::WIDE).sum();
    let every = if wanted > rect.width() { 2 } else { 1 };
    let last = ticks.len().max(2) - 1;
    for (index, galley) in galleys.into_iter().enumerate().step_by(every) {
        let x = rect.left() + (rect.width() - galley.size().x) * index as f32 / last as f32;
        let place = Rect::from_min_max(pos2(x, rect.top()), rect.max);
        text::paint(ui, place, Align2::LEFT_BOTTOM, galley);
    }
}

fn block_ui(ui: &Ui, rect: Rect, index: (usize, usize), block: &Block) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("block", index)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &block.name));
    let radius = CornerRadius::same(traffic::SMALL_RADIUS);
    let rect = rect.shrink2(vec2(space::HAIRLINE / 2.0, 0.0));
    ui.painter().rect_filled(rect, radius, block.color);
    if response.hovered() || response.has_focus() {
        let stroke = Stroke::new(traffic::TAB_LINE, palette.text);
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Outside);
    }
    let room = rect.width() - 2.0 * traffic::BLOCK_PAD;
    let galley = text::elided(ui, &block.label, theme::caption_font(), block.ink, f32::INFINITY);
    let short = text::elided(ui, &block.short, theme::caption_font(), block.ink, f32::INFINITY);
    if galley.size().x <= room {
        text::paint(ui, rect.translate(vec2(traffic::BLOCK_PAD, 0.0)), Align2::LEFT_CENTER, galley);
    } else if !block.short.is_empty() && short.size().x <= room {
        text::paint(ui, rect.translate(vec2(traffic::BLOCK_PAD, 0.0)), Align2::LEFT_CENTER, short);
    } else if room > 3.0 * traffic::BLOCK_MIN {
        let galley = text::elided(ui, &block.label, theme::caption_font(), block.ink, room);
        text::paint(ui, rect.translate(vec2(traffic::BLOCK_PAD, 0.0)), Align2::LEFT_CENTER, galley);
    }
    let clicked = response.clicked();
    response.on_hover_text(&block.name);
    clicked
}

/// Beginning and end of each block of a lane, in points from the left.
fn block_ranges(ui: &Ui, blocks: &[Block], width: f32) -> Vec<Range<f32>> {
    let width_of = |words: &str| {
        let galley =
            text::elided(ui, words, theme::caption_font(), theme::palette(ui).on_band, f32::INFINITY);
        galley.size().x + 2.0 * traffic::BLOCK_PAD + space::HAIRLINE
    };
    // A block too narrow for its label gets the width of the short label, so that it does not displace longer
    // blocks.
    let natural: Vec<f32> = blocks
        .iter()
        .map(|block| {
            let label = width_of(&block.label);
            let own = (block.time.end - block.time.start) * width;
            if block.short.is_empty() || own >= label { label } else { width_of(&block.short) }
        })
        .collect();
    let times: Vec<Range<f32>> = blocks.iter().map(|block| block.time.clone()).collect();
    let fit = blocks.iter().any(|block| block.fit);
    arrange(&times, &natural, fit, width)
}

/// Places every block at its time, or as near to it as possible if that would make a block too narrow to see
/// or to click. `natural`: the widths at which the labels are readable.
fn arrange(times: &[Range<f32>], natural: &[f32], fit: bool, width: f32) -> Vec<Range<f32>> {
    let count = times.len();
    let wanted: f32 = natural.iter().sum();
    // Every block as wide as its label if they all fit, else as narrow as necessary.
    let least = |index: usize| {
        let narrow = traffic::BLOCK_MIN.min(width / count.max(1) as f32);
        if wanted <= width { natural[index] } else { narrow }
    };
    let mut starts: Vec<f32> = times.iter().map(|time| time.start.clamp(0.0, 1.0) * width).collect();
    let mut next = 0.0_f32;
    for (index, start) in starts.iter_mut().enumerate() {
        *start = start.max(next);
        next = *start + least(index);
    }
    let mut limit = width;
    for index in (0..count).rev() {
        starts[index] = starts[index].min(limit - least(index)).max(0.0);
        limit = starts[index];
    }
    (0..count)
        .map(|index| {
            let next = starts.get(index + 1).copied().unwrap_or(width);
            let end = if fit {
                starts[index] + natural[index]
            } else {
                (times[index].end.clamp(0.0, 1.0) * width).max(starts[index] + least(index))
            };
            starts[index]..end.min(next).max(starts[index])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_arranged(times: &[Range<f32>], natural: &[f32], fit: bool, width: f32) {
        let places = arrange(times, natural, fit, width);
        let mut end = 0.0;
        for place in &places {
            assert!(place.start >= end - 0.01, "{places:?} overlap");
            assert!(place.end - place.start > 0.0, "{places:?} hold an empty block");
            end = place.end;
        }
        assert!(end <= width + 0.01, "{places:?} leave the lane");
    }

    #[test]
    fn blocks_never_overlap_or_vanish() {
        let many: Vec<Range<f32>> = (0..400).map(|i| i as f32 / 400.0..(i + 1) as f32 / 400.0).collect();
        assert_arranged(&many, &vec![40.0; 400], false, 300.0);
        assert_arranged(&many, &vec![40.0; 400], true, 300.0);
        assert_arranged(&[0.0..0.0, 0.0..0.0, 0.0..0.0], &[50.0, 60.0, 20.0], false, 500.0);
        assert_arranged(&[0.0..0.0, 1.0..1.0, 1.0..1.0], &[50.0, 60.0, 20.0], true, 100.0);
        assert_arranged(&[1.0..1.0, 1.0..1.0], &[50.0, 60.0], true, 500.0);
    }

    #[test]
    fn a_block_with_room_stands_at_its_time() {
        let places = arrange(&[0.0..0.5, 0.5..1.0], &[30.0, 30.0], false, 400.0);
        assert_eq!(places, [0.0..200.0, 200.0..400.0]);
    }
}
