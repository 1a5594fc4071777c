//! The icons in use: code points of Phosphor 2 (regular), the one icon font of the program.

/// Up.
pub const ARROW_UP: &str = "\u{E08E}";
/// Down.
pub const ARROW_DOWN: &str = "\u{E03E}";
/// Left.
pub const ARROW_LEFT: &str = "\u{E058}";
/// Right.
pub const ARROW_RIGHT: &str = "\u{E06C}";
/// Opens elsewhere.
pub const ARROW_SQUARE_OUT: &str = "\u{E5DE}";
/// Opens a menu; is unfolded.
pub const CARET_DOWN: &str = "\u{E136}";
/// Is folded.
pub const CARET_RIGHT: &str = "\u{E13A}";
/// Unfolds upward.
pub const CARET_UP: &str = "\u{E13C}";
/// Good, or matches.
pub const CHECK: &str = "\u{E182}";
/// Follow the system's theme.
pub const CIRCLE_HALF: &str = "\u{E18C}";
/// A timer.
pub const CLOCK: &str = "\u{E19A}";
/// Copy.
pub const COPY: &str = "\u{E1CA}";
/// A handle to drag by.
pub const DOTS_SIX_VERTICAL: &str = "\u{EAE2}";
/// Throw away what was captured.
pub const ERASER: &str = "\u{E21E}";
/// A file.
pub const FILE: &str = "\u{E230}";
/// A folder.
pub const FOLDER: &str = "\u{E24A}";
/// An open folder.
pub const FOLDER_OPEN: &str = "\u{E256}";
/// A filter.
pub const FUNNEL: &str = "\u{E266}";
/// The program's own mark.
pub const GLASS: &str = "\u{E30C}";
/// The Server page.
pub const HARD_DRIVES: &str = "\u{E2A0}";
/// Worth knowing.
pub const INFO: &str = "\u{E2CE}";
/// Shortcuts.
pub const KEYBOARD: &str = "\u{E2D8}";
/// Look for something.
pub const MAGNIFYING_GLASS: &str = "\u{E30C}";
/// Dark theme.
pub const MOON: &str = "\u{E330}";
/// What the colours mean.
pub const PALETTE: &str = "\u{E6C8}";
/// Stop bringing the view up to date.
pub const PAUSE: &str = "\u{E39E}";
/// Change a value.
pub const PENCIL: &str = "\u{E3B4}";
/// Go on.
pub const PLAY: &str = "\u{E3D0}";
/// Stop or start the server.
pub const POWER: &str = "\u{E3DA}";
/// Help.
pub const QUESTION: &str = "\u{E3E8}";
/// Stop.
pub const STOP: &str = "\u{E46C}";
/// Light theme.
pub const SUN: &str = "\u{E472}";
/// Odd.
pub const WARNING: &str = "\u{E4E0}";
/// Wrong.
pub const WARNING_CIRCLE: &str = "\u{E4E2}";
/// The Traffic page.
pub const WAVES: &str = "\u{E6DE}";
/// Close, clear, or does not match.
pub const X: &str = "\u{E4F6}";
