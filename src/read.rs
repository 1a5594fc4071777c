//! Prints a capture that is in a file.

use std::{
    fs::{self, File},
    hash::{BuildHasher as _, RandomState},
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use byteglass::{
    base::{files::private_file, stream::ExchangeId},
    terminal::{self, ReadError},
};

use super::{cli::ReadFormat, complain, error::MainError};

/// Prints a capture that is in a file; with `only`, these exchanges of it.
pub(crate) fn read(file: &Path, format: ReadFormat, only: &[ExchangeId]) -> Result<(), MainError> {
    let stdout = io::stdout();
    let seen = stdout.is_terminal();
    if let ReadFormat::Export(export) = format
        && seen
        && !export.is_text()
    {
        // Control bytes of a stranger could change what the terminal does.
        return Err(MainError::BytesToTerminal);
    }
    let spooled =
        Spooled::of(file).map_err(|error| MainError::Read(ReadError::File(file.to_owned(), error)))?;
    let file = spooled.as_ref().map_or(file, |spooled| &spooled.0);
    let mut out = io::BufWriter::new(stdout.lock());
    let format = match format {
        ReadFormat::Events(format) => format,
        ReadFormat::Export(format) => {
            if let Some(but) = terminal::read_as(file, only, format, &mut out).map_err(MainError::Read)? {
                complain(but);
            }
            return Ok(());
        }
    };
    let colour = seen && std::env::var_os("NO_COLOR").is_none();
    terminal::read(file, only, terminal::Options { format, quiet: false, colour }, &mut out)
        .map_err(MainError::Read)
}

/// A copy of what comes through a pipe, which can be read once only: what kind of capture it is stands at its
/// beginning, and is looked at first. Dropping it removes the file.
struct Spooled(PathBuf);

impl Spooled {
    /// `None`: the path is that of an ordinary file.
    fn of(path: &Path) -> io::Result<Option<Self>> {
        let mut source = File::open(path)?;
        if source.metadata()?.is_file() {
            return Ok(None);
        }
        // A name that nobody can guess.
        let name = format!("byteglass-{:016x}.capture", RandomState::new().hash_one(std::process::id()));
        let spooled = Self(std::env::temp_dir().join(name));
        io::copy(&mut source, &mut private_file(&spooled.0)?)?;
        Ok(Some(spooled))
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // It is in a folder that the system clears up.
        let _ = fs::remove_file(&self.0);
    }
}
