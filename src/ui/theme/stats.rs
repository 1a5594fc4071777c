//! Sizes of the Stats page, in points.

/// Width of the filter box.
pub const FILTER: f32 = 380.0;
/// Room for the choice of the window of time beside it.
pub const BESIDE_FILTER: f32 = 330.0;
/// Minimum width of the page for the heat map and the table beside each other.
pub const TWO_COLUMNS_FROM: f32 = 900.0;
/// Minimum height of the waterfall's card.
pub const WATERFALL_MIN: f32 = 270.0;
/// Minimum width of it for the legend.
pub const LEGEND_FROM: f32 = 820.0;
/// Share of the height for the waterfall.
pub const WATERFALL_SHARE: f32 = 0.47;
/// Minimum height of a card below it.
pub const LOWER_MIN: f32 = 236.0;
/// Share of the width for the heat map.
pub const HEAT_SHARE: f32 = 0.5;
/// Height of an axis of time.
pub const AXIS: f32 = 22.0;
/// Minimum distance between the labels of an axis.
pub const TICK: f32 = 90.0;
/// Height of a lane.
pub const LANE: f32 = 52.0;
/// Width of the names of the lanes.
pub const LANE_NAME: f32 = 176.0;
/// Most of the width that they take.
pub const LANE_NAME_SHARE: f32 = 0.3;
/// From the top of a lane to its bars.
pub const BAR_TOP: f32 = 8.0;
/// Height of a bar.
pub const BAR_HEIGHT: f32 = 17.0;
/// Height of the line below a bar that waited.
pub const QUEUED: f32 = 4.0;
/// Width of a bar that would be narrower.
pub const MARK: f32 = 3.0;
/// Least room for a label below a bar.
pub const LABEL_MIN: f32 = 16.0;
/// Minimum width of a pause that is painted.
pub const PAUSE_MIN: f32 = 16.0;
/// Distance of the dots of a pause.
pub const DOT_GAP: f32 = 5.0;
/// Size of the square before a word of the legend.
pub const SWATCH: f32 = 9.0;
/// Minimum length of a drag that looks closer.
pub const DRAG_MIN: f32 = 6.0;
/// Share of what is looked at by which an arrow key moves on.
pub const STEP: f64 = 0.2;
/// Room for a scroll bar.
pub const BAR: f32 = 14.0;
/// Minimum width of the table for all of its columns.
pub const ALL_COLUMNS_FROM: f32 = 500.0;
/// Width of a column of numbers.
pub const NUMBER: f32 = 66.0;
/// Minimum height of the heat map.
pub const HEAT_MIN: f32 = 60.0;
/// Width of the times beside it.
pub const HEAT_LABEL: f32 = 56.0;
/// Distance between its cells.
pub const CELL_GAP: f32 = 1.0;
/// Corner radius of its cells.
pub const CELL_RADIUS: u8 = 1;
