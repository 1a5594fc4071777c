//! A display of our own, with a window manager, so that nothing depends on where the run happens.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::Command,
    time::Duration,
};

use super::{deadline::wait_until, process::Process};

/// Width and height of the usual screen: larger than the window, for its frame.
const SCREEN: (u32, u32) = (1600, 1000);
/// Time for either program to be ready.
const LIMIT: Duration = Duration::from_secs(20);

/// Xvfb and openbox.
pub struct Display {
    // Dropped in this order: the window manager before the display.
    _manager: Process,
    _server: Process,
    name: OsString,
}

impl Display {
    /// Starts both and waits until windows are managed.
    pub fn start(folder: &Path) -> Self {
        Self::of_size(folder, SCREEN.0, SCREEN.1)
    }

    /// Starts both with a screen of this size in pixels.
    pub fn of_size(folder: &Path, width: u32, height: u32) -> Self {
        let screen = format!("{width}x{height}x24");
        let mut command = Command::new("Xvfb");
        // The server picks a free display itself and says which, once it takes clients.
        command.args(["-displayfd", "1", "-screen", "0", &screen, "-dpi", "96", "-nolisten", "tcp"]);
        let server = Process::start(&mut command, folder);
        let name = OsString::from(format!(":{}", server.line(LIMIT).trim()));

        let ready = folder.join("openbox-ready");
        let mut command = Command::new("openbox");
        command.arg("--sm-disable").arg("--startup").arg(format!("touch {}", ready.display()));
        command.env("DISPLAY", &name).env("HOME", folder).env("XDG_CONFIG_HOME", folder.join("config"));
        command.env("XDG_CACHE_HOME", folder.join("cache")).env("XDG_DATA_HOME", folder.join("data"));
        let manager = Process::start(&mut command, folder);
        wait_until(LIMIT, || ready.exists().then_some(())).expect("openbox says that it runs");
        Self { _manager: manager, _server: server, name }
    }

    /// For `DISPLAY`.
    pub fn name(&self) -> &OsStr {
        &self.name
    }
}
