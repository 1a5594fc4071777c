//! What every format has to say of itself, and what a file of exchanges may lack.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    time::SystemTime,
};

use crate::{
    base::stream::{Direction, ExchangeId},
    explain::Facts,
    words::{count, plural, size},
};

/// A format in which exchanges are written.
pub trait Format: Sync {
    /// The stable name, on the command line: `har`.
    fn key(&self) -> &'static str;

    /// The name in menus and dialogs: `HAR 1.2`.
    fn title(&self) -> &'static str;

    /// What is written, in a few words without a full stop, for the help of the command line.
    fn about(&self) -> &'static str;

    /// The end of the names of such files, without its dot.
    fn extension(&self) -> &'static str;

    /// What stands before the extension in the names of such files. Together with the extension no two formats
    /// have the same.
    fn suffix(&self) -> &'static str {
        ""
    }

    /// The messages of an exchange that are written, in this order.
    fn messages(&self) -> &'static [Direction];

    /// Whether only text is written, which a terminal may show.
    fn is_text(&self) -> bool {
        true
    }

    /// How the format is offered where exchanges are copied. `None`: it is not.
    fn clipboard(&self) -> Option<Clipboard> {
        None
    }

    /// Writes what stands before the first exchange.
    ///
    /// # Errors
    /// `out` does not take it.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes an exchange.
    ///
    /// # Errors
    /// `out` does not take it; or the exchange cannot be written in this format, and nothing was written.
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError>;

    /// Writes what stands after the last exchange. `comment` says what is missing as a whole, where the format
    /// has a place for that; empty: nothing is.
    ///
    /// # Errors
    /// `out` does not take it.
    fn end(&self, _out: &mut dyn Write, _comment: &str) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.key())
    }
}

impl PartialEq for dyn Format {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for dyn Format {}

/// How a format is offered where exchanges are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clipboard {
    /// The name in the menu: `As curl`.
    pub name: &'static str,
    /// The most bytes of both messages that are copied. More belong into a file.
    pub bytes_max: u64,
}

/// An exchange that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What is known of the exchange.
    pub facts: &'a Facts,
    /// When it began. `None`: the wall-clock time is not known.
    pub started: Option<SystemTime>,
    /// How many exchanges were written before it.
    pub index: u64,
    /// Whether nothing else is written, so that the exchange need not be named.
    pub alone: bool,
}

/// Why an exchange was not written.
#[derive(Debug)]
pub enum ExportError {
    /// The output does not take it.
    Io(io::Error),
    /// The format cannot express it.
    NotExpressible(NotExpressible),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotExpressible(why) => why.fmt(f),
        }
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::NotExpressible(why) => Some(why),
        }
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<NotExpressible> for ExportError {
    fn from(why: NotExpressible) -> Self {
        Self::NotExpressible(why)
    }
}

/// Why a format cannot express an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotExpressible {
    /// This many bytes of the request were not captured.
    Missing(u64),
    /// The request breaks a rule of HTTP.
    Malformed,
    /// The request is not complete.
    Incomplete,
    /// The body of the request has this many bytes, which is too long.
    Long(u64),
}

impl fmt::Display for NotExpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(bytes) => {
                write!(f, "{} of the request were not captured", plural(*bytes, "byte"))
            }
            Self::Malformed => f.write_str("the request breaks a rule of HTTP, and curl would not send it"),
            Self::Incomplete => f.write_str("the request is not complete"),
            Self::Long(bytes) => write!(f, "a body of {} is too long for a command line", size(*bytes)),
        }
    }
}

impl Error for NotExpressible {}

/// What is not in a file though it was asked for. Its words are a sentence without its full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Exchanges that the format cannot express.
    pub not_expressible: Option<Inexpressible>,
    /// Bytes of messages that were not captured.
    pub bytes: u64,
    /// Exchanges that are no longer in the capture.
    pub gone: u64,
    /// Exchanges that are on disk and cannot be read from there. `None`: all can.
    pub unreadable: Option<Unreadable>,
    /// Exchanges that do not fit into memory.
    pub too_large: u64,
    /// Messages longer than this were cut, in bytes. `None`: none was.
    pub cut_at: Option<u64>,
}

/// Exchanges that cannot be read from disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// How many exchanges there are.
    pub exchanges: u64,
    /// Why the first of them cannot be read, in plain words.
    pub error: String,
}

/// Exchanges that a format cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inexpressible {
    /// The title of the format.
    pub format: &'static str,
    /// How many exchanges there are.
    pub exchanges: u64,
    /// The first of them, and why it cannot be expressed.
    pub first: (ExchangeId, NotExpressible),
}

impl Omitted {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The words. `None`: nothing is missing.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.to_string())
    }
}

impl fmt::Display for Omitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchanges = |count, one: &str, several: &str| {
            let are = if count == 1 { one } else { several };
            (count > 0).then(|| format!("{} {are}", plural(count, "exchange")))
        };
        let unreadable = self.unreadable.as_ref().map(|Unreadable { exchanges, error }| {
            format!("{} could not be read from disk: {error}", plural(*exchanges, "exchange"))
        });
        let parts = [
            unreadable,
            exchanges(
                self.gone,
                "is no longer in the capture and is missing from this file",
                "are no longer in the capture and are missing from this file",
            ),
            exchanges(
                self.too_large,
                "was skipped because it does not fit into memory",
                "were skipped because they do not fit into memory",
            ),
            self.cut_at.map(|bytes| format!("messages longer than {} were cut", size(bytes))),
            self.not_expressible.as_ref().map(Inexpressible::to_string),
            (self.bytes > 0).then(|| match self.bytes {
                1 => "1 byte was not captured and is missing from this file".to_owned(),
                bytes => {
                    format!("{} were not captured and are missing from this file", plural(bytes, "byte"))
                }
            }),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { format, exchanges, first: (id, why) } = self;
        match exchanges {
            1 => write!(f, "exchange {id} cannot be written as a {format}: {why}"),
            _ => write!(
                f,
                "{} exchanges cannot be written as a {format}, among them exchange {id}: {why}",
                count(*exchanges)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_sentence() {
        assert_eq!(Omitted::default().words(), None);
        let first = (ExchangeId::nth(3), NotExpressible::Incomplete);
        let inexpressible = |exchanges| Some(Inexpressible { format: "curl command", exchanges, first });
        for (omitted, words) in [
            (
                Omitted { bytes: 12, ..Omitted::default() },
                "12 bytes were not captured and are missing from this file",
            ),
            (
                Omitted { too_large: 5, not_expressible: inexpressible(1), ..Omitted::default() },
                "5 exchanges were skipped because they do not fit into memory; exchange 3 cannot be written as a curl command: the request is not complete",
            ),
            (
                Omitted { not_expressible: inexpressible(2), cut_at: Some(64_000_000), ..Omitted::default() },
                "messages longer than 64 MB were cut; 2 exchanges cannot be written as a curl command, among them exchange 3: the request is not complete",
            ),
        ] {
            assert_eq!(omitted.to_string(), words);
        }
    }
}
