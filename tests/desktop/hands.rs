//! Real keys and a real pointer, through the display: what no window can tell from a person.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use byteglass::testing::{deadline::wait_until, process::run};
use eframe::egui::Pos2;

/// Time for a window to come up.
const LIMIT: Duration = Duration::from_secs(20);

/// A keyboard and a pointer.
pub(crate) struct Hands {
    display: OsString,
    /// Where the tools' logs go.
    folder: PathBuf,
}

impl Hands {
    pub(crate) fn at(display: &OsStr, folder: &Path) -> Self {
        Self { display: display.to_owned(), folder: folder.to_owned() }
    }

    /// The window of this class that is on the screen now. `None`: there is none.
    pub(crate) fn window(&self, class: &str) -> Option<String> {
        let found = self.tool(&["search", "--onlyvisible", "--class", class])?;
        found.lines().next().map(|id| id.trim().to_owned())
    }

    /// Waits for the window of this class and gives it the keyboard. Returns its number.
    pub(crate) fn take_up(&self, class: &str) -> String {
        let id = wait_until(LIMIT, || self.window(class));
        let id = id.unwrap_or_else(|| panic!("no window of class {class} within {LIMIT:?}"));
        self.tool(&["windowactivate", "--sync", &id]).expect("the window manager gives it the focus");
        id
    }

    /// Presses a key, such as `Return` or `ctrl+a`.
    pub(crate) fn key(&self, key: &str) {
        self.tool(&["key", key]).expect("a key can be pressed");
    }

    pub(crate) fn write(&self, text: &str) {
        self.tool(&["type", "--delay", "10", text]).expect("a text can be typed");
    }

    /// Clicks at a point of a window, in points of its inside, and takes the pointer away again.
    pub(crate) fn click(&self, window: &str, at: Pos2) {
        let (x, y) = (format!("{:.0}", at.x), format!("{:.0}", at.y));
        self.tool(&["mousemove", "--window", window, &x, &y, "click", "1"]).expect("the pointer can click");
        self.tool(&["mousemove", "0", "0"]).expect("the pointer can move");
    }

    /// Where the inside of a window is on the screen, and how large: left, top, width, height.
    pub(crate) fn place(&self, window: &str) -> Option<[i32; 4]> {
        let said = self.tool(&["getwindowgeometry", "--shell", window])?;
        let number = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Some([number("X=")?, number("Y=")?, number("WIDTH=")?, number("HEIGHT=")?])
    }

    /// Clicks so often at the bar that the window manager puts above a window at this place, of which xdotool counts the
    /// height twice.
    pub(crate) fn click_title(&self, [x, y, width, _]: [i32; 4], times: u32) {
        let (x, y, times) = ((x + width / 2).to_string(), (y - 30).max(4).to_string(), times.to_string());
        let click = ["mousemove", &x, &y, "click", "--repeat", &times, "--delay", "60", "1"];
        self.tool(&click).expect("the pointer can click");
        self.tool(&["mousemove", "0", "0"]).expect("the pointer can move");
    }

    /// The title of a window.
    pub(crate) fn title(&self, window: &str) -> Option<String> {
        self.tool(&["getwindowname", window]).map(|title| title.trim().to_owned())
    }

    /// What is selected on the display. `None`: nothing is.
    pub(crate) fn selected(&self) -> Option<String> {
        run("xclip", &["-out", "-selection", "primary"], &self.display, &self.folder)
    }

    fn tool(&self, arguments: &[&str]) -> Option<String> {
        run("xdotool", arguments, &self.display, &self.folder)
    }
}
