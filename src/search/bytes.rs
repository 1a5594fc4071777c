//! Finds a text, bytes or a regular expression in the bytes of a stream.

use std::{error::Error, fmt, ops::Range};

use regex_lite::Regex;

use crate::{base::closed_list::closed_list, base::finder::Finder, store::Chunk};

/// A row of the table of notations.
#[derive(Clone, Copy, Debug)]
pub struct NotationFacts {
    /// The title of the choice.
    pub title: &'static str,
    /// What is written, as an example.
    pub example: &'static str,
}

closed_list! {
    /// The notation of what is looked for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Notation: pub NotationFacts {
        /// A text; ASCII case does not matter.
        #[default]
        Text { title: "Text", example: "content-length" },
        /// Bytes in hexadecimal.
        Hex { title: "Hex", example: "0d 0a 0d 0a" },
        /// A regular expression; a byte that is no ASCII is a character of its own.
        Regex { title: "Regex", example: "id=[0-9]+" },
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// The bytes of a text, or bytes in hexadecimal.
    Bytes(Finder),
    /// A regular expression.
    Regex(Box<Regex>),
}

/// Why something cannot be looked for.
#[derive(Debug)]
pub enum PatternError {
    /// This is no byte in hexadecimal.
    NotHex(String),
    /// An odd number of digits.
    HalfByte,
    /// The regular expression has a mistake.
    Regex(regex_lite::Error),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex(found) => write!(f, "{found:?} is not hexadecimal"),
            Self::HalfByte => f.write_str("a byte has two digits"),
            Self::Regex(error) => write!(f, "not a regular expression: {error}"),
        }
    }
}

impl Error for PatternError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Regex(error) => Some(error),
            Self::NotHex(_) | Self::HalfByte => None,
        }
    }
}

impl Pattern {
    /// Reads what is looked for. `None`: nothing is.
    ///
    /// # Errors
    /// The text is not of this notation.
    pub fn parse(notation: Notation, text: &str) -> Result<Option<Self>, PatternError> {
        if text.is_empty() {
            return Ok(None);
        }
        Ok(match notation {
            Notation::Text => Some(Self::Bytes(Finder::folded(text.as_bytes()))),
            Notation::Hex => hex(text)?.map(|bytes| Self::Bytes(Finder::exact(&bytes))),
            Notation::Regex => Some(Self::Regex(Box::new(Regex::new(text).map_err(PatternError::Regex)?))),
        })
    }

    /// The places in `chunks`, as stream ranges in ascending order that do not overlap; at most `most`. Bytes that were
    /// left out separate what is before and after them. `goes_on` is asked now and then.
    #[must_use]
    pub fn find_in(&self, chunks: &[Chunk], most: usize, goes_on: &dyn Fn() -> bool) -> Vec<Range<u64>> {
        let mut found = Vec::new();
        for (start, bytes) in runs(chunks) {
            if !goes_on() || found.len() >= most {
                break;
            }
            let place = |range: Range<usize>| start + range.start as u64..start + range.end as u64;
            match self {
                Self::Bytes(finder) => {
                    let mut from = 0;
                    while let Some(at) = finder.find(&bytes[from..]).map(|at| from + at) {
                        let end = at + finder.needle().len();
                        found.push(place(at..end));
                        from = end;
                        if found.len() >= most || found.len().is_multiple_of(1_024) && !goes_on() {
                            break;
                        }
                    }
                }
                Self::Regex(regex) => {
                    let room = most - found.len();
                    found.extend(regex_places(regex, &bytes, room, goes_on).into_iter().map(place));
                }
            }
        }
        found
    }
}

/// Bytes in hexadecimal, with white space, commas, colons and `0x` between them as one likes. `None`: there is none.
fn hex(text: &str) -> Result<Option<Vec<u8>>, PatternError> {
    let mut digits = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == ':') {
        let word = word.strip_prefix("0x").unwrap_or(word);
        for c in word.chars() {
            let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digits.push(digit.ok_or_else(|| PatternError::NotHex(c.to_string()))?);
        }
    }
    if !digits.len().is_multiple_of(2) {
        return Err(PatternError::HalfByte);
    }
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect();
    Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
}

/// The bytes without gaps, each run with the stream offset of its first byte.
fn runs(chunks: &[Chunk]) -> Vec<(u64, Vec<u8>)> {
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.omitted()) {
        match runs.last_mut() {
            Some((start, bytes)) if *start + bytes.len() as u64 == chunk.offset => {
                bytes.extend_from_slice(&chunk.bytes);
            }
            _ => runs.push((chunk.offset, chunk.bytes.to_vec())),
        }
    }
    runs
}

/// The places of a regular expression that are not empty.
fn regex_places(regex: &Regex, bytes: &[u8], most: usize, goes_on: &dyn Fn() -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut add = |range: Range<usize>| {
        if !range.is_empty() {
            found.push(range);
        }
        found.len() < most && (!found.len().is_multiple_of(256) || goes_on())
    };
    if bytes.is_ascii() {
        let text = str::from_utf8(bytes).unwrap_or_default();
        let _ = regex.find_iter(text).map(|place| place.start()..place.end()).all(&mut add);
        return found;
    }
    // Each byte is a character, those from 0x80 on take two bytes of the text.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let (mut in_text, mut in_bytes) = (0, 0);
    let mut byte_at = |place: usize| {
        in_bytes += text[in_text..place].chars().count();
        in_text = place;
        in_bytes
    };
    let mut places = regex.find_iter(&text).map(|place| {
        let start = byte_at(place.start());
        start..byte_at(place.end())
    });
    let _ = places.all(&mut add);
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use bytes::Bytes;

    use super::*;
    use crate::base::stream::Nanos;

    fn chunk(offset: u64, bytes: &'static [u8]) -> Chunk {
        let len = bytes.len() as u64;
        Chunk {
            at: Nanos::ZERO,
            until: Nanos::ZERO,
            number: 1,
            offset,
            len,
            count: 1,
            lost: false,
            bytes: Bytes::from_static(bytes),
        }
    }

    fn found(notation: Notation, text: &str, chunks: &[Chunk]) -> Vec<(u64, u64)> {
        let pattern = Pattern::parse(notation, text).unwrap().unwrap();
        pattern.find_in(chunks, 100, &|| true).into_iter().map(|place| (place.start, place.end)).collect()
    }

    #[test]
    fn each_notation_is_found_across_reads_and_not_across_gaps() {
        let chunks =
            [chunk(10, b"GET /Nee"), chunk(18, b"dle\r\n\xff\xfeneed"), chunk(40, b"le NEEDLE 12 345")];
        assert_eq!(found(Notation::Text, "needle", &chunks), [(15, 21), (43, 49)]);
        assert_eq!(found(Notation::Hex, "0D 0a", &chunks), [(21, 23)]);
        assert_eq!(found(Notation::Hex, "0xff,0xFE:6e", &chunks), [(23, 26)]);
        assert_eq!(found(Notation::Regex, "[Nn]ee", &chunks), [(15, 18), (25, 28)]);
        assert_eq!(found(Notation::Regex, "[0-9]+|\u{ff}", &chunks), [(23, 24), (50, 52), (53, 56)]);
        assert_eq!(found(Notation::Regex, "x*", &chunks), [], "what is empty is nowhere");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (notation, text, sentence) in [
            (Notation::Hex, "0g", "\"g\" is not hexadecimal"),
            (Notation::Hex, "012", "a byte has two digits"),
        ] {
            assert_eq!(Pattern::parse(notation, text).unwrap_err().to_string(), sentence);
        }
        assert!(Pattern::parse(Notation::Regex, "a(").is_err());
        assert!(Pattern::parse(Notation::Text, "").unwrap().is_none());
        assert!(Pattern::parse(Notation::Hex, " , ").unwrap().is_none());
    }

    #[test]
    fn places_are_bounded_and_the_search_can_be_ended() {
        let chunks = [chunk(0, &[b'a'; 5_000])];
        let pattern = Pattern::parse(Notation::Text, "a").unwrap().unwrap();
        assert_eq!(pattern.find_in(&chunks, 70, &|| true).len(), 70);
        assert!(pattern.find_in(&chunks, 5_000, &|| false).is_empty());
    }
}
