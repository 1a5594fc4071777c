//! byteglass: parses the command line, and either prints a capture or serves.

mod cli;
mod differ;
mod error;
mod read;
mod running;
mod serve;
mod signals;
#[cfg(feature = "window")]
mod window;

use std::{fmt, io::Write, process::ExitCode};

use clap::Parser;

use cli::{Command, Options};
use error::MainError;

/// What one thread frees is there for the others, and goes back to the system: most of what the server's thread takes is
/// freed by the recorder's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::try_parse().unwrap_or_else(|error| {
        if let Some(second) = cli::second_folder(&error) {
            complain(format!(
                "one folder can be served, and {second:?} is a second one; a name with spaces needs quotes"
            ));
            std::process::exit(2);
        }
        error.exit()
    });
    let done = match &options.command {
        Some(Command::Diff { one, other, format, all, filter }) => {
            return differ::diff([one, other], *format, *all, filter.as_ref());
        }
        Some(Command::Read { file, format, exchange, at: Some(at), side, .. }) => {
            read::replay(file, *format, exchange, *side, *at)
        }
        Some(Command::Read { file, format, exchange, filter, .. }) => {
            read::read(file, *format, exchange, filter.as_ref())
        }
        None => serve::serve(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            // Wrong usage, as clap says it.
            if matches!(error, MainError::Bind(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Says something on standard error. Nobody may be there to read it; the exit code of a failure says it
/// too.
fn complain(message: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "byteglass: {message}");
}
