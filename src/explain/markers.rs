//! The lines between bytes, in words.

use crate::{base::stream::Direction, http::Framing, words::plural};

use super::facts::places::{Marker, Place};

/// The text of a marker's line: `empty line: the head ends, a body of 31 bytes begins`.
#[must_use]
pub fn words(marker: &Marker, direction: Direction) -> String {
    match marker.place {
        Place::BodyBegins(framing) => {
            let body = match framing {
                Framing::None => "no body".to_owned(),
                Framing::Length(length) => format!("a body of {}", plural(length, "byte")),
                Framing::Chunked => "a chunked body".to_owned(),
                Framing::UntilClose => "a body until the connection closes".to_owned(),
            };
            format!("empty line: the head ends, {body} begins")
        }
        Place::Split(kind) => {
            let across = match direction {
                Direction::Received => "two reads",
                Direction::Sent => "two writes",
            };
            format!("the {} was split across {across}", kind.name())
        }
    }
}
