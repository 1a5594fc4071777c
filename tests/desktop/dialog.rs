//! The system's own folder dialog, driven as a person would: by the keyboard.
//!
//! Where no portal answers, rfd asks zenity, whose dialog is GTK's file chooser.

use std::{path::Path, time::Duration};

use byteglass::testing::deadline::wait_until;

use crate::hands::Hands;

const CLASS: &str = "zenity";
/// Time for the dialog to take the path.
const LIMIT: Duration = Duration::from_secs(20);
/// Time after which Enter is pressed once more: the first may only have taken a completion.
const AGAIN: Duration = Duration::from_secs(2);

/// Waits for the dialog, types `chosen` into it and waits until it has gone.
pub(crate) fn choose(chosen: &Path, hands: &Hands) {
    hands.take_up(CLASS);
    // A slash opens GTK's location entry, which loses keys until it is drawn: what it holds is read
    // back through the selection, and typed again if it is not the path.
    let path = chosen.to_str().expect("the run's folder is named in UTF-8");
    hands.key("slash");
    let typed = wait_until(LIMIT, || {
        hands.key("ctrl+a");
        hands.write(path);
        hands.key("ctrl+a");
        // GTK completes the name of a folder with a slash.
        let held = hands.selected()?;
        (held.trim_end().trim_end_matches('/') == path).then_some(())
    });
    typed.expect("the folder dialog takes a typed path");

    hands.key("End");
    let gone = || hands.window(CLASS).is_none().then_some(());
    let closed = (0..5).any(|_| {
        hands.key("Return");
        wait_until(AGAIN, gone).is_some()
    });
    assert!(closed, "the folder dialog does not close over {path}");
}
