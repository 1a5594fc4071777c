//! Who wrote the bytes of a forwarded message, and what became of those that arrived, in words.

use std::ops::Range;

use crate::words::count;

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
    /// The bytes that the answer is about, on the side that was asked about.
    pub range: Range<u64>,
}

impl Passage<'_> {
    /// Who wrote the byte at `offset` of the sent stream. `None`: it is not known.
    #[must_use]
    pub fn who_wrote(&self, offset: u64) -> Option<Answer> {
        let (piece, source) = self.source(offset)?;
        let around = line_or_span(self.sent, offset)?;
        let range = piece.start.max(around.start)..piece.end.min(around.end);
        let (sentence, section) = match source {
            Source::Written(author) => (author.facts().sentence.to_owned(), author.facts().section),
            Source::Copied(_) => {
                let from = self.arrived_from(&range).into_iter().next()?;
                (format!("These bytes are as they arrived, in bytes {}.", span(&from)), "")
            }
        };
        Some(Answer { subject: String::new(), sentence, section, range })
    }

    /// What became of the byte at `offset` of the arrived stream. `None`: it is not known.
    #[must_use]
    pub fn what_became(&self, offset: u64) -> Option<Answer> {
        let (range, fate) = self.fate(offset)?;
        let (subject, sentence, section) = match fate {
            Fate::Sent(to) => (
                String::new(),
                format!("These bytes were sent on as they arrived, in bytes {}.", span(&to)),
                "",
            ),
            Fate::Removed(removal) => {
                let facts = removal.facts();
                match facts.sentence.strip_prefix("{} ") {
                    None => (String::new(), facts.sentence.to_owned(), facts.section),
                    Some(rest) => {
                        let name =
                            self.arrived.field_line(offset).map(|field| self.arrived.bytes(&field.name));
                        let name = String::from_utf8_lossy(name.unwrap_or(b"The field")).into_owned();
                        (name, rest.to_owned(), facts.section)
                    }
                }
            }
        };
        Some(Answer { subject, sentence, section, range })
    }
}

/// The field line with the byte at `offset` or, if it is in none, the span. `None`: the byte is not kept.
fn line_or_span(stream: &StreamFacts, offset: u64) -> Option<Range<u64>> {
    let span = &stream.leaf_at(offset)?.span.range;
    let line = stream.field_line(offset).map(|field| &field.whole).filter(|line| line.contains(&offset));
    Some(line.unwrap_or(span).clone())
}

/// The first and the last offset of a range that is not empty.
fn span(range: &Range<u64>) -> String {
    let last = range.end.saturating_sub(1);
    if last == range.start { count(last) } else { format!("{}–{}", count(range.start), count(last)) }
}
