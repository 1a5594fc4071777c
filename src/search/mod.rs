//! Whether an exchange passes a filter that asks for more than its row says: fields, bodies and notes.
//!
//! In reading order: `message` finds fields and content in the bytes, [`Examined`] answers a filter.

mod bytes;
mod known;
mod message;

use std::cell::OnceCell;

use crate::{
    explain::{Facts, notes::Note},
    filter::{Asked, ContentKey, Filter, FlagKey, NumberKey, Side, Subject, TextKey, Verdict},
    store::{Detail, Summary},
    words::essence,
};

pub use bytes::{Notation, NotationFacts, Pattern, PatternError};
pub use known::Known;
use message::Message;

/// An exchange with its bytes, as a filter sees it.
#[derive(Debug)]
pub struct Examined<'a> {
    row: Summary<'a>,
    detail: &'a Detail,
    request: Message<'a>,
    response: Message<'a>,
    /// Made where the bytes alone do not tell.
    facts: OnceCell<Box<Facts>>,
}

impl<'a> Examined<'a> {
    /// An exchange whose row in the list is that of `detail`.
    #[must_use]
    pub fn new(detail: &'a Detail) -> Self {
        let (request, response) = (Message::request(detail), Message::response(detail));
        Self { row: Summary::from(&detail.exchange), detail, request, response, facts: OnceCell::new() }
    }

    /// What `filter` makes of the exchange. Never [`Verdict::Unknown`].
    #[must_use]
    pub fn judge(&self, filter: &Filter) -> Verdict {
        filter.judge(self)
    }

    fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| Box::new(Facts::new(self.detail.clone())))
    }

    /// Whether a value of the field `name` passes `holds`.
    fn has_field(&self, side: Side, name: &str, holds: &dyn Fn(&[u8]) -> bool) -> bool {
        let facts = || self.facts();
        let request = side.has_request() && self.request.has_field(name, holds, &|| &facts().request);
        request || side.has_response() && self.response.has_field(name, holds, &|| &facts().response)
    }

    /// Whether the content of a message passes `holds`.
    fn has_content(&self, side: Side, holds: &dyn Fn(&[u8]) -> bool) -> bool {
        let facts = || self.facts();
        let request = side.has_request() && self.request.has_content(holds, &|| &facts().request);
        request || side.has_response() && self.response.has_content(holds, &|| &facts().response)
    }

    fn has_note(&self, holds: &dyn Fn(&[u8]) -> bool) -> bool {
        let says = |note: &Note| {
            holds(note.severity.key().as_bytes())
                || holds(note.sentence().as_bytes())
                || holds(note.section().as_bytes())
                || note.cause().is_some_and(|cause| holds(cause.key().as_bytes()))
        };
        self.facts().notes.iter().any(says)
    }
}

impl Subject for Examined<'_> {
    fn number(&self, key: NumberKey) -> Option<u64> {
        self.row.number(key)
    }

    fn text(&self, key: TextKey) -> &str {
        self.row.text(key)
    }

    fn has_text(&self, key: TextKey, holds: &dyn Fn(&str) -> bool) -> bool {
        self.row.has_text(key, holds)
    }

    fn flag(&self, key: FlagKey) -> bool {
        self.row.flag(key)
    }

    fn has_content(&self, asked: &Asked, holds: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
        Some(match asked.key {
            ContentKey::Header => self.has_field(asked.side, &asked.field, holds),
            ContentKey::Body => self.has_content(asked.side, holds),
            ContentKey::Note => self.has_note(holds),
            ContentKey::RequestType => {
                let types = |value: &[u8]| holds(essence(&String::from_utf8_lossy(value)).as_bytes());
                self.has_field(Side::Request, "content-type", &types)
            }
        })
    }
}

#[cfg(test)]
mod tests;
