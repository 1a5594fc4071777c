//! Damaged requests from a fixed seed: whatever the bytes, the machine does not panic, says the same
//! however they are split, and accounts for each of them.

use byteglass::{http::Limits, testing::Lcg};

use super::{
    drive::{self, drive},
    input::Input,
};

/// Whole streams from which the damaged ones are made.
pub(super) const STREAMS: [&[u8]; 6] = [
    b"GET /a/b?c=d HTTP/1.1\r\nHost: localhost:8080\r\nAccept: */*\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\\\"c\";d\r\nhello\r\n0\r\nX-T: v \r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    b"GET http://a.b/c?d HTTP/1.2\r\nHost: x\r\nX: \xe9\t \r\nConnection: keep-alive\r\n\r\n",
];

/// Bytes that matter to some rule.
const BYTES: &[u8] = b"\r\n\t \0:;,=\"\\/?*%@[]#<0159afFgGhHcC.-_\x7f\x80\xff\x16";

const ROUNDS: usize = 6_000;

#[test]
pub(super) fn damaged_streams_are_read_the_same_in_any_pieces() {
    let limits = Limits { target_bytes: 40, head_bytes: 160, body_bytes: 20, ..Limits::UNLIMITED };
    let mut dice = Lcg(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut read) = (0, 0);
    for round in 0..ROUNDS {
        let mut bytes = STREAMS[dice.index(STREAMS.len())].to_vec();
        for _ in 0..dice.index(4) {
            damage(&mut bytes, &mut dice);
        }
        let input = Input::of(bytes, limits);
        let name = format!("round {round}: {}", input.bytes.escape_ascii());
        let whole = drive(&input, [&input.bytes[..]]);
        let pieces = dice.pieces(&input.bytes, 30);
        whole.assert_same(&drive(&input, pieces), &name);
        whole.assert_same(&drive(&input, input.bytes.chunks(1)), &name);
        drive::assert_live_is_same(&input, &whole, &name);
        drive::assert_covered(&input, &input.bytes, &whole, &name);
        let prefix = &input.bytes[..dice.index(input.bytes.len() + 1)];
        drive::assert_covered(&input, prefix, &whole, &name);
        if whole.driven.violation.is_some() {
            refused += 1;
        } else {
            read += 1;
        }
    }
    // Both ways are well trodden.
    assert!(refused > ROUNDS / 4 && read > ROUNDS / 4, "{refused} refused, {read} read");
}

pub(super) fn damage(bytes: &mut Vec<u8>, dice: &mut Lcg) {
    if bytes.len() < 2 {
        return;
    }
    let at = dice.index(bytes.len());
    let byte = BYTES[dice.index(BYTES.len())];
    match dice.index(6) {
        0 => bytes[at] = byte,
        1 => bytes[at] ^= 1 << dice.index(8),
        2 => bytes.insert(at, byte),
        3 => {
            bytes.remove(at);
        }
        4 => bytes.truncate(at + 1),
        _ => {
            let end = (at + 1 + dice.index(20)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = dice.index(bytes.len());
            bytes.splice(to..to, copy);
        }
    }
}
