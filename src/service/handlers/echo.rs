//! `/echo` and `/api/echo`: the request's body in the response.

use std::{borrow::Cow, collections::HashMap};

use serde_json::{json, value::RawValue};

use crate::{
    http::Status,
    trace::Refusal,
    words::{essence, excerpt, with_bytes},
};

use super::{super::Body, Call, Reply};

/// Length of the longest body that `/api/echo` explains, in bytes. No other client has to wait while it does.
const EXPLAINED_MAX: usize = 1_000_000;
/// Number of fields of a form that `/api/echo` shows.
const FIELDS_MAX: usize = 1000;

/// `/echo`: the body, byte for byte, with the media type of the request.
pub(super) fn repeat(call: &Call<'_>) -> Reply {
    let mut reply = Reply::new(Status(200), Body::Bytes(call.body.clone()));
    let kind = call.request.value("Content-Type").map(String::from_utf8_lossy);
    let kind = kind.map_or("application/octet-stream".into(), Cow::into_owned);
    reply.fields.append("Content-Type", kind);
    // The client chose the type; browsers must not guess another one, and a page that a form of another site sent
    // here must not act as one of this site.
    reply.fields.append("X-Content-Type-Options", "nosniff");
    reply.fields.append("Content-Security-Policy", "sandbox");
    reply
}

/// `/api/echo`: a JSON description of the body.
pub(super) fn explain(call: &Call<'_>) -> Reply {
    let kind = media_type(call);
    let form = kind == "application/x-www-form-urlencoded";
    let coding = call.request.value("Content-Encoding").unwrap_or_default();
    if !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity") {
        let detail = format!("The coding is {}; /echo repeats any.", excerpt(&with_bytes(coding), 40));
        return Reply::refusal_with(Refusal::CodingOfContent, Some(&detail));
    }
    let is_json = kind == "application/json" || kind.ends_with("+json");
    if call.body.is_empty() && !is_json {
        return answer("\"\"", None, Some("The body is empty."));
    }
    let text = str::from_utf8(call.body);
    // A byte that is no text becomes four characters.
    let most = if text.is_ok() { EXPLAINED_MAX } else { EXPLAINED_MAX / 4 };
    if call.body.len() > most {
        let note = format!(
            "The body has {} bytes. This route explains up to {most}; /echo repeats any.",
            call.body.len()
        );
        return answer("null", None, Some(&note));
    }
    let parsed = text
        .map_err(|error| format!("The body is not UTF-8: byte {} cannot stand there", error.valid_up_to()))
        .and_then(|text| match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => Ok((text, value.get())),
            Err(_) if text.is_empty() => Err("The body is empty, and JSON has at least one value".to_owned()),
            Err(error) => Err(error.to_string()),
        });
    match parsed {
        // curl -d always sends "form" as the type. No form of a browser begins like this, because it would
        // encode the brace.
        Ok((text, value)) if !form || value.starts_with(['{', '[']) => {
            let note = form.then_some("The Content-Type says form, but the body is JSON.");
            // The original text rather than the parsed value, to preserve the order of members, repeated
            // members and the digits of numbers.
            answer(text.trim(), message(value), note)
        }
        Err(reason) if is_json => {
            let detail = format!("It should be JSON: {}.", excerpt(&reason, 200));
            Reply::refusal_with(Refusal::BodyUnreadable, Some(&detail))
        }
        _ if form => {
            let (object, is_whole) = form_object(call.body);
            let note = (!is_whole).then(|| format!("Only the first {FIELDS_MAX} fields are shown."));
            answer(&object, None, note.as_deref())
        }
        _ => answer(&json!(with_bytes(call.body)).to_string(), None, None),
    }
}

/// The reply. `received`: the body, already as JSON.
fn answer(received: &str, message: Option<&RawValue>, note: Option<&str>) -> Reply {
    let message = message.map(|message| format!(",\"you sent\":{message}")).unwrap_or_default();
    let note = note.map(|note| format!(",\"note\":{}", json!(note))).unwrap_or_default();
    Reply::json(Status(200), format!("{{\"received\":{received}{message}{note}}}"))
}

/// The member `message` of an object, as it was written. `None`: there is none, or several.
fn message(json: &str) -> Option<&RawValue> {
    /// An object with a message; its other members are read over, which takes no memory.
    #[derive(serde::Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        message: Option<&'a RawValue>,
    }
    // A list is an object without names to serde.
    if !json.starts_with('{') {
        return None;
    }
    serde_json::from_str::<Message<'_>>(json).ok()?.message
}

/// The media type of the body without its parameters, in lower case. Empty: no Content-Type.
fn media_type(call: &Call<'_>) -> String {
    let value = call.request.value("Content-Type").unwrap_or_default();
    essence(&String::from_utf8_lossy(value))
}

/// The name and the value of a field of a form: <https://url.spec.whatwg.org/#urlencoded-parsing>, but with the bytes
/// that are not UTF-8 as `\xNN`.
fn pair(field: &[u8]) -> (String, String) {
    let at = field.iter().position(|byte| *byte == b'=');
    let (name, value) = at.map_or((field, &b""[..]), |at| (&field[..at], &field[at + 1..]));
    let decoded = |bytes: &[u8]| {
        let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
        with_bytes(&bytes).into_owned()
    };
    (decoded(name), decoded(value))
}

/// A form as a JSON object, with the fields in order of their first occurrence, and whether it has all of them. A
/// repeated name has a list as its value.
fn form_object(body: &[u8]) -> (String, bool) {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    let mut places = HashMap::new();
    let mut pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(pair);
    for (name, value) in pairs.by_ref().take(FIELDS_MAX) {
        let place = *places.entry(name.clone()).or_insert(fields.len());
        match fields.get_mut(place) {
            Some(field) => field.1.push(value),
            None => fields.push((name, vec![value])),
        }
    }
    let member = |(name, values): &(String, Vec<String>)| match values.as_slice() {
        [value] => format!("{}:{}", json!(name), json!(value)),
        values => format!("{}:{}", json!(name), json!(values)),
    };
    (format!("{{{}}}", fields.iter().map(member).collect::<Vec<_>>().join(",")), pairs.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use crate::{
        service::testing::{content, text},
        trace::Refusal,
    };

    fn explain(kind: &str, body: &[u8]) -> String {
        text(&call("POST /api/echo", &[&format!("Content-Type: {kind}")], body))
    }

    #[test]
    fn json_comes_back_as_it_was_sent() {
        let sent = r#" {"b":1.50,"a":[true,null],"message":"h\u00e9","a":2} "#;
        assert_eq!(
            explain("application/json", sent.as_bytes()),
            "{\"received\":{\"b\":1.50,\"a\":[true,null],\"message\":\"h\\u00e9\",\"a\":2},\"you sent\":\"h\\u00e9\"}\n"
        );
        assert_eq!(explain("application/ld+json; charset=utf-8", b"[1]"), "{\"received\":[1]}\n");
        assert_eq!(
            explain("Application/JSON", b"{\"message\":{\"a\":1}}"),
            "{\"received\":{\"message\":{\"a\":1}},\"you sent\":{\"a\":1}}\n"
        );
    }

    #[test]
    fn a_body_that_would_take_long_is_only_counted() {
        let long = format!("[{}0]", r#"{"":0},"#.repeat(200_000));
        assert_eq!(
            explain("text/plain", long.as_bytes()),
            "{\"received\":null,\"note\":\"The body has 1400003 bytes. This route explains up to 1000000; \
             /echo repeats any.\"}\n"
        );
        let many = explain("application/x-www-form-urlencoded", "a&".repeat(400_000).as_bytes());
        assert!(many.ends_with("\"note\":\"Only the first 1000 fields are shown.\"}\n"), "{}", many.len());
        assert!(many.len() < 10_000);
    }

    #[test]
    fn what_the_grammar_of_json_allows_is_json() {
        for body in ["1e400", "\"\\ud800\"", &format!("{}{}", "[".repeat(300), "]".repeat(300))] {
            assert_eq!(explain("application/json", body.as_bytes()), format!("{{\"received\":{body}}}\n"));
        }
    }

    #[test]
    fn content_in_a_coding_is_said_to_be_so() {
        let fields = ["Content-Type: application/json", "Content-Encoding: gzip"];
        let reply = call("POST /api/echo", &fields, b"\x1f\x8b");
        assert_eq!(reply.refusal, Some(Refusal::CodingOfContent.into()));
        assert!(text(&reply).contains("The coding is gzip; /echo repeats any."), "{}", text(&reply));
    }

    #[test]
    fn broken_json_is_refused_in_plain_words() {
        let refused = |body: &[u8]| {
            let reply = call("POST /api/echo", &["Content-Type: application/json"], body);
            assert_eq!(reply.refusal, Some(Refusal::BodyUnreadable.into()), "{}", text(&reply));
            text(&reply)
        };
        assert!(refused(b"{\"a\":").contains("It should be JSON: EOF while parsing"));
        assert!(refused(b"").contains("The body is empty, and JSON has at least one value."));
        assert!(refused(b"\"\xff\"").contains("The body is not UTF-8: byte 1 cannot stand there."));
        assert!(refused("[".repeat(100_000).as_bytes()).contains("EOF while parsing"));
    }

    #[test]
    fn text_that_is_json_is_taken_for_json_and_other_text_for_text() {
        assert_eq!(
            explain("text/plain", b"{\"message\":1}"),
            "{\"received\":{\"message\":1},\"you sent\":1}\n"
        );
        assert_eq!(explain("text/plain", b"hello \"you\"\n"), "{\"received\":\"hello \\\"you\\\"\\n\"}\n");
        assert_eq!(explain("text/plain", b"\xff"), "{\"received\":\"\\\\xff\"}\n");
        assert_eq!(text(&call("POST /api/echo", &[], b"hi")), "{\"received\":\"hi\"}\n");
    }

    #[test]
    fn an_empty_body_is_said_to_be_empty() {
        let expected = "{\"received\":\"\",\"note\":\"The body is empty.\"}\n";
        assert_eq!(text(&call("POST /api/echo", &[], b"")), expected);
        assert_eq!(explain("application/x-www-form-urlencoded", b""), expected);
    }

    #[test]
    fn a_form_is_an_object_of_its_fields() {
        assert_eq!(
            explain("application/x-www-form-urlencoded", b"message=Hello%2C+you&b=1&a=2&b=3"),
            "{\"received\":{\"message\":\"Hello, you\",\"b\":[\"1\",\"3\"],\"a\":\"2\"}}\n"
        );
        assert_eq!(
            explain("application/x-www-form-urlencoded", b"42"),
            "{\"received\":{\"42\":\"\"}}\n",
            "a number is JSON too, but also a field of a form"
        );
    }

    #[test]
    fn json_that_curl_calls_a_form_is_taken_for_what_it_is() {
        assert_eq!(
            explain("application/x-www-form-urlencoded", b"{\"message\":\"hi\"}"),
            "{\"received\":{\"message\":\"hi\"},\"you sent\":\"hi\",\"note\":\"The Content-Type says form, but the body is JSON.\"}\n"
        );
    }

    #[test]
    fn echo_is_byte_for_byte_with_its_type() {
        let body: Vec<u8> = (0..=255).collect();
        let reply = call("POST /echo", &["Content-Type: image/x-odd"], &body);
        assert_eq!(content(&reply), body);
        assert_eq!(reply.fields.value("Content-Type"), Some("image/x-odd"));
        assert_eq!(reply.fields.value("Content-Security-Policy"), Some("sandbox"));
        let reply = call("POST /echo", &[], b"");
        assert_eq!(reply.fields.value("Content-Type"), Some("application/octet-stream"));
        assert_eq!(reply.body.len(), Some(0));
    }
}
