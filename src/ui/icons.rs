//! The icons in use: code points of Phosphor 2 (regular), the one icon font of the program.

/// An arrow up.
pub const ARROW_UP: &str = "\u{E08E}";
/// An arrow down.
pub const ARROW_DOWN: &str = "\u{E03E}";
/// An arrow out of a square: opens elsewhere.
pub const ARROW_SQUARE_OUT: &str = "\u{E5DE}";
/// Opens a menu; is unfolded.
pub const CARET_DOWN: &str = "\u{E136}";
/// Is folded.
pub const CARET_RIGHT: &str = "\u{E13A}";
/// A check mark: good, or a match.
pub const CHECK: &str = "\u{E182}";
/// Follow the system's theme.
pub const CIRCLE_HALF: &str = "\u{E18C}";
/// Two sheets: puts something on the clipboard.
pub const COPY: &str = "\u{E1CA}";
/// A handle to drag by.
pub const DOTS_SIX_VERTICAL: &str = "\u{EAE2}";
/// An eraser: clears the capture.
pub const ERASER: &str = "\u{E21E}";
/// A file.
pub const FILE: &str = "\u{E230}";
/// An open folder.
pub const FOLDER_OPEN: &str = "\u{E256}";
/// The program's own mark.
pub const GLASS: &str = "\u{E30C}";
/// The Server page.
pub const HARD_DRIVES: &str = "\u{E2A0}";
/// The sign of a notice that is neither a warning nor an error.
pub const INFO: &str = "\u{E2CE}";
/// Dark theme.
pub const MOON: &str = "\u{E330}";
/// What the colours mean.
pub const PALETTE: &str = "\u{E6C8}";
/// Two bars: pauses the view.
pub const PAUSE: &str = "\u{E39E}";
/// A triangle: resumes the view.
pub const PLAY: &str = "\u{E3D0}";
/// Stop or start the server.
pub const POWER: &str = "\u{E3DA}";
/// A question mark: opens the help.
pub const QUESTION: &str = "\u{E3E8}";
/// Light theme.
pub const SUN: &str = "\u{E472}";
/// The sign of a warning.
pub const WARNING: &str = "\u{E4E0}";
/// The sign of an error.
pub const WARNING_CIRCLE: &str = "\u{E4E2}";
/// The Traffic page.
pub const WAVES: &str = "\u{E6DE}";
/// Close, clear, or does not match.
pub const X: &str = "\u{E4F6}";
