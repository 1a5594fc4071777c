//! Tests of one stream by itself: nothing waits for the other one.

use super::*;
use crate::testing::Lcg;

fn take(stream: &mut Stream, seq: u32, bytes: &'static [u8]) -> Vec<StreamEvent> {
    put(stream, Nanos::new(1), seq, Bytes::from_static(bytes), 0, false)
}

fn put(stream: &mut Stream, at: Nanos, seq: u32, bytes: Bytes, lost: u64, fin: bool) -> Vec<StreamEvent> {
    stream.put(seq, Held { at, bytes, lost, acked: None, packet: 0 }, fin);
    let mut parts = Vec::new();
    while stream.waits_for(&Stream::default()).is_none() && stream.pop(&mut parts) {}
    while stream.is_full()
        && let Some(WaitsFor::Own(offset)) = stream.waits_for(&Stream::default())
    {
        stream.skip_to(at, offset, &mut parts);
        stream.pop(&mut parts);
    }
    parts
}

fn piece(bytes: &'static [u8]) -> StreamEvent {
    StreamEvent::Bytes { at: Nanos::new(1), bytes: Bytes::from_static(bytes), acked: None }
}

#[test]
fn segments_come_out_in_order_across_the_wrap() {
    let mut stream = Stream::default();
    stream.begin(u32::MAX - 1);
    assert_eq!(take(&mut stream, u32::MAX - 1, b"ab"), [piece(b"ab")]);
    assert_eq!(take(&mut stream, 2, b"ef"), []);
    assert_eq!(take(&mut stream, 0, b"cd"), [piece(b"cd"), piece(b"ef")]);
    assert_eq!(stream.stats, ReassemblyStats { out_of_order: 1, ..ReassemblyStats::default() });
}

#[test]
fn what_is_sent_again_is_compared() {
    let mut stream = Stream::default();
    stream.begin(100);
    assert_eq!(take(&mut stream, 100, b"hello"), [piece(b"hello")]);
    assert_eq!(take(&mut stream, 100, b"hello"), []);
    assert_eq!(take(&mut stream, 102, b"LLo!"), [piece(b"!")]);
    let stats = ReassemblyStats { repeated: 2, different: 1, ..ReassemblyStats::default() };
    assert_eq!(stream.stats, stats);
    // A keep-alive probe is no repetition, whatever its byte.
    assert_eq!(take(&mut stream, 105, b"\0"), []);
    assert_eq!(stream.stats, stats);
}

#[test]
fn what_never_comes_is_a_gap() {
    let mut stream = Stream::default();
    stream.begin(1);
    assert_eq!(take(&mut stream, 4, b"def"), []);
    assert_eq!(stream.waits_for(&Stream::default()), Some(WaitsFor::Own(3)));
    let mut parts = Vec::new();
    stream.skip_to(Nanos::new(1), 3, &mut parts);
    stream.pop(&mut parts);
    assert_eq!(parts, [StreamEvent::Gap(Nanos::new(1), 3), piece(b"def")]);
    // Cut by the snapshot length, then the end.
    let cut = put(&mut stream, Nanos::new(2), 7, Bytes::from_static(b"gh"), 10, true);
    assert_eq!(
        cut,
        [
            StreamEvent::Bytes { at: Nanos::new(2), bytes: Bytes::from_static(b"gh"), acked: None },
            StreamEvent::Gap(Nanos::new(2), 10),
            StreamEvent::End(Nanos::new(2))
        ]
    );
}

#[test]
fn any_order_gives_the_same_stream() {
    let text: Vec<u8> = (0..=255).cycle().take(3_000).collect();
    let mut dice = Lcg(9);
    for _ in 0..50 {
        let mut segments = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let len = 1 + dice.index(200);
            let back = dice.index(20).min(at);
            let end = (at + len).min(text.len());
            segments.push((at - back, Bytes::copy_from_slice(&text[at - back..end])));
            at = end;
        }
        for index in (1..segments.len()).rev() {
            let other = dice.index(index + 1);
            segments.swap(index, other);
        }
        let mut stream = Stream::default();
        stream.begin(u32::MAX - 999);
        let mut out = Vec::new();
        for (at, bytes) in segments {
            let seq = (u32::MAX - 999).wrapping_add(u32::try_from(at).unwrap_or(0));
            for part in put(&mut stream, Nanos::new(1), seq, bytes, 0, false) {
                if let StreamEvent::Bytes { bytes, .. } = part {
                    out.extend_from_slice(&bytes);
                }
            }
        }
        assert_eq!(out, text);
        assert_eq!((stream.stats.different, stream.stats.lost_bytes), (0, 0));
    }
}

#[test]
fn what_is_held_is_bounded() {
    let mut stream = Stream::default();
    stream.begin(1);
    let block = Bytes::from(vec![0; 60_000]);
    for number in 0..200_u32 {
        put(&mut stream, Nanos::new(1), 2 + number * 60_000, block.clone(), 0, false);
        assert!(stream.held_bytes <= HELD_BYTES);
    }
    assert_eq!(stream.stats.lost_bytes, 1);
}

#[test]
fn a_segment_waits_for_what_its_sender_had_received() {
    let (mut asked, mut answered) = (Stream::default(), Stream::default());
    asked.begin(1);
    answered.begin(1);
    let held = |bytes: &'static [u8], acked| Held {
        at: Nanos::new(1),
        bytes: Bytes::from_static(bytes),
        lost: 0,
        acked,
        packet: 0,
    };
    answered.put(1, held(b"answer", asked.acked(4)), false);
    assert_eq!(answered.waits_for(&asked), Some(WaitsFor::Other(3)));
    asked.put(1, held(b"ask", answered.acked(1)), false);
    assert_eq!(asked.waits_for(&answered), None);
    assert!(asked.pop(&mut Vec::new()));
    assert_eq!(answered.waits_for(&asked), None);
    // Far beyond everything that was seen: no acknowledgement of this connection.
    assert_eq!(asked.acked(1 << 30), None);
}
