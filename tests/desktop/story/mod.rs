//! What happens in the run, in its order.

mod browsing;
mod captures;
pub(crate) mod entries;
pub(crate) mod events;
mod folder;
pub(crate) mod gateway;
pub(crate) mod hostile;
mod opening;
pub(crate) mod pictures;
mod problems;
mod server;
pub(crate) mod sizes;
pub(crate) mod websocket;

use std::{path::Path, time::Instant};

use byteglass::testing::display::Display;

/// Inner size of the window in points, as in the mock-ups.
pub(crate) const WINDOW: (u32, u32) = (1440, 900);

/// The first part: one program, from its first start to its second.
pub(crate) fn tell(display: &Display, home: &Path) {
    let mut program =
        step("the window opens within seconds, on what to do first", || opening::open(display, home));
    step("an idle window costs next to nothing", || opening::idle(&mut program));
    step("a browser loads the welcome site, and the window shows how", || {
        browsing::welcome_site(&mut program, home);
    });
    step("every tab says what happened to the request for the page", || browsing::tabs(&mut program));
    step("a malformed request is a row with its rule", || problems::malformed(&mut program));
    let slow = step("a half-arrived request is a row", || problems::half_arrived(&mut program));
    step("another folder is chosen in the native dialog", || {
        folder::choose_another(&mut program, display, home);
    });
    drop(slow);
    step("the capture is saved in the native dialog, opened again and left", || {
        captures::save_and_open(&mut program, display, home);
    });
    step("keys and pointer reach the window", || opening::by_hand(&mut program, display, home));
    step("a middleware is switched on", || server::switch_cors_on(&mut program));
    step("a guard is changed", || server::shorten_targets(&mut program));
    step("the server is stopped and started", || server::stop_and_start(&mut program));
    step("a busy port leaves the old one; a free one is moved to", || server::change_port(&mut program));
    step("a window with rows in it costs next to nothing", || opening::idle(&mut program));
    let program =
        step("Ctrl-C ends it; the next start remembers", || folder::restart(program, display, home));
    program.end();
}

/// Says what is about to happen, so that a failure stands below it.
fn step<T>(what: &str, act: impl FnOnce() -> T) -> T {
    println!("- {what}");
    let begun = Instant::now();
    let result = act();
    println!("  held, {:.1} s", begun.elapsed().as_secs_f64());
    result
}
