//! The program as a process of its own.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use byteglass::testing::{Client, PATIENCE, ScratchFolder, process::Process};

const BYTEGLASS: &str = env!("CARGO_BIN_EXE_byteglass");

/// byteglass with settings of its own and no display.
pub(crate) fn byteglass(home: &Path) -> Command {
    at_home(Command::new(BYTEGLASS), home)
}

/// byteglass in the same way, started by a shell after `before`: `ulimit -n 64`.
pub(crate) fn byteglass_after(before: &str, home: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" \"$@\""), BYTEGLASS]);
    at_home(command, home)
}

fn at_home(mut command: Command, home: &Path) -> Command {
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null());
    command
}

/// A running program that is ended when the test is over.
pub(crate) struct Running {
    process: Process,
    pub address: String,
    _logs: ScratchFolder,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let logs = ScratchFolder::new();
        let process = Process::start(command, logs.path());
        let line = process.line(PATIENCE);
        let address = line.strip_prefix("listening on http://").expect(&line).to_owned();
        Self { process, address, _logs: logs }
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> String {
        self.process.line(PATIENCE)
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address.parse().unwrap())
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal: `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        self.process.resident_bytes()
    }

    /// Ctrl-C, and what the program leaves: its exit code, the rest of its output, its errors.
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String, String) {
        assert!(self.process.interrupt().is_some(), "it does not end");
        let (status, output) = self.process.output(PATIENCE);
        (status.code(), output, self.process.errors())
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}
