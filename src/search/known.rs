//! What was captured, for a completion of filters: the values of keys and the names of fields, with how often they are
//! there.

use std::collections::{BTreeMap, HashMap};

use crate::{
    base::stream::ExchangeId,
    filter::TextKey,
    filter::{NumberKey, Subject},
    store::{Detail, SharedStore},
};

use super::message::Message;

/// Rows that are counted before the store is released.
const SLICE: usize = 2_048;
/// The newest exchanges in memory whose fields are counted.
const DETAILS: usize = 2_000;
/// Values of a key that are remembered at most. Further ones are not counted.
const VALUES_MAX: usize = 2_000;

/// The keys whose values are counted.
const KEYS: [(&str, TextKey); 8] = [
    ("method", TextKey::Method),
    ("type", TextKey::MediaType),
    ("upstream", TextKey::Upstream),
    ("group", TextKey::Group),
    ("route", TextKey::Route),
    ("protocol", TextKey::Protocol),
    ("from", TextKey::From),
    ("mark", TextKey::Mark),
];

/// Values and names, each with the number of exchanges that have it, the most frequent first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known {
    values: BTreeMap<&'static str, Vec<(Box<str>, u64)>>,
    fields: Vec<(Box<str>, u64)>,
}

impl Known {
    /// Counts what is in `store`. Takes a while; the store is locked for short times only.
    #[must_use]
    pub fn count(store: &SharedStore) -> Self {
        let mut values: BTreeMap<&'static str, HashMap<Box<str>, u64>> = BTreeMap::new();
        let mut next = ExchangeId::FIRST;
        loop {
            let store = store.lock();
            let mut seen = 0;
            for row in store.summaries_from(next).take(SLICE) {
                (seen, next) = (seen + 1, row.id.next());
                for (name, key) in KEYS {
                    add(values.entry(name).or_default(), row.text(key));
                }
                if let Some(status) = row.number(NumberKey::Status) {
                    add(values.entry("status").or_default(), &status.to_string());
                }
            }
            if seen < SLICE {
                break;
            }
        }
        let mut fields = HashMap::new();
        let newest: Vec<ExchangeId> = {
            let store = store.lock();
            let all: Vec<ExchangeId> = store.exchanges().map(|exchange| exchange.id).collect();
            all.into_iter().rev().take(DETAILS).collect()
        };
        for ids in newest.chunks(64) {
            let details: Vec<Detail> = {
                let store = store.lock();
                ids.iter().filter_map(|id| store.detail(*id)).collect()
            };
            for detail in &details {
                let mut names = Message::request(detail).field_names();
                names.extend(Message::response(detail).field_names());
                names.sort_unstable();
                names.dedup();
                for name in &names {
                    add(&mut fields, name);
                }
            }
        }
        Self {
            values: values.into_iter().map(|(key, counts)| (key, sorted(counts))).collect(),
            fields: sorted(fields),
        }
    }

    /// The values of a key, by its name.
    #[must_use]
    pub fn values(&self, key: &str) -> &[(Box<str>, u64)] {
        self.values.get(key).map_or(&[], |values| values)
    }

    /// The names of fields, in lower case.
    #[must_use]
    pub fn fields(&self) -> &[(Box<str>, u64)] {
        &self.fields
    }
}

fn add(counts: &mut HashMap<Box<str>, u64>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(count) = counts.get_mut(text) {
        *count += 1;
    } else if counts.len() < VALUES_MAX {
        counts.insert(text.into(), 1);
    }
}

fn sorted(counts: HashMap<Box<str>, u64>) -> Vec<(Box<str>, u64)> {
    let mut counts: Vec<(Box<str>, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts
}
