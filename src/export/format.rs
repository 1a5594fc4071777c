//! The interface of an export format, and what a file of exchanges may lack.

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

    /// The content in a few words without a full stop, for the command line's help.
    fn about(&self) -> &'static str;

    /// The extension of such files, without the dot.
    fn extension(&self) -> &'static str;

    /// The part of the file name before the extension's dot. No two formats have the same suffix and extension.
    fn suffix(&self) -> &'static str {
        ""
    }

    /// The messages of an exchange that are written, in this order.
    fn messages(&self) -> &'static [Direction];

    /// The message whose bytes, and nothing else, are written. `None`: the format writes more, or something else.
    fn raw(&self) -> Option<Direction> {
        None
    }

    /// Whether the output is text, which may go to a terminal.
    fn is_text(&self) -> bool {
        true
    }

    /// Whether passwords, cookies and tokens are replaced. If not, the bytes are those that passed.
    fn replaces_secrets(&self) -> bool {
        false
    }

    /// The clipboard form of the format. `None`: the format is not offered for the clipboard.
    fn clipboard(&self) -> Option<Clipboard> {
        None
    }

    /// Writes the beginning of the file.
    ///
    /// # Errors
    /// Writing to `out` failed.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes an exchange.
    ///
    /// # Errors
    /// Writing to `out` failed; or the format cannot express the exchange, and nothing was written.
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError>;

    /// Writes the end of the file. `comment` says what is missing from the file, for formats with a place for it;
    /// empty: nothing is.
    ///
    /// # Errors
    /// Writing to `out` failed.
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

/// The clipboard form of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clipboard {
    /// The name in the menu: `As curl`.
    pub name: &'static str,
    /// Upper bound on the bytes of both messages. Longer exchanges belong into a file.
    pub bytes_max: u64,
}

/// An exchange that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The facts of the exchange.
    pub facts: &'a Facts,
    /// When the exchange began. `None`: the wall-clock time is not known.
    pub started: Option<SystemTime>,
    /// Number of exchanges that were written before.
    pub index: u64,
    /// Whether this is the only exchange, which then need not be named.
    pub alone: bool,
}

/// Why an exchange was not written.
#[derive(Debug)]
pub enum ExportError {
    /// Writing failed.
    Io(io::Error),
    /// The format cannot express the exchange.
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
    /// This many bytes of the message were not captured.
    Missing(Direction, u64),
    /// Not even the method of the request is known: it was not captured, nobody asked, or it is no HTTP.
    NoRequest,
    /// The request breaks a rule of HTTP.
    Malformed,
    /// The request is not complete.
    Incomplete,
    /// The body of the request has this many bytes, which is too long.
    Long(u64),
    /// The request has this many bytes, which is too long.
    LongRequest(u64),
    /// The body has a content coding that is not known, is damaged, or expands to too much.
    Coded,
}

impl fmt::Display for NotExpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(direction, bytes) => {
                let message = if *direction == Direction::Received { "request" } else { "response" };
                write!(f, "{} of the {message} were not captured", plural(*bytes, "byte"))
            }
            Self::NoRequest => f.write_str("neither a method nor a URL is known of its request"),
            Self::Malformed => f.write_str("the request breaks a rule of HTTP, and curl would not send it"),
            Self::Incomplete => f.write_str("the request is not complete"),
            Self::Coded => f.write_str("the body cannot be decoded"),
            Self::Long(bytes) => write!(f, "a body of {} is too long for a command line", size(*bytes)),
            Self::LongRequest(bytes) => {
                write!(f, "a request of {} is too long for a command line", size(*bytes))
            }
        }
    }
}

impl Error for NotExpressible {}

/// Requested data that is missing from a file. As text: a sentence without its full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Exchanges that the format cannot express. `None`: it can express all.
    pub not_expressible: Option<Inexpressible>,
    /// Bytes of messages that were not captured.
    pub bytes: u64,
    /// Exchanges that are no longer in the capture.
    pub gone: u64,
    /// Exchanges that are on disk and cannot be read from there. `None`: all can.
    pub unreadable: Option<Unreadable>,
    /// Exchanges that do not fit into memory.
    pub too_large: u64,
    /// Number of bytes beyond which messages were cut. `None`: none was cut.
    pub cut_at: Option<u64>,
}

/// Exchanges that cannot be read from disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Number of such exchanges.
    pub exchanges: u64,
    /// Why the first one cannot be read, in plain words.
    pub error: String,
}

/// Exchanges that a format cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inexpressible {
    /// The title of the format.
    pub format: &'static str,
    /// Number of such exchanges.
    pub exchanges: u64,
    /// The first one, and why it cannot be expressed.
    pub first: (ExchangeId, NotExpressible),
}

impl Omitted {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The sentence. `None`: nothing is missing.
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
        // A name, such as HAR 1.2, has no article.
        let a = if format.starts_with(char::is_lowercase) { "a " } else { "" };
        match exchanges {
            1 => write!(f, "exchange {id} cannot be written as {a}{format}: {why}"),
            _ => write!(
                f,
                "{} exchanges cannot be written as {a}{format}, among them exchange {id}: {why}",
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
                Omitted { not_expressible: inexpressible(2), cut_at: Some(64 << 20), ..Omitted::default() },
                "messages longer than 64 MiB were cut; 2 exchanges cannot be written as a curl command, among them exchange 3: the request is not complete",
            ),
        ] {
            assert_eq!(omitted.to_string(), words);
        }
    }
}
