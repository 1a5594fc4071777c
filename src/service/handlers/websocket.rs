//! `/ws/echo`: the opening handshake of a WebSocket connection (RFC 6455 §4.2). What is spoken on the connection after
//! it is the server's business.

use crate::{
    http::{Method, Status},
    trace::Refusal,
    websocket::handshake,
};

use super::{
    super::{Body, Request},
    Call, Reply,
};

/// Answers the handshake. No extension is agreed on, and no subprotocol: §4.2.2 lets a server leave both out, and a
/// client that needs one closes.
pub(super) fn echo(call: &Call<'_>) -> Reply {
    match key(call) {
        Ok(key) => {
            let mut reply = Reply::new(Status(101), Body::None);
            reply.fields.append("Upgrade", "websocket");
            reply.fields.append("Sec-WebSocket-Accept", handshake::accept(key));
            reply
        }
        Err((refusal, detail)) => {
            let mut reply = Reply::refusal_with(refusal, Some(detail));
            if reply.status == Status(426) {
                // RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
                reply.fields.append("Upgrade", "websocket");
                // RFC 6455 §4.4: the server answers "with a |Sec-WebSocket-Version| header field" that has the
                // versions it is willing to use.
                reply.fields.append("Sec-WebSocket-Version", handshake::VERSION);
            }
            reply
        }
    }
}

/// The client's key, if the handshake is in order.
fn key<'a>(call: &Call<'a>) -> Result<&'a [u8], (Refusal, &'static str)> {
    let request = call.request;
    // RFC 9110 §7.8: a server "MUST ignore an Upgrade header field that is received in an HTTP/1.0 request".
    if request.method() != Method::Get || request.head.version.minor == 0 {
        return Err((Refusal::UpgradeNeeded, "A WebSocket connection begins with GET and HTTP/1.1."));
    }
    if !is_asked_for(request) || !lists(request, "Connection", "upgrade") {
        let detail = "The request needs the fields Upgrade: websocket and Connection: upgrade.";
        return Err((Refusal::UpgradeNeeded, detail));
    }
    let mut versions = request.head.values(request.bytes, "Sec-WebSocket-Version");
    if versions.next() != Some(handshake::VERSION.as_bytes()) || versions.next().is_some() {
        return Err((Refusal::WebSocketVersion, "The version spoken here is 13."));
    }
    let mut keys = request.head.values(request.bytes, "Sec-WebSocket-Key");
    match (keys.next(), keys.next()) {
        (Some(key), None) if handshake::is_key(key) => Ok(key),
        (None, _) => Err((Refusal::WebSocketKey, "There is no Sec-WebSocket-Key.")),
        (_, Some(_)) => Err((Refusal::WebSocketKey, "There is more than one Sec-WebSocket-Key.")),
        _ => Err((Refusal::WebSocketKey, "It has to be 16 bytes in base64.")),
    }
}

/// Whether a request asks for WebSocket, in order or not.
pub(in crate::service) fn is_asked_for(request: &Request<'_>) -> bool {
    lists(request, "Upgrade", "websocket")
}

/// Whether a field is a list with this element. ASCII case does not matter.
fn lists(request: &Request<'_>, name: &'static str, wanted: &str) -> bool {
    let mut values = request.head.values(request.bytes, name);
    let is_it = |one: &[u8]| one.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes());
    values.any(|value| value.split(|byte| *byte == b',').any(is_it))
}

#[cfg(test)]
mod tests {
    use super::super::{super::testing::text, testing::call};
    use super::*;

    const FIELDS: [&str; 4] = [
        "Upgrade: h2c, WebSocket",
        "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ];

    /// RFC 6455 §1.3.
    #[test]
    fn the_handshake_of_the_standard_is_answered() {
        let extras = ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat"];
        let reply = call("GET /ws/echo", &[&FIELDS[..], &extras].concat(), b"");
        assert_eq!(reply.status, Status(101));
        assert_eq!(reply.fields.value("Upgrade"), Some("websocket"));
        assert_eq!(reply.fields.value("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(reply.fields.value("Sec-WebSocket-Extensions"), None);
        assert_eq!(reply.fields.value("Sec-WebSocket-Protocol"), None);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (place, instead, status, named) in [
            (0, "Upgrade: h2c", 426, "Upgrade: websocket"),
            (1, "Connection: keep-alive", 426, "Connection: upgrade"),
            (2, "X: y", 400, "no Sec-WebSocket-Key"),
            (2, "Sec-WebSocket-Key: abc", 400, "16 bytes"),
            (3, "Sec-WebSocket-Version: 8", 426, "13"),
            (3, "X: y", 426, "13"),
        ] {
            let mut fields = FIELDS;
            fields[place] = instead;
            let reply = call("GET /ws/echo", &fields, b"");
            assert_eq!(reply.status, Status(status), "{instead}");
            assert!(text(&reply).contains(named), "{instead}: {}", text(&reply));
            let version = reply.fields.value("Sec-WebSocket-Version");
            assert_eq!(version, (status == 426).then_some("13"), "{instead}");
        }
        let twice = [&FIELDS[..], &FIELDS[2..3]].concat();
        assert!(text(&call("GET /ws/echo", &twice, b"")).contains("more than one"));
    }
}
