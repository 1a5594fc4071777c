//! byteglass as a person has it: started, with its window open, in a home of its own.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use byteglass::testing::{
    Client,
    deadline::{let_pass, wait_until},
    display::Display,
    process::{Process, TICKS_PER_SECOND},
};

use crate::window::Window;

/// Time for a start, on a busy machine that draws in software.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A running byteglass.
pub(crate) struct Program {
    pub window: Window,
    process: Process,
    pub address: SocketAddr,
    /// From the start of the process to its first line of output.
    pub listening_after: Duration,
    /// From the start of the process to a window that says something.
    pub open_after: Duration,
}

impl Program {
    /// Starts the release build and waits for its window. Nothing of the user's is read or written.
    pub(crate) fn start(display: &Display, home: &Path, arguments: &[&OsStr]) -> Self {
        let built = env!("CARGO_BIN_EXE_byteglass");
        let mut command = Command::new(std::env::var_os("BYTEGLASS_BIN").unwrap_or_else(|| built.into()));
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_RUNTIME_DIR", ".runtime"),
        ] {
            let folder = home.join(folder);
            fs::create_dir_all(&folder).expect("the run's folder can be written");
            command.env(name, folder);
        }
        let (inspection, anywhere) = Window::ENVIRONMENT;
        command.args(arguments).env(inspection, anywhere);
        command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        // A graphics card may not be there; and the dialog shall not start a screen reader's bus.
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");

        let begun = Instant::now();
        let process = Process::start(&mut command, home);
        let first = process.line(LIMIT);
        let listening_after = begun.elapsed();
        let address = first.strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("the first line says where it listens, not {first:?}"));
        let mut window = Window::attach(&process, address, LIMIT);
        window.wait_for_text("byteglass");
        let open_after = begun.elapsed();
        Self { window, process, address, listening_after, open_after }
    }

    /// `http://ADDR:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// The part of one processor core that it uses while `time` passes. Nobody asks it anything
    /// meanwhile, for each look at the window costs a frame.
    pub(crate) fn processor_share(&mut self, time: Duration) -> f64 {
        self.calm();
        let (before, begun) = (self.process.ticks(), Instant::now());
        let_pass(time);
        let (ticks, passed) = (self.process.ticks() - before, begun.elapsed());
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let used_secs = ticks as f64 / TICKS_PER_SECOND as f64;
        used_secs / passed.as_secs_f64()
    }

    /// Waits until it has nothing left to do: figures that run out, such as requests per second.
    fn calm(&mut self) {
        self.window.settle();
        let calm = wait_until(LIMIT, || {
            let before = self.process.ticks();
            let_pass(Duration::from_secs(1));
            (self.process.ticks() - before <= 1).then_some(())
        });
        assert!(calm.is_some(), "the program does not come to rest within {LIMIT:?}");
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        self.process.resident_bytes()
    }

    /// Ends it as Ctrl-C in its terminal does.
    pub(crate) fn end(mut self) {
        let status = self.process.interrupt().expect("byteglass ends on Ctrl-C");
        assert!(status.success(), "byteglass ends with 0 on Ctrl-C, not with {status}");
    }
}
