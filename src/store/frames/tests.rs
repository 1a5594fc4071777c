//! Frames that are followed, however their bytes come.

use super::*;

const HEAD: &[u8] = b"HTTP/1.1 101 X\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n\r\n";

fn conn() -> ConnId {
    ConnId::FIRST
}

/// The frames that are seen when both streams come in pieces of this size.
fn seen(head: &[u8], received: &[u8], sent: &[u8], size: usize) -> Vec<String> {
    let mut follower = FrameFollower::default();
    let mut lines = Vec::new();
    let mut see = |seen: &SeenOfWebSocket<'_>| {
        let frame = match seen {
            SeenOfWebSocket::Frame(frame) => frame,
            SeenOfWebSocket::Breach(breach) => {
                return lines.push(format!("{:?} {} {:?}", breach.direction, breach.rule.key(), breach.span));
            }
        };
        let payload = String::from_utf8_lossy(frame.payload).into_owned();
        let opcode = frame.head.opcode.key();
        lines.push(format!("{:?} {opcode} {} {payload}", frame.direction, frame.is_text));
    };
    let end = 7 + head.len() as u64;
    follower.begin(conn(), ExchangeId::FIRST, 7..end, 100, &received[..1]);
    let sent = [head, sent].concat();
    for (index, piece) in sent.chunks(size).enumerate() {
        follower.take(conn(), Direction::Sent, 7 + (index * size) as u64, Some(piece), &mut see);
    }
    for (index, piece) in received[1..].chunks(size).enumerate() {
        follower.take(conn(), Direction::Received, 101 + (index * size) as u64, Some(piece), &mut see);
    }
    lines
}

#[test]
fn frames_are_seen_however_their_bytes_come() {
    let received = b"\x01\x82\x09\x08\x07\x06\x61\x61\x89\x80\0\0\0\0\x80\x81\0\0\0\0!";
    for size in 1..120 {
        let lines = seen(HEAD, received, b"\x82\x02\x00A\x81\x01x", size);
        let expected = [
            "Sent binary false \0A",
            "Sent text true x",
            "Received text true hi",
            "Received ping false ",
            "Received continue true !",
        ];
        assert_eq!(lines, expected, "{size}");
    }
}

#[test]
fn a_breach_is_told_once_and_ends_its_direction() {
    let received = b"\x81\x80\0\0\0\0\xB1\x80\0\0\0\0\x81\x80\0\0\0\0";
    for size in 1..120 {
        let lines = seen(HEAD, received, b"\x81\x01x", size);
        let expected = ["Sent text true x", "Received text true ", "Received ws_reserved_bit 106..107"];
        assert_eq!(lines, expected, "{size}");
    }
}

#[test]
fn another_protocol_has_no_frames() {
    let head = b"HTTP/1.1 101 X\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\n";
    assert!(seen(head, b"\x81\x80\0\0\0\0", b"\x81\x00", 10).is_empty());
}

#[test]
fn after_a_gap_nothing_is_taken_for_a_frame() {
    let mut follower = FrameFollower::default();
    let end = HEAD.len() as u64;
    follower.begin(conn(), ExchangeId::FIRST, 0..end, 0, b"");
    let mut count = 0;
    let mut take = |direction, offset, bytes| {
        follower.take(conn(), direction, offset, bytes, &mut |_| count += 1);
    };
    take(Direction::Sent, 0, Some(HEAD));
    take(Direction::Sent, end, Some(b"\x81\x01"));
    take(Direction::Sent, end + 2, None);
    take(Direction::Sent, end + 3, Some(b"\x81\x00"));
    take(Direction::Received, 0, Some(b"\x81\x80\0\0\0\0"));
    assert_eq!(count, 1);
    assert!(follower.has_gap(conn()));
}
