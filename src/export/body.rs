//! Writes the body of one message alone: as it came, without the framing of chunks, or decoded.

use std::{io::Write, ops::Range};

use crate::{
    base::stream::Direction,
    explain::{Facts, facts::Coding, viewers::coding::decoded},
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
        if !coded {
            for range in stream.content() {
                write_range(out, entry.facts, self.direction, &range)?;
            }
            return Ok(());
        }
        // What is missing cannot be skipped over: what follows would be read in another state.
        let missing = message::missing(&entry.facts.detail, self.direction);
        if missing > 0 {
            return Err(NotExpressible::Missing(missing).into());
        }
        let content = stream.content_bytes(usize::MAX);
        match decoded(&codings, &content) {
            Some(decoded) => Ok(out.write_all(&decoded)?),
            None => Err(NotExpressible::Coded.into()),
        }
    }
}

/// Writes the captured bytes of a range.
fn write_range(
    out: &mut dyn Write,
    facts: &Facts,
    direction: Direction,
    range: &Range<u64>,
) -> std::io::Result<()> {
    let chunks = match direction {
        Direction::Received => &facts.detail.reads,
        Direction::Sent => &facts.detail.writes,
    };
    for piece in message::pieces_of(chunks, range) {
        out.write_all(&piece.bytes.unwrap_or_default())?;
    }
    Ok(())
}
