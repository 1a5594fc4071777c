//! Who wrote the bytes of a forwarded message, and what became of those that arrived, in words.

use std::ops::Range;

use crate::{http::forward::Author, words::offsets};

use super::facts::{Fate, Passage, Source, StreamFacts};

/// An answer about bytes of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of the field that the sentence begins with. Empty: the sentence is whole without it.
    pub subject: String,
    /// The answer in whole sentences, behind `subject`.
    pub sentence: String,
    /// The clause behind it: `RFC 9110 §7.6.1`. Empty: no clause.
    pub section: &'static str,
    /// The place of the same bytes on the other side. `None`: they are not there.
    pub other: Option<Range<u64>>,
}

impl Passage<'_> {
    /// Who wrote the bytes of `sent`, a range of the sent stream. `None`: it is not known, or there is more than one
    /// answer.
    #[must_use]
    pub fn who_wrote(&self, sent: &Range<u64>) -> Option<Answer> {
        let (piece, source) = self.source(sent.start).filter(|(piece, _)| sent.end <= piece.end)?;
        Some(match source {
            Source::Written(author) => {
                let facts = author.facts();
                Answer {
                    subject: String::new(),
                    sentence: facts.sentence.to_owned(),
                    section: facts.section,
                    other: None,
                }
            }
            Source::Rule(rule) => {
                let facts = Author::Rule.facts();
                Answer {
                    subject: String::new(),
                    sentence: format!("Rule {rule} of the middleware Fields wrote the field."),
                    section: facts.section,
                    other: None,
                }
            }
            Source::Copied(from) => {
                let start = from.start + (sent.start - piece.start);
                let from = start..start + (sent.end - sent.start);
                copied(format!("As it arrived, at {}.", place(&from, self.arrived)), from)
            }
        })
    }

    /// What became of the bytes of `arrived`, a range of the arrived stream. `None`: there is more than one answer.
    #[must_use]
    pub fn what_became(&self, arrived: &Range<u64>) -> Option<Answer> {
        let mut fates = self.fates(arrived).into_iter();
        let (Some((_, fate)), None) = (fates.next(), fates.next()) else { return None };
        let facts = match fate {
            Fate::Sent(to) => {
                return Some(copied(format!("Sent on as it is, at {}.", place(&to, self.sent)), to));
            }
            Fate::Removed(removal) => removal.facts(),
        };
        let (subject, sentence) = match facts.sentence.strip_prefix("{} ") {
            None => (String::new(), facts.sentence),
            Some(rest) => {
                let name = self.arrived.field_line(arrived.start)?.name.clone();
                (String::from_utf8_lossy(self.arrived.bytes(&name)).into_owned(), rest)
            }
        };
        Some(Answer { subject, sentence: sentence.to_owned(), section: facts.section, other: None })
    }
}

const fn copied(sentence: String, other: Range<u64>) -> Answer {
    Answer { subject: String::new(), sentence, section: "", other: Some(other) }
}

/// A range of a stream in words, as places in its message.
fn place(range: &Range<u64>, stream: &StreamFacts) -> String {
    let start = stream.message_start(range.start);
    offsets(&(range.start - start..range.end - start))
}
