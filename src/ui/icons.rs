//! The icons: code points of Phosphor 2 (regular), the only icon font of the program.

/// An arrow up.
pub const ARROW_UP: &str = "\u{E08E}";
/// An arrow down.
pub const ARROW_DOWN: &str = "\u{E03E}";
/// Arrows to the left and to the right: the groups of backends.
pub const ARROWS_LEFT_RIGHT: &str = "\u{E0A0}";
/// An arrow out of a square: opens elsewhere.
pub const ARROW_SQUARE_OUT: &str = "\u{E5DE}";
/// A caret down: opens a menu, or marks an expanded item.
pub const CARET_DOWN: &str = "\u{E136}";
/// A caret up: sorted, the smallest first.
pub const CARET_UP: &str = "\u{E13C}";
/// A clock that runs backwards: the replay.
pub const CLOCK_BACK: &str = "\u{E1A0}";
/// A bar and a triangle to the left: the beginning.
pub const SKIP_BACK: &str = "\u{E5A4}";
/// A triangle to the right and a bar: the end.
pub const SKIP_FORWARD: &str = "\u{E5A6}";
/// A caret to the right: marks a collapsed item.
pub const CARET_RIGHT: &str = "\u{E13A}";
/// A caret to the left: the one before.
pub const CARET_LEFT: &str = "\u{E138}";
/// Bars of a chart: the Stats page.
pub const CHART_BAR: &str = "\u{E150}";
/// A check mark: success, or a match.
pub const CHECK: &str = "\u{E182}";
/// A half-filled circle: follow the system's theme.
pub const CIRCLE_HALF: &str = "\u{E18C}";
/// Two sheets: copies to the clipboard.
pub const COPY: &str = "\u{E1CA}";
/// A handle to drag by.
pub const DOTS_SIX_VERTICAL: &str = "\u{EAE2}";
/// Three dots: opens a menu of what there is no room for.
pub const DOTS_THREE: &str = "\u{E1FE}";
/// An eraser: clears the capture.
pub const ERASER: &str = "\u{E21E}";
/// A file.
pub const FILE: &str = "\u{E230}";
/// An open folder.
pub const FOLDER_OPEN: &str = "\u{E256}";
/// The logo of the program.
pub const GLASS: &str = "\u{E30C}";
/// The Server page.
pub const HARD_DRIVES: &str = "\u{E2A0}";
/// A notice that is neither a warning nor an error.
pub const INFO: &str = "\u{E2CE}";
/// A keyboard: its shortcuts.
pub const KEYBOARD: &str = "\u{E2D8}";
/// A minus: looks at more.
pub const MINUS: &str = "\u{E32A}";
/// A moon: dark theme.
pub const MOON: &str = "\u{E330}";
/// A palette: the legend of colours.
pub const PALETTE: &str = "\u{E6C8}";
/// Two bars: pauses the view.
pub const PAUSE: &str = "\u{E39E}";
/// A triangle: resumes the view.
pub const PLAY: &str = "\u{E3D0}";
/// A plus: looks closer.
pub const PLUS: &str = "\u{E3D4}";
/// A power button: stops or starts the server.
pub const POWER: &str = "\u{E3DA}";
/// A question mark: opens the help.
pub const QUESTION: &str = "\u{E3E8}";
/// A shield with a check mark: nothing is more open than it has to be.
pub const SHIELD_CHECK: &str = "\u{E40C}";
/// A shield with an exclamation mark: something is open.
pub const SHIELD_WARNING: &str = "\u{E412}";
/// Arrows in a loop: sends again.
pub const REPEAT: &str = "\u{E3F6}";
/// A star: what is saved.
pub const STAR: &str = "\u{E46A}";
/// A sun: light theme.
pub const SUN: &str = "\u{E472}";
/// A warning.
pub const WARNING: &str = "\u{E4E0}";
/// An error.
pub const WARNING_CIRCLE: &str = "\u{E4E2}";
/// The Traffic page.
pub const WAVES: &str = "\u{E6DE}";
/// A cross: close, clear, or no match.
pub const X: &str = "\u{E4F6}";
