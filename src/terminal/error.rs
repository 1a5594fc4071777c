//! Errors of printing a capture file.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::{base::stream::ExchangeId, export::Omitted, pcap, session};

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
            Self::Nothing(..) | Self::NoExchange { .. } | Self::NothingWritten(_) => None,
        }
    }
}
