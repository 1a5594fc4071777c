//! Why a capture in a file cannot be printed, or not all of it.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::{base::stream::ExchangeId, export::Omitted, pcap, session};

/// Why a capture in a file cannot be printed, or not all of it.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be opened or read.
    File(PathBuf, io::Error),
    /// A session file can be read up to this place only.
    Session(PathBuf, session::Stop),
    /// A file of packets can be read up to this place only.
    Packets(PathBuf, pcap::file::Stop),
    /// An exchange that was asked for is not in the file.
    NoExchange {
        /// The file.
        path: PathBuf,
        /// The number that was asked for.
        asked: ExchangeId,
        /// The largest number in the file. `None`: the file has no exchange.
        last: Option<ExchangeId>,
    },
    /// Nothing could be written in the format that was asked for; this is what was left out.
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
            Self::NoExchange { path, asked, last: Some(last) } => {
                let path = path.display();
                write!(f, "there is no exchange {asked} in {path}; their numbers go up to {last}")
            }
            Self::NoExchange { path, last: None, .. } => {
                write!(f, "there is no exchange in {}", path.display())
            }
            Self::NothingWritten(omitted) => f.write_str(&omitted.words().unwrap_or_default()),
            Self::Output(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(_, error) | Self::Output(error) => Some(error),
            Self::Session(_, stop) => Some(stop),
            Self::Packets(_, stop) => Some(stop),
            Self::NoExchange { .. } | Self::NothingWritten(_) => None,
        }
    }
}
