//! A program that was started here, and that ends with the value that stands for it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use super::deadline::wait_until;

/// Time for a program that was asked to end.
const GOODBYE: Duration = Duration::from_secs(5);
/// Maximum length of the part of a log that is shown when the run fails, in bytes.
const LOG_SHOWN: usize = 3000;

/// A running program. Dropping it ends it; if that is because the run failed, what it wrote to its
/// standard error is printed.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    lines: Receiver<String>,
}

impl Process {
    /// Starts `command`, with its standard error going to a log in `folder`.
    pub fn start(command: &mut Command, folder: &Path) -> Self {
        let program = command.get_program().to_owned();
        let name = Path::new(&program).file_name().unwrap_or(&program).to_string_lossy().into_owned();
        let log = folder.join(format!("{name}.log"));
        let errors = File::create(&log).expect("the run's folder can be written");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let output = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end even if nobody listens: a full pipe would stop the program.
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { name, child, log, lines }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line on its standard output.
    pub fn line(&self, limit: Duration) -> String {
        self.lines.recv_timeout(limit).unwrap_or_else(|error| {
            panic!("{} wrote no further line to its standard output: {error}", self.name)
        })
    }

    /// All that it writes until it ends by itself.
    pub fn output(&mut self, limit: Duration) -> (ExitStatus, String) {
        let status = wait_until(limit, || self.ended())
            .unwrap_or_else(|| panic!("{} does not end within {limit:?}", self.name));
        // The reader ends with the pipe, so this does too.
        let text = self.lines.iter().map(|line| line + "\n").collect();
        (status, text)
    }

    /// The output of the process on standard error.
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Asks it to end as Ctrl-C would. `None`: it did not.
    pub fn interrupt(&mut self) -> Option<ExitStatus> {
        self.signal(if ignores_interrupts() { "TERM" } else { "INT" });
        wait_until(GOODBYE, || self.ended())
    }

    /// Sends it the signal of this name.
    pub fn signal(&self, name: &str) {
        let asked = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "{} cannot be signalled", self.name);
        if name == "STOP" {
            // proc(5): the state is the field after the name; T is "stopped on a signal".
            let stat = || fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
            let stopped = wait_until(GOODBYE, || stat().contains(") T ").then_some(()));
            assert!(stopped.is_some(), "{} does not stop", self.name);
        }
    }

    /// Processor time used so far, in clock ticks of [`TICKS_PER_SECOND`].
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("the program runs");
        // proc(5): the name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
        let after_name = stat.rsplit_once(") ").expect("stat has a name in parentheses").1;
        let mut fields = after_name.split(' ').skip(11);
        let mut next = || fields.next().and_then(|field| field.parse::<u64>().ok()).expect("a number");
        next() + next()
    }

    /// Resident memory, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the program runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("status has VmRSS");
        let kib = line.trim().trim_end_matches(" kB");
        kib.parse::<u64>().expect("a number of KiB") * 1024
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the program is a child of this one")
    }
}

/// The unit of times in `/proc/PID/stat`: `USER_HZ`, which is 100 on every Linux that Debian builds.
pub const TICKS_PER_SECOND: u64 = 100;

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.errors();
            let shown = &log[log.floor_char_boundary(log.len().saturating_sub(LOG_SHOWN))..];
            if !shown.trim().is_empty() {
                eprintln!("--- {} wrote to its standard error:\n{}", self.name, shown.trim_end());
            }
        }
    }
}

/// Runs a program to its end and returns what it printed. `None`: it reported failure.
pub fn run(program: &str, arguments: &[&str], display: &OsStr, folder: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("DISPLAY", display);
    let (status, text) = Process::start(&mut command, folder).output(Duration::from_secs(20));
    status.success().then_some(text)
}

/// Whether SIGINT is ignored here, as in what a script runs in the background. The programs that it starts ignore it too,
/// and what ends them without a terminal is SIGTERM.
fn ignores_interrupts() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The mask has a bit for each signal, from 1; SIGINT is 2.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}
