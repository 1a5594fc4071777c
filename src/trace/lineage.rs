//! Lineage: where each byte of a message comes from that a gateway sent on.

use bytes::{Bytes, BytesMut};

use crate::http::forward::{Author, Origin, Origins, Piece};

/// The pieces that one event has at most.
const EVENT_PIECES: usize = 1024;
/// Bytes of a packed piece.
const PACKED_BYTES: usize = 16;
/// Bits of the length in a packed piece; the author stands above them.
const LEN_BITS: u32 = 56;
/// The largest length of a piece.
pub const LEN_MAX: u64 = (1 << LEN_BITS) - 1;

/// The origins of consecutive bytes that were sent on one leg of a forwarded exchange. Bytes that this program
/// answers by itself, such as a 502, have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Offset of the first of the bytes in the leg's sent stream.
    pub start: u64,
    /// Offset after the last of the bytes.
    end: u64,
    /// The pieces, each in [`PACKED_BYTES`]: one that was copied has 0 in the place of the author, and the offset at
    /// which it arrived. Packed because lineages of many messages then share a block: an allocation for each would
    /// cost the server more than the record itself.
    packed: Bytes,
}

impl Lineage {
    /// A lineage that has its memory to itself.
    #[must_use]
    pub fn new(start: u64, origins: &Origins) -> Self {
        let mut block = BytesMut::with_capacity(origins.pieces().len() * PACKED_BYTES);
        Self::in_block(start, origins.pieces(), &mut block)
    }

    /// Divides a lineage into parts for one event each, which lie in `block`.
    pub fn parts_in(start: u64, origins: &Origins, block: &mut BytesMut) -> impl Iterator<Item = Self> {
        let mut next = start;
        origins.pieces().chunks(EVENT_PIECES).map(move |pieces| {
            let part = Self::in_block(next, pieces, block);
            next = part.end;
            part
        })
    }

    /// Divides the lineage into parts for one event each.
    pub fn parts(&self) -> impl Iterator<Item = Self> {
        let mut origins = Origins::default();
        self.pieces().for_each(|piece| origins.add(piece.len, piece.origin));
        let parts: Vec<Self> = Self::parts_in(self.start, &origins, &mut BytesMut::new()).collect();
        parts.into_iter()
    }

    fn in_block(start: u64, pieces: &[Piece], block: &mut BytesMut) -> Self {
        let mut end = start;
        for piece in pieces {
            end += piece.len;
            block.extend_from_slice(&pack(*piece));
        }
        Self { start, end, packed: block.split().freeze() }
    }

    /// Offset after the last of the bytes in the leg's sent stream.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The number of pieces.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.packed.len() / PACKED_BYTES
    }

    /// The origins of the bytes from [`Self::start`] on. Copied bytes lie in the received stream of the other leg: of
    /// the client's for a request, of the exchange's last leg to a backend for a response.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + '_ {
        let (packed, _) = self.packed.as_chunks::<PACKED_BYTES>();
        packed.iter().map(unpack)
    }

    /// The pieces with the offset of each in the sent stream, in order.
    pub fn placed(&self) -> impl Iterator<Item = (u64, Piece)> + '_ {
        self.pieces().scan(self.start, |next, piece| {
            let start = *next;
            *next += piece.len;
            Some((start, piece))
        })
    }

    /// Heap bytes of the lineage at most. They grow with the number of pieces.
    #[must_use]
    pub const fn heap_bytes(&self) -> usize {
        // With what the allocator adds.
        2 * size_of::<usize>() + self.packed.len().next_power_of_two()
    }

    /// Joins `next` to what is kept of the same leg, of which at most `most` pieces are kept. What does not follow
    /// directly is left out: events between were lost, or there are too many pieces.
    pub fn join(kept: &mut Option<Self>, next: &Self, most: usize) {
        let Some(kept) = kept else {
            let packed = Bytes::copy_from_slice(&next.packed);
            *kept = Some(Self { packed, ..*next });
            return;
        };
        if kept.end != next.start {
            return;
        }
        let packed = std::mem::take(&mut kept.packed);
        let mut packed = packed.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        for piece in next.pieces() {
            let is_full = packed.len() / PACKED_BYTES >= most;
            let last = packed.last_chunk_mut::<PACKED_BYTES>();
            match last.and_then(|last| Some((unpack(last).joined(piece)?, last))) {
                Some((longer, last)) => *last = pack(longer),
                None if is_full => break,
                None => packed.extend_from_slice(&pack(piece)),
            }
            kept.end += piece.len;
        }
        kept.packed = packed.freeze();
    }
}

fn pack(piece: Piece) -> [u8; PACKED_BYTES] {
    let (author, start) = match piece.origin {
        Origin::Copied(start) => (0, start),
        Origin::Written(author) => (author as u64 + 1, 0),
        Origin::Rule(rule) => (Author::Rule as u64 + 1, rule.into()),
    };
    let head = author << LEN_BITS | piece.len & LEN_MAX;
    (u128::from(head) | u128::from(start) << 64).to_le_bytes()
}

fn unpack(packed: &[u8; PACKED_BYTES]) -> Piece {
    let [head, start] = [0, 8].map(|from| {
        let mut half = [0; 8];
        half.copy_from_slice(&packed[from..from + 8]);
        u64::from_le_bytes(half)
    });
    let author = usize::try_from(head >> LEN_BITS).unwrap_or(usize::MAX);
    let written = author.checked_sub(1).and_then(|index| Author::ALL.get(index));
    let origin = match (written, u32::try_from(start)) {
        (Some(Author::Rule), Ok(rule)) if rule > 0 => Origin::Rule(rule),
        (Some(author), _) => Origin::Written(*author),
        (None, _) => Origin::Copied(start),
    };
    Piece { len: head & LEN_MAX, origin }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(start: u64, pieces: &[(u64, Origin)]) -> Lineage {
        let mut origins = Origins::default();
        for (len, origin) in pieces {
            origins.add(*len, *origin);
        }
        Lineage::new(start, &origins)
    }

    #[test]
    fn what_is_packed_comes_back() {
        let authors = Author::ALL.iter().map(|author| Origin::Written(*author));
        let copied = [Origin::Copied(0), Origin::Copied(u64::MAX)];
        let rules = [Origin::Rule(1), Origin::Rule(u32::MAX)];
        for origin in authors.chain(copied).chain(rules) {
            for len in [1, LEN_MAX] {
                let piece = Piece { len, origin };
                assert_eq!(unpack(&pack(piece)), piece);
            }
        }
        for (index, author) in Author::ALL.iter().enumerate() {
            assert_eq!(*author as usize, index);
        }
    }

    #[test]
    fn a_long_lineage_is_divided_and_joined_again() {
        let written = Origin::Written(Author::Chunk);
        let pieces: Vec<_> =
            (0..2500).flat_map(|index| [(2, written), (1, Origin::Copied(2 * index))]).collect();
        let whole = lineage(7, &pieces);
        let mut kept = None;
        let mut counts = Vec::new();
        for part in whole.parts() {
            counts.push(part.count());
            Lineage::join(&mut kept, &part, usize::MAX);
        }
        assert_eq!(counts, [1024, 1024, 1024, 1024, 904]);
        assert_eq!(kept.as_ref(), Some(&whole));
        assert_eq!(Lineage::default().parts().count(), 0);
    }

    #[test]
    fn what_follows_is_joined_and_what_does_not_is_left_out() {
        let mut kept = None;
        Lineage::join(&mut kept, &lineage(10, &[(5, Origin::Copied(0))]), 2);
        Lineage::join(&mut kept, &lineage(15, &[(5, Origin::Copied(5))]), 2);
        assert_eq!(kept.as_ref(), Some(&lineage(10, &[(10, Origin::Copied(0))])), "one piece goes on");
        Lineage::join(&mut kept, &lineage(21, &[(1, Origin::Copied(10))]), 2);
        assert_eq!(kept.as_ref().map(Lineage::end), Some(20), "a byte is missing in between");
        let written = Origin::Written(Author::Chunk);
        let pieces = [(2, written), (3, Origin::Copied(10)), (2, written), (9, Origin::Copied(13))];
        Lineage::join(&mut kept, &lineage(20, &pieces), 2);
        Lineage::join(&mut kept, &lineage(22, &[(3, Origin::Copied(10))]), 2);
        let kept = kept.expect("joined above");
        let placed: Vec<_> = kept.placed().map(|(at, piece)| (at, piece.len)).collect();
        assert_eq!((placed, kept.end()), (vec![(10, 10), (20, 2)], 22));
    }
}
