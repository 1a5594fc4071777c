//! Why the program ends with a failure.

use std::{error::Error, fmt, io, path::PathBuf};

use byteglass::{
    server::{AuthoritiesError, BindError, StartError},
    session::BeginError,
    terminal::ReadError,
};

/// Why the program cannot do what its options ask for.
#[derive(Debug)]
pub(crate) enum MainError {
    /// The addresses of `--bind` cannot be listened at together.
    Bind(BindError),
    /// The file with user and password cannot be read.
    CredentialsUnreadable(PathBuf, io::Error),
    /// The first line of that file is not `user:password`.
    CredentialsMalformed(PathBuf),
    /// The file of trusted certificates cannot be used.
    Authorities(AuthoritiesError),
    /// The signals that end the program cannot be caught.
    Signal(io::Error),
    /// A file for the capture cannot be written.
    Recording(BeginError),
    /// The server cannot start.
    Server(StartError),
    /// The server stopped before it listened.
    ServerStopped,
    /// A thread cannot be started.
    Thread(io::Error),
    /// The thread that stops the server panicked.
    Stopper,
    /// The window failed after it was opened.
    #[cfg(feature = "window")]
    Window(byteglass::ui::run::WindowError),
    /// The capture cannot be read, or not all of it.
    Read(ReadError),
    /// An export of bytes would go to a terminal.
    BytesToTerminal,
    /// `--at` was given with several exchanges, or with a format that has no place for it.
    PlaceOfOne,
}

impl fmt::Display for MainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(error) => write!(f, "--bind: {error}"),
            Self::CredentialsUnreadable(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::CredentialsMalformed(path) => {
                write!(f, "the first line of {} is not user:password", path.display())
            }
            Self::Authorities(error) => error.fmt(f),
            Self::Signal(error) => write!(f, "cannot listen for Ctrl-C: {error}"),
            Self::Recording(error) => error.fmt(f),
            Self::Server(error) => error.fmt(f),
            Self::ServerStopped => f.write_str("the server stopped at once"),
            Self::Thread(error) => write!(f, "cannot start a thread: {error}"),
            Self::Stopper => f.write_str("the server could not be stopped"),
            #[cfg(feature = "window")]
            Self::Window(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::BytesToTerminal => {
                f.write_str("bytes are not written to a terminal; send them to a file or to another program")
            }
            Self::PlaceOfOne => f.write_str("--at is about one exchange, and printed as text or as json"),
        }
    }
}

impl Error for MainError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::CredentialsUnreadable(_, error) | Self::Thread(error) => Some(error),
            Self::Bind(error) => Some(error),
            Self::Recording(error) => Some(error),
            Self::Authorities(error) => Some(error),
            Self::Signal(error) => Some(error),
            Self::Server(error) => Some(error),
            Self::Read(error) => Some(error),
            #[cfg(feature = "window")]
            Self::Window(error) => Some(error),
            Self::CredentialsMalformed(_)
            | Self::ServerStopped
            | Self::Stopper
            | Self::BytesToTerminal
            | Self::PlaceOfOne => None,
        }
    }
}

impl From<StartError> for MainError {
    fn from(error: StartError) -> Self {
        Self::Server(error)
    }
}

impl From<AuthoritiesError> for MainError {
    fn from(error: AuthoritiesError) -> Self {
        Self::Authorities(error)
    }
}
