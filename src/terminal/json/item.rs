//! An event of a stream, or a JSON text, as JSON.

use serde::Serialize;

use crate::store::SeenItem;

#[derive(Serialize)]
pub(super) struct ItemJson {
    format: &'static str,
    number: u64,
    range: [u64; 2],
    dispatched: bool,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    data_len: u64,
    data: String,
}

impl From<&SeenItem<'_>> for ItemJson {
    fn from(seen: &SeenItem<'_>) -> Self {
        let item = seen.item;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            format: seen.format.facts().key,
            number: seen.number,
            range: [seen.range.start, seen.range.end],
            dispatched: item.is_dispatched(),
            kind: seen.type_words().into_owned(),
            id: item.id.as_ref().map(|id| text(seen.part(id))),
            retry_ms: item.retry,
            comment: (item.comments > 0).then(|| text(seen.part(&item.comment))),
            data_len: item.data_bytes,
            data: text(&seen.data()),
        }
    }
}
