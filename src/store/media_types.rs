//! The media types of responses: few, and shared by the exchanges that have them.

use crate::{base::shared_text::SharedText, words};

/// Media types that are told apart at most. A response of yet another type counts as one of no stated type.
const TYPES_MAX: usize = 1024;
/// Bytes of a media type at most; a longer one is cut.
const TYPE_BYTES: usize = 80;

/// The media types that were met, in the order in which they came. The first one is empty: no type is stated.
#[derive(Debug)]
pub(super) struct MediaTypes {
    known: Vec<SharedText>,
    /// The value of the last field that stated a type, and its media type: the next response often has the same.
    latest: (Box<[u8]>, SharedText),
}

impl Default for MediaTypes {
    fn default() -> Self {
        Self { known: vec![SharedText::default()], latest: (Box::default(), SharedText::default()) }
    }
}

impl MediaTypes {
    /// The media type that the fields of `head` state, without parameters and in lower case. Empty: they state none.
    pub(super) fn of_head(&mut self, head: &[u8]) -> SharedText {
        let stated = field(head, b"content-type").unwrap_or_default();
        if *self.latest.0 == *stated {
            return self.latest.1.clone();
        }
        let text = words::essence(&String::from_utf8_lossy(stated));
        let index = self.index(&text[..text.floor_char_boundary(TYPE_BYTES)]);
        let media_type = self.known.get(usize::from(index)).cloned().unwrap_or_default();
        if !stated.is_empty() && stated.len() <= TYPE_BYTES {
            self.latest = (stated.into(), media_type.clone());
        }
        media_type
    }

    /// The number of a media type, which it is given if it has none.
    pub(super) fn index(&mut self, text: &str) -> u16 {
        let known = self.known.iter().position(|known| **known == *text);
        let index = known.unwrap_or_else(|| {
            if self.known.len() == TYPES_MAX {
                return 0;
            }
            self.known.push(text.to_owned().into());
            self.known.len() - 1
        });
        u16::try_from(index).unwrap_or(0)
    }

    /// The media type with this number.
    pub(super) fn text(&self, index: u16) -> &str {
        self.known.get(usize::from(index)).map_or("", |text| text)
    }
}

/// The value of the first field of this name, in lower case, among the lines of a head.
fn field<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut start = 0;
    while let Some(end) = memchr::memchr(b'\n', &head[start..]).map(|len| start + len + 1) {
        let line = &head[start..end];
        if line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name) {
            return Some(line[name.len() + 1..].trim_ascii());
        }
        start = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_from_the_first_such_field_and_kept_once() {
        let mut types = MediaTypes::default();
        let head = b"HTTP/1.1 200 OK\r\nX: content-type: a/b\r\nContent-TYPE:  Text/HTML ; charset=x\r\n\r\n";
        assert_eq!(types.of_head(head), "text/html");
        assert_eq!(types.of_head(b"HTTP/1.1 200 OK\ncontent-type:text/html\n\n"), "text/html");
        assert_eq!(types.of_head(b"HTTP/1.1 204 No Content\r\n\r\n"), "");
        assert_eq!(types.known.len(), 2);
        assert_eq!((types.index("text/html"), types.text(1), types.text(7)), (1, "text/html", ""));
    }

    #[test]
    fn more_types_than_fit_count_as_none() {
        let mut types = MediaTypes::default();
        for number in 0..2_000 {
            types.index(&format!("a/{number}"));
        }
        assert_eq!((types.known.len(), types.index("a/1999")), (TYPES_MAX, 0));
    }
}
