//! The text that a stream carries piece by piece in the JSON of its items.

use serde_json::Value;

use crate::events::Path;

use super::EventStream;

/// Bytes of joined text that are kept.
const TEXT_BYTES: usize = 1024 * 1024;
/// The longest data that is read as JSON, in bytes.
const DATA_BYTES: usize = 1024 * 1024;

/// What a path finds in the items of a stream, one after the other. It goes on where it stopped, so that a live stream
/// is not read from its beginning each time.
#[derive(Clone, Debug)]
pub struct Join {
    path: Path,
    next: usize,
    /// The text so far.
    pub text: String,
    /// Whether the text is longer than what is kept.
    pub is_cut: bool,
    /// Number of items in whose JSON the path leads to a value.
    pub found: u64,
    /// Number of items in whose JSON the path leads nowhere.
    pub missing: u64,
    /// Number of items whose data is no JSON, or too long to be read.
    pub not_json: u64,
    /// The row of the first of them. `None`: all are JSON.
    pub first_not_json: Option<usize>,
}

impl Join {
    /// Nothing joined yet.
    #[must_use]
    pub const fn new(path: Path) -> Self {
        Self {
            path,
            next: 0,
            text: String::new(),
            is_cut: false,
            found: 0,
            missing: 0,
            not_json: 0,
            first_not_json: None,
        }
    }

    /// Takes the items that have come since, at most `most` of them. Returns whether all have been taken.
    pub fn take(&mut self, stream: &EventStream, most: usize) -> bool {
        let end = stream.items.len().min(self.next.saturating_add(most));
        for (index, facts) in stream.items.iter().enumerate().take(end).skip(self.next) {
            if !facts.item.is_dispatched() {
                continue;
            }
            let data = (facts.item.data_bytes <= DATA_BYTES as u64)
                .then(|| stream.data(&facts.item, DATA_BYTES))
                .and_then(|data| serde_json::from_str(&String::from_utf8_lossy(&data)).ok());
            let Some(value): Option<Value> = data else {
                self.not_json += 1;
                self.first_not_json.get_or_insert(index);
                continue;
            };
            match self.path.find(&value) {
                None => self.missing += 1,
                Some(value) => {
                    self.found += 1;
                    self.add(value);
                }
            }
        }
        self.next = self.next.max(end);
        self.next == stream.items.len()
    }

    /// Adds a value: a string as it is, nothing for null, and anything else as JSON.
    fn add(&mut self, value: &Value) {
        let json;
        let text = match value {
            Value::Null => return,
            Value::String(text) => text,
            other => {
                json = other.to_string();
                &json
            }
        };
        let room = TEXT_BYTES - self.text.len();
        let fits = text.floor_char_boundary(room);
        self.is_cut |= fits < text.len();
        if !self.is_cut || fits > 0 {
            self.text.push_str(&text[..fits]);
        }
    }
}
