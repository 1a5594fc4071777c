//! Exchanges in the forms of other programs: to be pasted, or to be written to a file.
//!
//! Nothing is left out silently: what is not in the capture is said in the file where the form has a place
//! for it, and by [`Ended::said`].

mod array;
mod base64;
mod curl;
mod date;
mod dump;
mod har;
mod message;

use std::{
    io::{self, Write},
    time::SystemTime,
};

use crate::base::stream::ExchangeId;

use crate::{
    explain::Facts,
    store::model::Detail,
    words::text::{count, plural},
};
pub use array::{Language, array};
pub use curl::{Unfit, curl};
use date::date;
pub use dump::dump;
pub use message::{Run, missing, range, raw, runs};

/// A form in which exchanges are written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// HAR 1.2, which browsers and other tools open.
    Har,
    /// curl command lines for a POSIX shell, one for each exchange.
    Curl,
    /// The bytes of the requests, as they arrived.
    Request,
    /// The bytes of the responses, as they were sent.
    Response,
    /// An array in C for each message.
    C,
    /// An array in Rust for each message.
    Rust,
    /// Text: every part with its offset, its bytes, and what it is.
    Dump,
}

impl Form {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Har, Self::Curl, Self::Request, Self::Response, Self::C, Self::Rust, Self::Dump];

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Har => "HAR 1.2",
            Self::Curl => "curl command",
            Self::Request => "Bytes of the request",
            Self::Response => "Bytes of the response",
            Self::C => "C arrays",
            Self::Rust => "Rust arrays",
            Self::Dump => "Annotated dump",
        }
    }

    /// How the names of such files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Har => "har",
            Self::Curl => "sh",
            Self::Request | Self::Response => "bin",
            Self::C => "h",
            Self::Rust => "rs",
            Self::Dump => "txt",
        }
    }

    /// The sides that it holds: request, response.
    const fn sides(self) -> &'static [bool] {
        match self {
            Self::Curl | Self::Request => &[false],
            Self::Response => &[true],
            Self::Har | Self::C | Self::Rust | Self::Dump => &[false, true],
        }
    }
}

/// A file of exchanges that is being written.
#[derive(Debug)]
pub struct Export<W> {
    form: Form,
    out: W,
    /// Exchanges that are in it.
    written: u64,
    /// Exchanges that cannot be in it; of the first one, why.
    unfit: u64,
    why: Option<(ExchangeId, Unfit)>,
    /// Bytes that are not in the capture.
    missing_bytes: u64,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How many exchanges are in it.
    pub written: u64,
    /// How many bytes of their messages are not.
    pub missing_bytes: u64,
    /// What is not in it though it was asked for: a sentence without its full stop. `None`: all is there.
    pub said: Option<String>,
}

impl<W: Write> Export<W> {
    /// Begins it.
    ///
    /// # Errors
    /// `out` does not take it.
    pub fn begin(form: Form, mut out: W) -> io::Result<Self> {
        if form == Form::Har {
            har::begin(&mut out)?;
        }
        Ok(Self { form, out, written: 0, unfit: 0, why: None, missing_bytes: 0 })
    }

    /// Adds an exchange, which began at `started`. `None`: the wall-clock time is not known.
    ///
    /// # Errors
    /// `out` does not take it.
    pub fn add(&mut self, detail: &Detail, started: Option<SystemTime>) -> io::Result<()> {
        let out = &mut self.out;
        let first = self.written == 0;
        match self.form {
            Form::Har => har::add(out, detail, started, first)?,
            Form::Curl => match curl(detail) {
                Ok(command) => {
                    gap(out, first)?;
                    writeln!(out, "# {}\n{command}", title(detail))?;
                }
                Err(why) => {
                    self.unfit += 1;
                    self.why.get_or_insert((detail.exchange.id, why));
                    return Ok(());
                }
            },
            Form::Request | Form::Response => {
                for bytes in runs(detail, self.form == Form::Response).into_iter().filter_map(|run| run.bytes)
                {
                    out.write_all(&bytes)?;
                }
            }
            Form::C | Form::Rust => {
                let language = if self.form == Form::C { Language::C } else { Language::Rust };
                gap(out, first)?;
                array(out, language, detail)?;
            }
            Form::Dump => {
                gap(out, first)?;
                dump(out, &Facts::new(detail.clone()), started)?;
            }
        }
        self.missing_bytes += self.form.sides().iter().map(|side| missing(detail, *side)).sum::<u64>();
        self.written += 1;
        Ok(())
    }

    /// Ends it. `comment` says what is not in it as a whole, for the forms that have a place for that; empty
    /// where all is.
    ///
    /// # Errors
    /// `out` does not take it.
    pub fn end(mut self, comment: &str) -> io::Result<Ended> {
        if self.form == Form::Har {
            har::end(&mut self.out, comment)?;
        }
        self.out.flush()?;
        let mut said = Vec::new();
        if let Some((id, why)) = self.why {
            said.push(match self.unfit {
                1 => format!("there is no {} for exchange {id}: {why}", self.form.title()),
                all => format!(
                    "there is no {} for {} of the exchanges, of which exchange {id}: {why}",
                    self.form.title(),
                    count(all)
                ),
            });
        }
        if self.missing_bytes > 0 {
            said.push(format!("{} not in the capture and so not here", were(self.missing_bytes)));
        }
        let said = (!said.is_empty()).then(|| said.join("; "));
        Ok(Ended { written: self.written, missing_bytes: self.missing_bytes, said })
    }
}

/// An exchange in a few words, on one line: `Exchange 2: POST /api/echo, answered 200`.
fn title(detail: &Detail) -> String {
    let exchange = &detail.exchange;
    let target = crate::words::text::shortened(&exchange.target, 100);
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

/// So many bytes are, or were.
fn were(bytes: u64) -> String {
    format!("{} {}", plural(bytes, "byte"), if bytes == 1 { "is" } else { "are" })
}

/// An empty line between two exchanges.
fn gap(out: &mut impl Write, first: bool) -> io::Result<()> {
    if first { Ok(()) } else { out.write_all(b"\n") }
}
