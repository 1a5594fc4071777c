//! Tests of the chunks of a stream.

use super::*;

/// Pushes `count` chunks of `len` bytes.
fn filled(count: u64, len: u64, share: u64) -> (Stream, VecDeque<Chunk>, u64) {
    let (mut stream, mut chunks, mut held) = (Stream::default(), VecDeque::new(), 0);
    for index in 0..count {
        let bytes = Bytes::from(vec![b'x'; usize::try_from(len).unwrap_or(0)]);
        let change = stream.push(&mut chunks, Nanos::new(index), index * len, &bytes.into(), share);
        held = u64::saturating_add_signed(held, change.bytes);
    }
    (stream, chunks, held)
}

#[test]
fn a_long_message_keeps_its_beginning_and_its_newest_chunk() {
    let (_, chunks, held) = filled(1000, 1000, 20 * (1000 + CHUNK_COST));
    assert_eq!(chunks.len(), 22, "20 kept, one for all that was left out, the newest");
    assert!(chunks[20].omitted());
    assert_eq!((chunks[20].len, chunks[20].count), (979_000, 979));
    assert_eq!(chunks[21].range(), 999_000..1_000_000);
    assert_eq!(held, chunks.iter().map(cost).sum::<u64>());
}

#[test]
fn a_chunk_larger_than_the_share_is_divided() {
    let (mut stream, mut chunks, held) = filled(1, 6_000_000, 100_000);
    let lens: Vec<(u64, u32, bool)> =
        chunks.iter().map(|chunk| (chunk.len, chunk.count, chunk.omitted())).collect();
    let first = 100_000 - CHUNK_COST;
    assert_eq!(lens, [(first, 1, false), (5_975_000 - first, 0, true), (25_000, 0, false)]);
    assert_eq!(held, chunks.iter().map(cost).sum::<u64>());
    let _ = stream.push(
        &mut chunks,
        Nanos::new(1),
        6_000_000,
        &Bytes::from(vec![b'y'; 6_000_000]).into(),
        100_000,
    );
    assert_eq!(chunks.len(), 3);
    assert_eq!((chunks[1].count, chunks[2].number), (1, 2), "the omitted part has all of the second");
    assert_eq!(chunks[2].range().end, 12_000_000);
}

#[test]
fn a_chunk_that_is_most_of_its_memory_is_not_copied() {
    let at_least = |len: usize| if len > MOST_OF_BLOCK { len.max(BLOCK_BYTES) } else { len };
    for (len, shared) in [(MOST_OF_BLOCK, false), (MOST_OF_BLOCK + 1, true), (BLOCK_BYTES + 1, true)] {
        let (mut stream, mut chunks) = (Stream::default(), VecDeque::new());
        let bytes = Bytes::from(vec![b'x'; len]);
        let change = stream.push(&mut chunks, Nanos::new(1), 0, &bytes.clone().into(), u64::MAX);
        assert_eq!(chunks[0].bytes.as_ptr() == bytes.as_ptr(), shared, "{len}");
        let cost = at_least(len) as u64 + CHUNK_COST;
        assert_eq!(change, Change::chunks_added(cost), "{len}");
        assert_eq!(drop_before(&mut chunks, len as u64), cost);
    }
}

#[test]
fn a_chunk_with_a_boundary_stays() {
    let (mut stream, mut chunks, _) = filled(30, 1000, 20 * (1000 + CHUNK_COST));
    stream.boundary();
    let _ = stream.push(&mut chunks, Nanos::new(30), 30_000, &Bytes::from_static(b"next").into(), 100_000);
    assert!(!chunks[21].omitted());
    assert_eq!(gather(&chunks, &(29_999..30_004), 100), b"xnext");
}

#[test]
fn gathers_across_chunks_and_stops_at_a_gap() {
    let (mut stream, mut chunks) = (Stream::default(), VecDeque::new());
    for (index, text) in ["GET", " /in", "dex"].into_iter().enumerate() {
        let offset = [0, 3, 7][index];
        let _ = stream.push(
            &mut chunks,
            Nanos::ZERO,
            offset,
            &Bytes::from_static(text.as_bytes()).into(),
            10_000,
        );
    }
    let _ = stream.push(&mut chunks, Nanos::ZERO, 10, &Payload::Dropped(90), 10_000);
    assert_eq!(gather(&chunks, &(2..9), 100), b"T /inde");
    assert_eq!(gather(&chunks, &(2..9), 3), b"T /");
    assert_eq!(gather(&chunks, &(8..50), 100), b"ex");
    assert_eq!(overlapping(&chunks, &(3..7)), 1..2);
    assert_eq!(overlapping(&chunks, &(3..3)), 0..0);
    assert_eq!(overlapping(&chunks, &(12..40)), 3..4, "in the last one");
    assert_eq!(overlapping(&chunks, &(8..40)), 2..4);
    assert_eq!(overlapping(&chunks, &(100..101)), 4..4);
    assert_eq!(holding(&chunks, 7).map(|chunk| chunk.offset), Some(7));
    assert_eq!(holding(&chunks, 100).map(|chunk| chunk.offset), None);
    assert_eq!(&*gather_text(&chunks, &(4..7), 100), "/in");
    assert_eq!(&*gather_text(&chunks, &(4..7), 2), "/i");
    assert_eq!(&*gather_text(&chunks, &(4..10), 100), "/index");
    assert_eq!(&*gather_text(&chunks, &(8..50), 100), "ex");
}

#[test]
fn what_was_lost_and_what_had_no_room_stay_apart() {
    let (mut stream, mut chunks, _) = filled(30, 1000, 10 * (1000 + CHUNK_COST));
    for (offset, payload) in
        [(30_000, Payload::Dropped(5)), (30_005, Payload::Dropped(7)), (30_012, Payload::Unread(9))]
    {
        let _ = stream.push(&mut chunks, Nanos::new(30), offset, &payload, 10_000);
    }
    let omitted: Vec<(Range<u64>, bool)> =
        chunks.iter().filter(|chunk| chunk.omitted()).map(|chunk| (chunk.range(), chunk.lost)).collect();
    assert_eq!(omitted, [(10_000..30_000, false), (30_000..30_012, true), (30_012..30_021, false)]);
    assert!(strip(&mut chunks).omitted > 0);
    assert_eq!(chunks.iter().map(|chunk| chunk.lost).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn stripped_chunks_are_one() {
    let (_, mut chunks, held) = filled(10, 100, 100_000);
    let change = strip(&mut chunks);
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].len, 1000);
    assert_eq!(change.omitted, 1000);
    assert_eq!(held.saturating_add_signed(change.bytes), CHUNK_COST);
}

#[test]
fn what_ends_before_is_dropped() {
    let (_, mut chunks, _) = filled(10, 100, 100_000);
    assert_eq!(drop_before(&mut chunks, 250), 2 * (100 + CHUNK_COST));
    assert_eq!(chunks[0].offset, 200);
}
