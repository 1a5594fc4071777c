//! Prints a capture that is in a file.

use std::{
    io::{self, IsTerminal},
    path::Path,
};

use byteglass::{base::stream::ExchangeId, explain::replay::Side, filter::Filter, terminal};

use super::{cli::ReadFormat, complain, error::MainError};

/// Prints a capture that is in a file; with `only`, these exchanges of it; with a filter, those that pass.
pub(crate) fn read(
    file: &Path,
    format: ReadFormat,
    only: &[ExchangeId],
    filter: Option<&Filter>,
) -> Result<(), MainError> {
    let which = terminal::Which { only, filter };
    let stdout = io::stdout();
    let seen = stdout.is_terminal();
    if let ReadFormat::Export(export) = format
        && seen
        && !export.is_text()
    {
        // Control bytes of a stranger could change what the terminal does.
        return Err(MainError::BytesToTerminal);
    }
    let mut out = io::BufWriter::new(stdout.lock());
    let format = match format {
        ReadFormat::Events(format) => format,
        ReadFormat::Export(format) => {
            if let Some(but) = terminal::read_as(file, which, format, &mut out).map_err(MainError::Read)? {
                complain(but);
            }
            return Ok(());
        }
    };
    let colour = seen && std::env::var_os("NO_COLOR").is_none();
    let options = terminal::Options { format, quiet: false, colour };
    if let Some(unread) = terminal::read(file, which, options, &mut out).map_err(MainError::Read)? {
        complain(unread);
    }
    Ok(())
}

/// Prints a message of one exchange as it was after so many of its bytes.
pub(crate) fn replay(
    file: &Path,
    format: ReadFormat,
    only: &[ExchangeId],
    side: Side,
    at: u64,
) -> Result<(), MainError> {
    let (ReadFormat::Events(format), [exchange]) = (format, only) else { return Err(MainError::PlaceOfOne) };
    let stdout = io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let options = terminal::Options { format, quiet: false, colour };
    let place = terminal::Place { exchange: *exchange, side, at };
    let mut out = io::BufWriter::new(stdout.lock());
    if let Some(unread) = terminal::replay(file, place, options, &mut out).map_err(MainError::Read)? {
        complain(unread);
    }
    Ok(())
}
