//! Messages of a WebSocket, in the form that browsers give them: HAR 1.2 has none, but lets fields begin with an
//! underscore.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{base::stream::Direction, explain::Facts};

/// The messages of data, each with the time of its last frame; binary ones in Base64. `None`: the exchange has not become
/// a WebSocket.
pub(super) fn messages(facts: &Facts, started: Option<SystemTime>) -> Option<Value> {
    let websocket = facts.websocket.as_ref()?;
    let began = started.unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut gathered: [Vec<u8>; 2] = Default::default();
    let mut messages = Vec::new();
    for frame in &websocket.frames {
        let Some(part) = frame.message.filter(|_| frame.is_complete) else { continue };
        let gathered = &mut gathered[frame.direction.index()];
        gathered.extend(frame.payload(facts.stream(frame.direction), usize::MAX));
        if !part.is_last {
            continue;
        }
        let mut bytes = std::mem::take(gathered);
        if let Some(inflated) = &frame.inflated {
            bytes = inflated.bytes.to_vec();
        }
        let after = frame.at.saturating_sub(facts.detail.exchange.began);
        let data = if part.is_text {
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            BASE64_STANDARD.encode(&bytes)
        };
        messages.push(json!({
            "type": if frame.direction == Direction::Received { "send" } else { "receive" },
            "time": (began + Duration::from_nanos(after)).as_secs_f64(),
            "opcode": if part.is_text { 1 } else { 2 },
            "data": data,
        }));
    }
    Some(messages.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::Framing,
        store::Store,
        testing::script::{MS, Script},
    };

    #[test]
    fn messages_are_joined_and_have_direction_time_and_type() {
        let mut script = Script::default();
        script.open(1);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        let offset = script.read(1, request);
        let id = script.request(1, offset, request, Framing::None);
        let response = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        script.respond_head(1, id, response, None);
        script.write(1, response);
        script.wait(MS).read(1, b"\x01\x81\0\0\0\0a\x89\x80\0\0\0\0\x80\x81\0\0\0\0b");
        script.wait(MS).write(1, b"\x82\x02\x00\xFF");
        let mut store = Store::new(1 << 20);
        script.batch().events.into_iter().for_each(|event| store.take(event));
        let facts = Facts::new(store.detail(id).expect("kept"));
        let started = UNIX_EPOCH + Duration::from_secs(10);
        let expected = json!([
            { "type": "send", "time": 10.001, "opcode": 1, "data": "ab" },
            { "type": "receive", "time": 10.002, "opcode": 2, "data": "AP8=" },
        ]);
        assert_eq!(messages(&facts, Some(started)), Some(expected));
    }
}
