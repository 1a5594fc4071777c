//! `/status/:code`: any final status, with the fields that it requires.

use crate::http::Status;

use super::{super::Body, Call, Reply};

/// Answers with the status in the path.
pub(super) fn status(call: &Call<'_>) -> Reply {
    let code = match call.number("code", 200..=599) {
        Ok(code) => u16::try_from(code).unwrap_or(500),
        Err(refusal) => return *refusal,
    };
    let status = Status(code);
    if status.forbids_content() {
        return Reply::new(status, Body::None);
    }
    if code == 205 {
        // RFC 9110 §15.3.6: "a server MUST NOT generate content in a 205 response."
        return Reply::new(status, Body::Bytes(bytes::Bytes::new()));
    }
    let text = format!("{status}\n");
    let len = text.len();
    let mut reply = Reply::text(status, text);
    let fields = &mut reply.fields;
    match code {
        // RFC 9110 §15.3.7.1: a 206 "MUST generate a Content-Range header field".
        206 => fields.append("Content-Range", format!("bytes 0-{}/{len}", len - 1)),
        // §15.5.2: a 401 "MUST send a WWW-Authenticate header field"; §15.5.8: so must a 407 with
        // Proxy-Authenticate.
        401 => fields.append("WWW-Authenticate", "Basic realm=\"byteglass\""),
        407 => fields.append("Proxy-Authenticate", "Basic realm=\"byteglass\""),
        // §15.4: "the server SHOULD generate a Location header field" with each of these.
        300..=303 | 307 | 308 => fields.append("Location", "/"),
        // §15.5.6: "The origin server MUST generate an Allow header field in a 405 response"; what this one refuses is
        // not in it.
        405 => fields.append("Allow", "OPTIONS"),
        // §15.5.17: a 416 "SHOULD generate a Content-Range header field".
        416 => fields.append("Content-Range", format!("bytes */{len}")),
        // §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
        426 => fields.append("Upgrade", "websocket"),
        // RFC 6585 §4 and RFC 9110 §15.6.4: when to try again.
        429 | 503 => fields.append("Retry-After", "1"),
        _ => {}
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::{super::testing::call, *};
    use crate::{service::testing::text, trace::Refusal};

    fn status(code: &str) -> Reply {
        call(&format!("GET /status/{code}"), &[], b"")
    }

    #[test]
    fn final_codes_are_answered_with_their_reason() {
        let reply = status("418");
        assert_eq!((reply.status, reply.refusal), (Status(418), None));
        assert_eq!(text(&reply), "418 I'm a teapot\n");
        assert_eq!(status("200").status, Status(200));
        assert_eq!(status("599").status, Status(599));
    }

    #[test]
    fn codes_without_content_have_none() {
        assert!(matches!(status("204").body, Body::None));
        assert!(matches!(status("304").body, Body::None));
        assert!(matches!(status("205").body, Body::Bytes(bytes) if bytes.is_empty()));
    }

    #[test]
    fn required_fields_are_there() {
        for (code, name, value) in [
            ("206", "Content-Range", "bytes 0-19/20"),
            ("401", "WWW-Authenticate", "Basic realm=\"byteglass\""),
            ("301", "Location", "/"),
            ("405", "Allow", "OPTIONS"),
            ("407", "Proxy-Authenticate", "Basic realm=\"byteglass\""),
            ("426", "Upgrade", "websocket"),
            ("429", "Retry-After", "1"),
            ("503", "Retry-After", "1"),
        ] {
            assert_eq!(status(code).fields.value(name), Some(value), "{code}");
        }
        let reply = status("416");
        let range = format!("bytes */{}", text(&reply).len());
        assert_eq!(reply.fields.value("Content-Range"), Some(&*range));
    }

    #[test]
    fn other_codes_are_refused() {
        for code in
            ["100", "101", "199", "600", "1000", "0", "abc", "2e2", "+200", "-1", "99999999999999999999"]
        {
            assert_eq!(status(code).refusal, Some(Refusal::ParameterInvalid.into()), "{code}");
        }
    }
}
