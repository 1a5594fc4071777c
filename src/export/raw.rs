//! Writes the bytes of one message as they were on the wire.

use std::io::Write;

use crate::base::stream::Direction;

use super::{
    format::{Clipboard, Entry, ExportError, Format},
    message,
};

/// The bytes of requests, as they arrived.
pub(super) struct Request;

/// The bytes of responses, as they were sent.
pub(super) struct Response;

impl Format for Request {
    fn key(&self) -> &'static str {
        "request"
    }
    fn title(&self) -> &'static str {
        "Bytes of the request"
    }
    fn about(&self) -> &'static str {
        "The bytes of the requests"
    }
    fn extension(&self) -> &'static str {
        "bin"
    }
    fn suffix(&self) -> &'static str {
        "-request"
    }
    fn messages(&self) -> &'static [Direction] {
        &[Direction::Received]
    }
    fn raw(&self) -> Option<Direction> {
        Some(Direction::Received)
    }
    fn is_text(&self) -> bool {
        false
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "Request as text", bytes_max: u64::MAX })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        add(out, entry, Direction::Received)
    }
}

impl Format for Response {
    fn key(&self) -> &'static str {
        "response"
    }
    fn title(&self) -> &'static str {
        "Bytes of the response"
    }
    fn about(&self) -> &'static str {
        "The bytes of the responses"
    }
    fn extension(&self) -> &'static str {
        "bin"
    }
    fn suffix(&self) -> &'static str {
        "-response"
    }
    fn messages(&self) -> &'static [Direction] {
        &[Direction::Sent]
    }
    fn raw(&self) -> Option<Direction> {
        Some(Direction::Sent)
    }
    fn is_text(&self) -> bool {
        false
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "Response as text", bytes_max: u64::MAX })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        add(out, entry, Direction::Sent)
    }
}

fn add(out: &mut dyn Write, entry: &Entry<'_>, direction: Direction) -> Result<(), ExportError> {
    for piece in message::pieces(&entry.facts.detail, direction) {
        out.write_all(&piece.bytes.unwrap_or_default())?;
    }
    Ok(())
}
