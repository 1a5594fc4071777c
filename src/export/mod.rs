//! Writes exchanges in the formats of other programs, to a file or for the clipboard. Each format has a file of its own
//! and a line in [`FORMATS`].
//!
//! Nothing is left out silently: [`Omitted`] has what is missing, and so does the file if the format has a place for
//! it.

mod arrays;
mod body;
mod curl;
mod dump;
mod events;
mod format;
mod har;
mod message;
mod netcat;
mod raw;
mod secrets;

use std::{
    io::{self, Write},
    time::SystemTime,
};

use crate::{base::stream::Direction, explain::Facts, store::model::Detail, words::shortened};
pub use format::{Clipboard, Entry, ExportError, Format, Inexpressible, NotExpressible, Omitted, Unreadable};
pub use message::{Piece, missing, pieces, pieces_of, range, raw};
use secrets::Secrets;

/// All formats, in the order in which they are offered.
pub static FORMATS: &[&dyn Format] = &[
    &har::Har(Secrets::Replaced),
    &har::Har(Secrets::Kept),
    &curl::Curl(Secrets::Replaced),
    &curl::Curl(Secrets::Kept),
    &netcat::Netcat,
    &raw::Request,
    &raw::Response,
    &body::Body { direction: Direction::Received, is_decoded: false },
    &body::Body { direction: Direction::Received, is_decoded: true },
    &body::Body { direction: Direction::Sent, is_decoded: false },
    &body::Body { direction: Direction::Sent, is_decoded: true },
    &arrays::C,
    &arrays::Rust,
    &dump::Dump,
    &events::Events,
];

/// The format with this key. `None`: there is none.
#[must_use]
pub fn format(key: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.key() == key)
}

/// A file of exchanges that is being written.
#[derive(Debug)]
pub struct Export<W> {
    format: &'static dyn Format,
    out: W,
    written: u64,
    omitted: Omitted,
}

/// The result of writing a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Number of exchanges in the file.
    pub written: u64,
    /// The data that is missing from the file.
    pub omitted: Omitted,
}

impl<W: Write> Export<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn begin(format: &'static dyn Format, mut out: W) -> io::Result<Self> {
        format.begin(&mut out)?;
        Ok(Self { format, out, written: 0, omitted: Omitted::default() })
    }

    /// Adds an exchange, which began at `started`. `None`: the wall-clock time is not known.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn add(&mut self, facts: &Facts, started: Option<SystemTime>) -> io::Result<()> {
        let entry = Entry { facts, started, index: self.written, alone: false };
        match self.format.add(&mut self.out, &entry) {
            Ok(()) => {}
            Err(ExportError::Io(error)) => return Err(error),
            Err(ExportError::NotExpressible(why)) => {
                let first = (facts.detail.exchange.id, why);
                let format = self.format.title();
                let none = Inexpressible { format, exchanges: 0, first };
                self.omitted.not_expressible.get_or_insert(none).exchanges += 1;
                return Ok(());
            }
        }
        let messages = self.format.messages().iter();
        self.omitted.bytes += messages.map(|direction| missing(&facts.detail, *direction)).sum::<u64>();
        self.written += 1;
        Ok(())
    }

    /// Adds an exchange whose facts were not found out yet, as [`Self::add`] does.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn add_detail(&mut self, detail: Detail, started: Option<SystemTime>) -> io::Result<()> {
        self.add(&Facts::new(detail), started)
    }

    /// Adds an exchange whose bytes `write` writes. It returns how many were not captured.
    ///
    /// # Errors
    /// `write` failed.
    pub fn add_bytes(&mut self, write: impl FnOnce(&mut W) -> io::Result<u64>) -> io::Result<()> {
        self.omitted.bytes += write(&mut self.out)?;
        self.written += 1;
        Ok(())
    }

    /// Ends the file. `comment` says what is missing from it, for formats with a place for that; empty: nothing is.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn end(mut self, comment: &str) -> io::Result<Ended> {
        let left_out = self.omitted.not_expressible.as_ref().map(ToString::to_string);
        let said: Vec<&str> = [comment, left_out.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|said| !said.is_empty())
            .collect();
        self.format.end(&mut self.out, &said.join("; "))?;
        self.out.flush()?;
        Ok(Ended { written: self.written, omitted: self.omitted })
    }
}

/// A single exchange as text, for the clipboard. Bytes that are not UTF-8 are replaced.
///
/// # Errors
/// The format cannot express the exchange.
pub fn text(format: &dyn Format, facts: &Facts) -> Result<String, NotExpressible> {
    let mut out = Vec::new();
    match format.add(&mut out, &Entry { facts, started: None, index: 0, alone: true }) {
        Err(ExportError::NotExpressible(why)) => Err(why),
        // Writing to memory does not fail.
        Ok(()) | Err(ExportError::Io(_)) => Ok(String::from_utf8_lossy(&out).into_owned()),
    }
}

/// Names an exchange on one line: `Exchange 2: POST /api/echo, answered 200`.
fn title(detail: &Detail) -> String {
    title_with(detail, Secrets::Kept)
}

/// As [`title`], without the secrets in the target if they are replaced.
fn title_with(detail: &Detail, secrets: Secrets) -> String {
    let exchange = &detail.exchange;
    let target = secrets.target(&exchange.target);
    let target = shortened(&target, 100);
    let asked = match (&*exchange.method, &*target) {
        ("", _) => "a request that cannot be read".to_owned(),
        (method, "") => method.to_owned(),
        (method, target) => format!("{method} {target}"),
    };
    let answered =
        exchange.status.map_or_else(|| "not answered".to_owned(), |status| format!("answered {}", status.0));
    format!(
        "Exchange {}: {asked}, {answered} (connection {}, message {}).",
        exchange.id, exchange.conn, exchange.number
    )
}

/// Writes an empty line between two exchanges.
fn blank_line(out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    if entry.index == 0 { Ok(()) } else { out.write_all(b"\n") }
}

#[cfg(test)]
mod tests;
