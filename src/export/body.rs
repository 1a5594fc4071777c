//! Writes the body of one message alone: as it came, without the framing of chunks, or decoded.

use std::io::Write;

use crate::{
    base::stream::Direction,
    explain::{facts::Coding, viewers::coding::decoded},
};

use super::{
    format::{Entry, ExportError, Format, NotExpressible},
    message,
};

/// The body of requests or responses.
pub(super) struct Body {
    /// Whose body.
    pub direction: Direction,
    /// Whether its content codings, such as gzip, are taken off.
    pub is_decoded: bool,
}

impl Body {
    const fn of<'a>(&self, names: [&'a str; 4]) -> &'a str {
        match (self.direction, self.is_decoded) {
            (Direction::Received, false) => names[0],
            (Direction::Received, true) => names[1],
            (Direction::Sent, false) => names[2],
            (Direction::Sent, true) => names[3],
        }
    }
}

impl Format for Body {
    fn key(&self) -> &'static str {
        self.of(["request-body", "request-body-decoded", "response-body", "response-body-decoded"])
    }
    fn title(&self) -> &'static str {
        self.of(["Request body", "Request body, decoded", "Response body", "Response body, decoded"])
    }
    fn about(&self) -> &'static str {
        self.of([
            "The bodies of the requests, without the framing of chunks",
            "The same without content codings such as gzip",
            "The bodies of the responses, without the framing of chunks",
            "The same without content codings such as gzip",
        ])
    }
    fn extension(&self) -> &'static str {
        "bin"
    }
    fn suffix(&self) -> &'static str {
        self.of(["-request-body", "-request-decoded", "-response-body", "-response-decoded"])
    }
    fn messages(&self) -> &'static [Direction] {
        match self.direction {
            Direction::Received => &[Direction::Received],
            Direction::Sent => &[Direction::Sent],
        }
    }
    fn is_text(&self) -> bool {
        false
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        let stream = entry.facts.stream(self.direction);
        let codings: Vec<Coding> = stream.codings.iter().map(|placed| placed.value.clone()).collect();
        let coded = self.is_decoded && codings.iter().any(|coding| *coding != Coding::Identity);
        let content = stream.content_bytes(usize::MAX);
        if !coded {
            return Ok(out.write_all(&content)?);
        }
        // What is missing cannot be skipped over: what follows would be read in another state.
        message::all_captured(&entry.facts.detail, self.direction)?;
        match decoded(&codings, &content) {
            Some(decoded) => Ok(out.write_all(&decoded)?),
            None => Err(NotExpressible::Coded.into()),
        }
    }
}
