//! Errors of printing a capture file.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::{base::stream::ExchangeId, explain::replay::Side, export::Omitted, pcap, session, words::plural};

/// Why a capture file cannot be printed, or only in part.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be opened or read.
    File(PathBuf, io::Error),
    /// A session file can be read only up to this point.
    Session(PathBuf, session::Stop),
    /// A packet capture can be read only up to this point.
    Packets(PathBuf, pcap::file::Stop),
    /// A packet capture was read to its end, and nothing of HTTP/1 is in it, for this reason.
    Nothing(PathBuf, String),
    /// The file does not contain a requested exchange.
    NoExchange {
        /// The file.
        path: PathBuf,
        /// The requested number.
        asked: ExchangeId,
        /// The largest number in the file. `None`: the file has no exchanges.
        last: Option<ExchangeId>,
    },
    /// The exchange has nothing to replay: the side was not begun, or its first bytes are missing.
    NothingToReplay(Side),
    /// The message ends before the requested place.
    NoPlace {
        /// The side.
        side: Side,
        /// The requested number of bytes.
        asked: u64,
        /// Number of bytes that can be gone through.
        last: u64,
    },
    /// Nothing could be written in the requested format; the value says what was omitted.
    NothingWritten(Omitted),
    /// The output cannot be written.
    Output(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Session(path, stop) => write!(f, "{}: {stop}", path.display()),
            Self::Packets(path, stop) => write!(f, "{}: {stop}", path.display()),
            Self::Nothing(path, reason) => write!(f, "{}: {reason}", path.display()),
            Self::NoExchange { path, asked, last: Some(last) } => {
                let path = path.display();
                write!(f, "there is no exchange {asked} in {path}; the last one is {last}")
            }
            Self::NoExchange { path, last: None, .. } => {
                write!(f, "there are no exchanges in {}", path.display())
            }
            Self::NothingToReplay(side) => {
                let title = side.facts().title;
                write!(f, "the exchange has no {title}, or the first bytes of it are missing")
            }
            Self::NoPlace { side, asked, last } => {
                let (title, last) = (side.facts().title, plural(*last, "byte"));
                write!(f, "there is no byte {asked} in the {title}, of which there are {last}")
            }
            Self::NothingWritten(omitted) => f.write_str(&omitted.words().unwrap_or_default()),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(_, error) | Self::Output(error) => Some(error),
            Self::Session(_, stop) => Some(stop),
            Self::Packets(_, stop) => Some(stop),
            Self::Nothing(..)
            | Self::NoExchange { .. }
            | Self::NothingToReplay(_)
            | Self::NoPlace { .. }
            | Self::NothingWritten(_) => None,
        }
    }
}
