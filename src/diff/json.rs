//! Two JSON texts, compared by path.

use serde_json::Value;

use crate::words::plural;

/// Differences of two texts that are told at most.
const MOST: usize = 200;

/// A place at which two texts differ, and what stands there in each. `None`: nothing does.
pub(super) type Difference = (String, [Option<String>; 2]);

/// The differences of two texts, by name and position. The last one counts those beyond a couple of hundred.
pub(super) fn differences(one: &Value, other: &Value) -> Vec<Difference> {
    let mut found = Found { told: Vec::new(), more: 0 };
    found.compare("$", Some(one), Some(other));
    if found.more > 0 {
        found.told.push((format!("and {}", plural(found.more, "more place")), [None, None]));
    }
    found.told
}

struct Found {
    told: Vec<Difference>,
    more: u64,
}

impl Found {
    /// Values are nested at most 128 deep: deeper texts are not read as JSON.
    fn compare(&mut self, path: &str, one: Option<&Value>, other: Option<&Value>) {
        match (one, other) {
            (one, other) if one == other => {}
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                for (key, value) in one {
                    self.compare(&member(path, key), Some(value), other.get(key));
                }
                for (key, value) in other.iter().filter(|(key, _)| !one.contains_key(*key)) {
                    self.compare(&member(path, key), None, Some(value));
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                for index in 0..one.len().max(other.len()) {
                    self.compare(&format!("{path}[{index}]"), one.get(index), other.get(index));
                }
            }
            _ if self.told.len() == MOST => self.more += 1,
            (one, other) => {
                self.told.push((path.to_owned(), [one, other].map(|value| value.map(Value::to_string))));
            }
        }
    }
}

/// The path of a member.
fn member(path: &str, key: &str) -> String {
    let is_plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { format!("{path}.{key}") } else { format!("{path}[{}]", Value::from(key)) }
}
