//! Whether an exchange passes a filter that asks for more than its row says: fields, bodies and notes.
//!
//! In reading order: `message` finds fields and content in the bytes, [`Examined`] answers a filter.

mod bytes;
mod known;
mod message;

use std::cell::{Cell, OnceCell};

use crate::{
    explain::{Facts, notes::Note, websocket::any_message},
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
    /// Whether bytes were asked for that are not in `detail`.
    lacked: Cell<bool>,
}

/// What a filter makes of an exchange with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Never [`Verdict::Unknown`].
    pub verdict: Verdict,
    /// Whether bytes were asked for that were not kept, or could not be decompressed. Nothing was found in them.
    pub is_partial: bool,
}

impl<'a> Examined<'a> {
    /// An exchange whose row in the list is that of `detail`.
    #[must_use]
    pub fn new(detail: &'a Detail) -> Self {
        let (request, response) = (Message::request(detail), Message::response(detail));
        Self {
            row: Summary::from(&detail.exchange),
            detail,
            request,
            response,
            facts: OnceCell::new(),
            lacked: Cell::new(false),
        }
    }

    /// What `filter` makes of the exchange.
    #[must_use]
    pub fn judge(&self, filter: &Filter) -> Judged {
        self.lacked.set(false);
        let verdict = filter.judge(self);
        Judged { verdict, is_partial: self.lacked.get() }
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
        let found = request || side.has_response() && self.response.has_content(holds, &|| &facts().response);
        let lacks = || {
            side.has_request() && self.request.lacks_content()
                || side.has_response() && self.response.lacks_content()
        };
        self.lacked.set(self.lacked.get() || !found && lacks());
        found
    }

    /// Whether a text message of the WebSocket passes `holds`.
    fn has_message(&self, holds: &dyn Fn(&[u8]) -> bool) -> bool {
        // The latest are at hand.
        if self.row.messages.iter().any(|text| holds(text.as_bytes())) {
            return true;
        }
        if self.row.frames.is_none() || self.row.messages.are_all {
            return false;
        }
        let searched = any_message(self.detail, holds);
        self.lacked.set(self.lacked.get() || !searched.is_all);
        searched.is_found
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
            ContentKey::Message => self.has_message(holds),
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
