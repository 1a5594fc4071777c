//! One item of a stream, as far as it was read.

use std::ops::Range;

use super::format::Format;

/// U+FEFF in UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An event, or a JSON text. Offsets count the bytes of the content. Fields are where they stand, not what they hold,
/// so that an item of any length takes the same memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The bytes of the item, with the line ends and the empty lines before it.
    pub range: Range<u64>,
    /// The value of the first `data` field, or the JSON text. Empty as well if there is none.
    pub data: Range<u64>,
    /// Number of `data` fields; 1 for a JSON text.
    pub data_lines: u64,
    /// Length of the data in bytes, with one line feed between two `data` fields.
    pub data_bytes: u64,
    /// The value of the last `event` field. `None`: there is none, and the type is `message`.
    pub kind: Option<Range<u64>>,
    /// The value of the last `id` field that is not ignored. `None`: there is none, and the last one holds on.
    pub id: Option<Range<u64>>,
    /// The time until a client tries again, in milliseconds. `None`: no `retry` field that is not ignored.
    pub retry: Option<u64>,
    /// Number of comments.
    pub comments: u64,
    /// The first comment, without its colon.
    pub comment: Range<u64>,
    /// Number of lines that are ignored: unknown fields, and values that their field cannot have.
    pub ignored: u64,
    /// The first byte that is not UTF-8. `None`: all are.
    pub not_utf8: Option<u64>,
}

impl Item {
    /// Whether the item reaches whoever listens: without a `data` field an event does not.
    #[must_use]
    pub const fn is_dispatched(&self) -> bool {
        self.data_lines > 0
    }

    /// The type of an item whose `event` field is empty or not there, in a word or two: `message`.
    #[must_use]
    pub const fn usual_type(&self, format: Format) -> &'static str {
        match format {
            Format::Lines | Format::Sequence => "JSON",
            Format::EventStream if self.is_dispatched() => "message",
            Format::EventStream if self.comments > 0 => "comment",
            Format::EventStream => "no event",
        }
    }

    /// Whether nothing but empty lines belongs to the item.
    #[must_use]
    pub const fn is_blank(&self) -> bool {
        self.data_lines == 0
            && self.kind.is_none()
            && self.id.is_none()
            && self.retry.is_none()
            && self.comments == 0
            && self.ignored == 0
    }
}

/// The data of an item, at most `most` bytes of it. `bytes` begin where the item does.
///
/// An event is read once more, so that nothing of it has to be kept while there are many.
#[must_use]
pub fn data(item: &Item, bytes: &[u8], most: usize) -> Vec<u8> {
    let index = |offset: u64| usize::try_from(offset - item.range.start).unwrap_or(usize::MAX);
    let first = |range: &Range<u64>| {
        let start = index(range.start).min(bytes.len());
        let end = index(range.end).clamp(start, bytes.len());
        &bytes[start..end.min(start.saturating_add(most))]
    };
    if item.data_lines == 0 {
        return Vec::new();
    }
    if item.data_lines == 1 {
        return first(&item.data).to_vec();
    }
    let mut data = Vec::new();
    let mut is_first = true;
    let whole = &bytes[..index(item.range.end).min(bytes.len())];
    let whole =
        if item.range.start == 0 { whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(whole) } else { whole };
    for line in whole.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let Some(value) = value_of_data(line) else { continue };
        if !std::mem::take(&mut is_first) {
            data.push(b'\n');
        }
        let room = most.saturating_sub(data.len());
        data.extend_from_slice(&value[..value.len().min(room)]);
        if data.len() >= most {
            data.truncate(most);
            break;
        }
    }
    data
}

/// The value of a `data` field. `None`: the line is something else.
fn value_of_data(line: &[u8]) -> Option<&[u8]> {
    match line.strip_prefix(b"data")? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
