//! The desktop run: the release build in a real window on a display of its own, a real browser and
//! raw connections as its clients, the native folder dialog; asserted on what the clients received
//! and on what the window says.
//!
//! `.ci/run` brings what this needs. By hand: `dbus-run-session -- cargo test --release --features
//! inspection --test desktop`; a session bus of its own, so that the dialog does not open elsewhere.
//! `BYTEGLASS_BIN` names another binary to run, `BYTEGLASS_SCREENSHOTS` the folder for the pictures. `-- gateway` at
//! the end runs the parts whose name contains this only: `person`, `pictures`, `entries`, `sizes`, `screens`, `websocket`,
//! `events`, `gateway`, `hostile`, which needs no window. The pictures of `entries` and `sizes` are for looking at: they go
//! to the folder `pictures` in cargo's `target/tmp`.

mod backend;
mod browser;
mod dialog;
mod hands;
mod program;
mod story;
mod tree;
mod window;

use std::{fs, path::PathBuf, time::Instant};

use byteglass::testing::display::Display;

fn main() {
    let begun = Instant::now();
    // Short, for it is typed and shown.
    let folder = tempfile::Builder::new().prefix("byteglass-").tempdir().expect("a folder for the run");
    let pictures = std::env::var_os("BYTEGLASS_SCREENSHOTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    fs::create_dir_all(&pictures).expect("the folder for the pictures can be written");
    let display = Display::start(folder.path());
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let home = |part: &str| folder.path().join(format!("home-{part}"));
    if "person".contains(&wanted) {
        story::tell(&display, &folder.path().join("home"));
    }
    if "pictures".contains(&wanted) {
        story::pictures::take(&display, &home("of-the-pictures"), &pictures);
    }
    // These are looked at, and no part of the repository.
    let looked_at = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&looked_at).expect("the folder for the pictures can be written");
    if "entries".contains(&wanted) {
        story::entries::take(&display, &home("of-the-entries"), &looked_at);
    }
    if "sizes".contains(&wanted) {
        story::sizes::pictures(&home("of-the-sizes"), &looked_at);
    }
    if "screens".contains(&wanted) {
        story::sizes::screens(&home("of-the-screens"));
    }
    if "websocket".contains(&wanted) {
        story::websocket::tell(&display, &home("of-the-websocket"), &pictures);
    }
    if "events".contains(&wanted) {
        story::events::tell(&display, &home("of-the-events"), &pictures);
    }
    if "gateway".contains(&wanted) {
        story::gateway::tell(&display, &home("of-the-gateway"), &pictures);
    }
    if "hostile".contains(&wanted) {
        story::hostile::gets_nothing(&home("of-the-attacked"));
        story::hostile::gets_it_without_the_guard(&home("without-the-guard"));
    }
    println!("desktop run: all of it held, in {:.0} s", begun.elapsed().as_secs_f64());
}
