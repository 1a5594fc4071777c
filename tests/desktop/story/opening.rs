//! The first seconds.

use std::{ffi::OsStr, path::Path, time::Duration};

use byteglass::testing::display::Display;

use crate::{hands::Hands, program::Program};

/// Most time from the start to a window that says something. The aim is a second; drawing in
/// software on a busy machine takes longer.
const OPEN: Duration = Duration::from_secs(5);
/// How long idleness is measured.
const IDLE: Duration = Duration::from_secs(5);
/// Most of one processor core that an idle window may use: 1 %.
const IDLE_SHARE: f64 = 0.01;

pub(super) fn open(display: &Display, home: &Path) -> Program {
    let mut program = Program::start(display, home, &[OsStr::new("--port"), OsStr::new("0")]);
    let (listening, open) = (program.listening_after, program.open_after);
    println!("  listening after {listening:.1?}, window after {open:.1?}");
    assert!(open < OPEN, "the window opens within {OPEN:?}, not {open:?}");
    program.window.resize(super::WINDOW.0, super::WINDOW.1);

    let window = &mut program.window;
    window.wait_for_text("Listening");
    window.wait_for_text("the welcome site");
    // The empty state: the address, a button that opens it, a line for the terminal.
    window.wait_for_text("Nothing has arrived yet");
    let url = format!("http://{}", program.address);
    window.wait("the address", |tree| tree.nodes.iter().any(|node| node.name == url).then_some(()));
    window.wait("a button that opens it", |tree| tree.button("Open in browser").map(drop));
    window.wait_for_text(&format!("curl -i {url}/"));
    program
}

/// What was done so far through the inspection protocol, done with the hands of the display.
pub(super) fn by_hand(program: &mut Program, display: &Display, home: &Path) {
    let hands = Hands::at(display.name(), home);
    let id = hands.take_up("byteglass");
    let window = &mut program.window;
    let mut wait_for_page = |name: &str| {
        window.wait(&format!("the page {name:?} in front"), |tree| {
            tree.button(name).filter(|item| item.on == Some(true)).cloned()
        })
    };
    wait_for_page("Traffic");
    hands.key("ctrl+2");
    wait_for_page("Server");
    let rail = window.wait("the way back", |tree| tree.button("Traffic").and_then(|item| item.rect));
    hands.click(&id, rail.center());
    window.wait("the page \"Traffic\" in front", |tree| {
        tree.button("Traffic").filter(|item| item.on == Some(true)).map(drop)
    });
}

pub(super) fn idle(program: &mut Program) {
    let share = program.processor_share(IDLE);
    println!(
        "  {:.1} % of one core over {IDLE:?}, {:.0} MB resident",
        share * 100.0,
        megabytes(program.resident_bytes())
    );
    assert!(share < IDLE_SHARE, "an idle window uses {:.1} % of one core", share * 100.0);
}

#[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
