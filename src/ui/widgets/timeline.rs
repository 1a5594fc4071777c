//! A timeline: lanes of blocks over a common time axis, each at its true place.
//!
//! A block that is too narrow to be seen is a mark at its place, with its label beside it where there is room. So the
//! width of a block never says more than its time.

mod place;

use std::ops::Range;

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::theme::{self, space, traffic};

use self::place::{Extent, Place, arrange};
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
    pub time: Range<f64>,
}

/// A lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The name, on the left.
    pub name: &'static str,
    /// The colour of the name.
    pub color: Color32,
    /// The blocks in order of their beginning.
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
        if let Some(index) = lane_ui(ui, number, &lane.blocks, track.shrink2(vec2(space::GAP, 0.0))) {
            clicked = Some((number, index));
        }
        top += traffic::LANE;
    }
    axis(ui, Rect::from_min_max(pos2(rect.left() + names, top), rect.max), ticks);
    clicked
}

/// Paints the blocks of a lane: first the wide ones, then the marks. Returns the index of the block that was clicked.
fn lane_ui(ui: &Ui, lane: usize, blocks: &[Block], track: Rect) -> Option<usize> {
    let extents: Vec<Extent> = blocks.iter().map(|block| extent(ui, block)).collect();
    let places = arrange(&extents, track.width());
    let mut clicked = None;
    for wide in [true, false] {
        for (index, (block, place)) in blocks.iter().zip(&places).enumerate() {
            if place.wide == wide && block_ui(ui, track, (lane, index), block, place) {
                clicked = Some(index);
            }
        }
    }
    clicked
}

/// The time of a block, and the widths of its labels.
fn extent(ui: &Ui, block: &Block) -> Extent {
    let width_of = |words: &str| {
        let galley = text::elided(ui, words, theme::caption_font(), block.ink, f32::INFINITY);
        galley.size().x + 2.0 * traffic::BLOCK_PAD + space::HAIRLINE
    };
    let short = (!block.short.is_empty()).then(|| width_of(&block.short));
    Extent { time: block.time.clone(), label: width_of(&block.label), short }
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

/// Paints a block. Returns whether it was clicked.
fn block_ui(ui: &Ui, track: Rect, index: (usize, usize), block: &Block, place: &Place) -> bool {
    let palette = theme::palette(ui);
    let part = |range: &Range<f32>| {
        let middle = track.center().y;
        let (top, bottom) = (middle - traffic::BLOCK / 2.0, middle + traffic::BLOCK / 2.0);
        Rect::from_min_max(pos2(track.left() + range.start, top), pos2(track.left() + range.end, bottom))
    };
    let bar = part(&place.bar);
    let flag = place.flag.as_ref().map(part);
    // A mark without a label can be hit a little beside it, too.
    let target = flag.unwrap_or_else(|| bar.expand2(vec2(space::HAIRLINE, 0.0)));
    let response = ui.interact(target, ui.scope_id().with(("block", index)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &block.name));
    let radius = CornerRadius::same(traffic::SMALL_RADIUS);
    let lit = response.hovered() || response.has_focus();
    if let Some(flag) = flag {
        ui.painter().rect_filled(flag, radius, palette.raised);
        let ink = if lit { palette.text } else { palette.dim };
        label_ui(ui, flag, block, ink);
    }
    if place.wide {
        let bar = bar.shrink2(vec2(space::HAIRLINE / 2.0, 0.0));
        ui.painter().rect_filled(bar, radius, block.color);
        label_ui(ui, bar, block, block.ink);
    } else {
        ui.painter().rect_filled(bar, CornerRadius::ZERO, block.color);
    }
    if lit {
        let stroke = Stroke::new(traffic::TAB_LINE, palette.text);
        ui.painter().rect_stroke(
            flag.map_or(bar, |flag| flag.union(bar)),
            radius,
            stroke,
            StrokeKind::Outside,
        );
    }
    let clicked = response.clicked();
    response.on_hover_text(&block.name);
    clicked
}

/// Paints the label of a block, or its short label, or as much of it as fits.
fn label_ui(ui: &Ui, rect: Rect, block: &Block, ink: Color32) {
    let room = rect.width() - 2.0 * traffic::BLOCK_PAD;
    let inner = rect.translate(vec2(traffic::BLOCK_PAD, 0.0));
    let lay_out = |words: &str, room: f32| text::elided(ui, words, theme::caption_font(), ink, room);
    let (galley, short) = (lay_out(&block.label, f32::INFINITY), lay_out(&block.short, f32::INFINITY));
    if galley.size().x <= room {
        text::paint(ui, inner, Align2::LEFT_CENTER, galley);
    } else if !block.short.is_empty() && short.size().x <= room {
        text::paint(ui, inner, Align2::LEFT_CENTER, short);
    } else if room > 3.0 * traffic::BLOCK_MIN {
        text::paint(ui, inner, Align2::LEFT_CENTER, lay_out(&block.label, room));
    }
}
