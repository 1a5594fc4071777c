//! Sizes of the replay of a message, in points.

/// Height of the track, with its labels above and below.
pub const TRACK: f32 = 56.0;
/// Height of the line of the track.
pub const LINE: f32 = 4.0;
/// Radius of the knob on the track.
pub const KNOB: f32 = 8.0;
/// Height of a tick where a part of the message begins.
pub const PART_TICK: f32 = 20.0;
/// Height of a tick where a read ends.
pub const READ_TICK: f32 = 30.0;
/// Minimum distance between two ticks.
pub const TICKS: f32 = 3.0;
/// Height of the strip of the buffer.
pub const BUFFER: f32 = 26.0;
/// Minimum width of a part of the strip that is not empty.
pub const BUFFER_PART: f32 = 14.0;
/// Height of the buffer below the bytes, its words included.
pub const BUFFER_AREA: f32 = 64.0;
/// Size of a station in the diagram of the machine.
pub const STATION: [f32; 2] = [116.0, 28.0];
/// Distance between two stations below each other.
pub const STATIONS: f32 = 14.0;
/// Width of the names beside the values.
pub const NAMES: f32 = 104.0;
/// Height of a cell of the grid.
pub const CELL: f32 = 17.0;
/// Between two cells.
pub const CELL_GAP: f32 = 1.5;
/// Maximum width of the grid.
pub const GRID: f32 = 420.0;
/// Radius of the corners of a cell.
pub const CELL_RADIUS: f32 = 2.0;
/// Minimum room in the header for the name of the button that opens the replay.
pub const BUTTON_FROM: f32 = 450.0;
