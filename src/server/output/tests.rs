//! The output in front of a socket that takes what it is told.

use std::time::Duration;

use super::*;
use crate::service::Ending;

/// A socket that accepts `room` bytes and is then full.
struct Socket {
    room: usize,
    got: Vec<u8>,
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        self.got.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn small_pieces_leave_in_one_write() {
    let mut output = Output::default();
    output.build(|tail| tail.extend_from_slice(b"head "));
    output.put(Bytes::from_static(b"body"));
    let mut socket = Socket { room: 100, got: Vec::new() };
    let mut writes = Vec::new();
    let flushed =
        output.flush(&mut socket, Nanos::ZERO, usize::MAX, |at, bytes, _| writes.push((at, bytes.clone())));
    assert_eq!(flushed.expect("room"), Flushed::Empty);
    assert_eq!(writes, [(0, Bytes::from_static(b"head body"))]);
    assert_eq!((output.written(), output.produced(), output.queued()), (9, 9, 0));
}

#[test]
fn a_full_socket_keeps_the_rest_in_order() {
    let mut output = Output::default();
    output.put(Bytes::from(vec![b'a'; COPIED_BYTES + 1]));
    output.put(Bytes::from_static(b"end"));
    let mut socket = Socket { room: 10, got: Vec::new() };
    assert_eq!(
        output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"),
        Flushed::Full
    );
    assert_eq!(output.written(), 10);
    socket.room = usize::MAX;
    assert_eq!(
        output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"),
        Flushed::Empty
    );
    assert_eq!(socket.got.len(), COPIED_BYTES + 4);
    assert!(socket.got.ends_with(b"aend"));
}

#[test]
fn a_block_is_lent_and_comes_back_whatever_is_not_written() {
    let mut block = BytesMut::new();
    let mut output = Output::default();
    let mut socket = Socket { room: 3, got: Vec::new() };
    for expected in [Flushed::Full, Flushed::Empty] {
        output.attach_block(&mut block, &mut Blocks::default());
        output.build(|tail| tail.extend_from_slice(b"in the block "));
        assert_eq!(output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"), expected);
        output.detach_block(&mut block);
        socket.room = usize::MAX;
        assert!(block.capacity() > 0, "it came back");
        assert!(output.tail.capacity() == 0, "nothing is held");
    }
    assert_eq!(socket.got, b"in the block in the block ");
    // No part of the block is held any more, so it can be reused from its beginning.
    assert!(block.try_reclaim(BLOCK_BYTES));
}

#[test]
fn a_pace_is_kept() {
    let mut output = Output::default();
    output.set_pace(Some(Pace { bytes: 2, every: Duration::from_nanos(100) }));
    output.put(Bytes::from_static(b"abc"));
    let mut socket = Socket { room: 100, got: Vec::new() };
    assert_eq!(
        output.flush(&mut socket, Nanos::new(50), usize::MAX, |_, _, _| {}).expect("room"),
        Flushed::Paced(Nanos::new(150))
    );
    assert_eq!(socket.got, b"ab");
    assert_eq!(
        output.flush(&mut socket, Nanos::new(149), usize::MAX, |_, _, _| {}).expect("room"),
        Flushed::Paced(Nanos::new(150))
    );
    assert_eq!(
        output.flush(&mut socket, Nanos::new(150), usize::MAX, |_, _, _| {}).expect("room"),
        Flushed::Empty
    );
    assert_eq!(socket.got, b"abc");
}

#[test]
fn a_file_follows_its_head_in_the_same_block() {
    let mut block = BytesMut::new();
    let mut output = Output::default();
    let mut socket = Socket { room: usize::MAX, got: Vec::new() };
    output.attach_block(&mut block, &mut Blocks::default());
    output.build(|tail| tail.extend_from_slice(b"head"));
    let got = [0, 1].map(|_| output.fill(BLOCK_BYTES, |into| Ok(into.len())).expect("read"));
    assert_eq!(got, [BLOCK_BYTES - 4, BLOCK_BYTES], "what is left of the block, then another one");
    output.put(Bytes::from(vec![b'a'; 100_000]));
    output.build(|tail| tail.extend_from_slice(&vec![b'b'; BLOCK_BYTES + 1]));
    let mut writes = Vec::new();
    let wrote = |_, bytes: &Bytes, memory| writes.push((bytes.len(), memory));
    assert_eq!(output.flush(&mut socket, Nanos::ZERO, usize::MAX, wrote).expect("room"), Flushed::Empty);
    let long = (BLOCK_BYTES + 1, usize::MAX);
    assert_eq!(writes, [(BLOCK_BYTES, BLOCK_BYTES), (BLOCK_BYTES, BLOCK_BYTES), (100_000, 100_000), long]);
    output.detach_block(&mut block);
    assert_eq!(block.capacity(), 0, "a block that has grown is not used again");
}

#[test]
fn a_failed_fill_leaves_nothing_behind() {
    let mut output = Output::default();
    output.build(|tail| tail.extend_from_slice(b"head"));
    let failed = output.fill(10, |_| Err(ErrorKind::Other.into()));
    assert!(failed.is_err());
    assert_eq!(output.queued(), 4);
    let got = output.fill(10, |into| {
        into[..3].copy_from_slice(b"xyz");
        Ok(3)
    });
    assert_eq!(got.expect("read"), 3);
    assert_eq!(output.queued(), 7);
}

#[test]
fn what_is_planned_is_kept_and_the_rest_never_leaves() {
    let mut output = Output::default();
    let mut socket = Socket { room: usize::MAX, got: Vec::new() };
    let mut flush = |output: &mut Output, now| {
        output.flush(&mut socket, Nanos::new(now), usize::MAX, |_, _, _| {}).expect("room")
    };
    output.put(Bytes::from_static(b"first "));
    output.hold(output.produced(), Nanos::new(100));
    let end = EndAt { at: 10, ending: Ending::Cut, exchange: ExchangeId::FIRST, note: "".into() };
    output.end_at(end);
    output.put(Bytes::from_static(b"second"));
    output.end_response(ExchangeId::FIRST, true, 0);
    assert!(output.is_paced(), "the next response waits");
    assert_eq!(flush(&mut output, 50), Flushed::Paced(Nanos::new(100)));
    assert_eq!(output.written(), 6);
    assert_eq!(flush(&mut output, 100), Flushed::End);
    assert_eq!((output.written(), output.take_end().map(|end| end.at)), (10, Some(10)));
    output.discard();
    assert_eq!((output.queued(), output.produced()), (0, 10));
    assert_eq!(socket.got, b"first seco");
}
