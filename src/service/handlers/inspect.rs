//! `/headers`: the head of the request as JSON.

use serde_json::json;

use crate::http::{
    Status,
    head::{Field, slice},
};

use super::{Call, Reply, Request};

/// Returns the head of the request. Bytes that are not UTF-8 become U+FFFD, as JSON cannot express them.
/// Fields are a list of pairs, since an object cannot hold one name twice.
pub(super) fn headers(call: &Call<'_>) -> Reply {
    let Request { head, bytes, .. } = call.request;
    let string = |range| json!(String::from_utf8_lossy(slice(bytes, range))).to_string();
    let pair = |name: String, value: String| format!("\n    [{name}, {value}]");
    let edits = call.request.edits;
    let stays = |field: &&Field| edits.is_none_or(|edits| !edits.drops(slice(bytes, &field.name)));
    let arrived =
        head.fields.iter().filter(stays).map(|field| pair(string(&field.name), string(&field.value)));
    let written = edits.into_iter().flat_map(|edits| edits.written());
    let written = written.map(|(name, line)| pair(json!(**name).to_string(), json!(*line.value).to_string()));
    let fields: Vec<_> = arrived.chain(written).collect();
    // Formatted by hand: one line per field is easier to read than serde's four.
    let json = format!(
        "{{\n  \"method\": {},\n  \"target\": {},\n  \"version\": \"HTTP/1.{}\",\n  \"fields\": [{}\n  ]\n}}",
        string(&head.method_range),
        string(&head.target),
        head.version.minor,
        fields.join(","),
    );
    Reply::json(Status(200), json)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use serde_json::{Value, json};

    use super::super::testing::call;
    use crate::service::testing::{content, text};

    #[test]
    fn fields_keep_their_order_their_case_and_their_repetition() {
        let reply =
            call("GET /headers?a=1", &["Host: localhost", "x-A: 1", "X-a: 2", "X-Bytes: \u{e9}\""], b"");
        let json: Value = serde_json::from_slice(&content(&reply)).unwrap();
        assert_eq!(
            json,
            json!({
                "method": "GET",
                "target": "/headers?a=1",
                "version": "HTTP/1.1",
                "fields": [["Host", "localhost"], ["x-A", "1"], ["X-a", "2"], ["X-Bytes", "\u{fffd}\""]],
            })
        );
        assert!(text(&reply).contains("    [\"x-A\", \"1\"],\n"), "{}", text(&reply));
    }

    #[test]
    fn no_field_at_all_is_an_empty_list() {
        let reply = call("GET /headers", &[], b"");
        let json: Value = serde_json::from_slice(&content(&reply)).unwrap();
        assert_eq!(json["fields"], json!([]));
    }
}
