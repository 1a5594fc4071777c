//! The program as a process of its own.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use byteglass::testing::Client;

const BYTEGLASS: &str = env!("CARGO_BIN_EXE_byteglass");

/// byteglass with settings of its own and no display.
pub(crate) fn byteglass(home: &Path) -> Command {
    at_home(Command::new(BYTEGLASS), home)
}

/// byteglass in the same way, with no more than `descriptors`.
pub(crate) fn byteglass_with(descriptors: u32, home: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\""), BYTEGLASS]);
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
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub address: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").expect(&line).trim().to_owned();
        Self { child, stdout, address }
    }

    /// The next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.stdout.read_line(&mut line).unwrap() > 0, "the program ended");
        line
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address.parse().unwrap())
    }

    /// Ctrl-C, and what the program leaves: its exit code, the rest of its output, its errors.
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), output, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}
