//! `/headers`: the head of the request as JSON.

use serde_json::json;

use crate::{
    http::{
        Method, Status,
        head::{Field, slice},
    },
    words::with_bytes,
};

use super::{Call, Reply, Request};

/// Returns the head of the request. Bytes that are not UTF-8 are written as `\xNN`, as JSON cannot express them.
/// Fields are a list of pairs, since an object cannot hold one name twice.
pub(super) fn headers(call: &Call<'_>) -> Reply {
    let Request { head, bytes, .. } = call.request;
    let string = |range| json!(with_bytes(slice(bytes, range))).to_string();
    let pair = |name: String, value: String| format!("\n    [{name}, {value}]");
    let edits = call.request.edits;
    let stays = |field: &&Field| edits.is_none_or(|edits| !edits.drops(slice(bytes, &field.name)));
    let arrived =
        head.fields.iter().filter(stays).map(|field| pair(string(&field.name), string(&field.value)));
    let written = edits.into_iter().flat_map(|edits| edits.written());
    let written = written.map(|(name, line)| pair(json!(**name).to_string(), json!(*line.value).to_string()));
    let fields: Vec<_> = arrived.chain(written).collect();
    // RFC 9110 §8.6: the length of a response to HEAD is that of the response to GET, so the content is too.
    let method = match head.method {
        Method::Head => json!(Method::Get.name()).to_string(),
        _ => string(&head.method_range),
    };
    // Formatted by hand: one line per field is easier to read than serde's four.
    let json = format!(
        "{{\n  \"method\": {},\n  \"target\": {},\n  \"version\": \"HTTP/1.{}\",\n  \"fields\": [{}\n  ]\n}}",
        method,
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
                "fields": [["Host", "localhost"], ["x-A", "1"], ["X-a", "2"], ["X-Bytes", "\\xe9\""]],
            })
        );
        assert!(text(&reply).contains("    [\"x-A\", \"1\"],\n"), "{}", text(&reply));
    }

    #[test]
    fn head_has_the_length_of_get() {
        let content = |line| text(&call(line, &["Host: localhost"], b""));
        assert_eq!(content("HEAD /headers"), content("GET /headers"));
    }

    #[test]
    fn no_field_at_all_is_an_empty_list() {
        let reply = call("GET /headers", &[], b"");
        let json: Value = serde_json::from_slice(&content(&reply)).unwrap();
        assert_eq!(json["fields"], json!([]));
    }
}
