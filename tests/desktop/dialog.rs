//! The system's own folder dialog, driven as a person would: by the keyboard.
//!
//! Where no portal answers, rfd asks zenity, whose dialog is GTK's file chooser.

use std::{ffi::OsStr, path::Path, time::Duration};

use crate::{deadline::wait_until, process::run};

/// Time for the dialog to come up, to take the path, or to go away.
const LIMIT: Duration = Duration::from_secs(20);
/// Time after which Enter is pressed once more: the first may only have taken a completion.
const AGAIN: Duration = Duration::from_secs(2);

/// Waits for the dialog, types `chosen` into it and waits until it has gone. `folder`: for logs.
pub fn choose(chosen: &Path, display: &OsStr, folder: &Path) {
    let tool = |arguments: &[&str]| run("xdotool", arguments, display, folder);
    let dialog = || {
        let found = tool(&["search", "--onlyvisible", "--class", "zenity"])?;
        found.lines().next().map(|id| id.trim().to_owned())
    };
    let id = wait_until(LIMIT, dialog).expect("the native folder dialog opens (zenity)");
    tool(&["windowactivate", "--sync", &id]).expect("the folder dialog takes the focus");

    // A slash opens GTK's location entry, which loses keys until it is drawn: what it holds is read
    // back through the selection, and typed again if it is not the path.
    let path = chosen.to_str().expect("the run's folder is named in UTF-8");
    tool(&["key", "slash"]).expect("a key can be pressed");
    let typed = wait_until(LIMIT, || {
        tool(&["key", "ctrl+a"])?;
        tool(&["type", "--delay", "10", path])?;
        tool(&["key", "ctrl+a"])?;
        let held = run("xclip", &["-out", "-selection", "primary"], display, folder)?;
        // GTK completes the name of a folder with a slash.
        (held.trim_end().trim_end_matches('/') == path).then_some(())
    });
    typed.expect("the folder dialog takes a typed path");

    tool(&["key", "End"]).expect("a key can be pressed");
    let gone = || dialog().is_none().then_some(());
    let closed = (0..5).any(|_| {
        tool(&["key", "Return"]).expect("a key can be pressed");
        wait_until(AGAIN, gone).is_some()
    });
    assert!(closed, "the folder dialog does not close over {path}");
}
