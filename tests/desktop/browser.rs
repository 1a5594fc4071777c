//! A real browser: headless Chromium.

use std::{path::Path, process::Command, time::Duration};

use byteglass::testing::process::Process;

/// Time for a start, a page with all that it names, and an end. The first start on a machine is slow.
const LIMIT: Duration = Duration::from_mins(2);

/// The document at `url` as Chromium has it once it is loaded and its scripts have run.
pub(crate) fn dom(url: &str, folder: &Path) -> String {
    dom_with(url, folder, &[])
}

/// The document at `url` as a Chromium with more options has it.
pub(crate) fn dom_with(url: &str, folder: &Path, options: &[&str]) -> String {
    // A profile of its own, so that nothing comes from a cache.
    let profile = tempfile::tempdir_in(folder).expect("the run's folder can be written");
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]);
    command.args(options).arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    command.env("HOME", folder).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.env("XDG_CONFIG_HOME", folder.join("config")).env("XDG_CACHE_HOME", folder.join("cache"));
    let (status, dom) = Process::start(&mut command, folder).output(LIMIT);
    assert!(status.success(), "chromium ended with {status} instead of a document");
    dom
}
