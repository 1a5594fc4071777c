//! Lineage: where each byte of a message comes from that a gateway sent on.

use std::sync::Arc;

use crate::http::forward::{Origins, Piece};

/// The pieces that one event has at most.
const EVENT_PIECES: usize = 1024;

/// The origins of consecutive bytes that were sent on one leg of a forwarded exchange. Bytes that this program
/// answers by itself, such as a 502, have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Offset of the first of the bytes in the leg's sent stream.
    pub start: u64,
    /// The origins of the bytes from there on. Copied bytes lie in the received stream of the other leg: of the
    /// client's for a request, of the exchange's last leg to a backend for a response.
    pub origins: Origins,
}

impl Lineage {
    /// Divides the lineage into parts for one event each.
    pub fn parts(self) -> impl Iterator<Item = Arc<Self>> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let mut part = rest.take().filter(|part| !part.origins.pieces().is_empty())?;
            if part.origins.pieces().len() > EVENT_PIECES {
                let origins = part.origins.split_off(EVENT_PIECES);
                rest = Some(Self { start: part.end(), origins });
            }
            Some(Arc::new(part))
        })
    }

    /// Offset after the last of the bytes in the leg's sent stream.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.start + self.origins.total()
    }

    /// The pieces with the offset of each in the sent stream, in order.
    pub fn placed(&self) -> impl Iterator<Item = (u64, Piece)> {
        self.origins.pieces().iter().scan(self.start, |next, piece| {
            let start = *next;
            *next += piece.len;
            Some((start, *piece))
        })
    }

    /// Bytes of memory that the lineage takes.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        // With the two counts of an `Arc`.
        size_of::<Self>() + 2 * size_of::<usize>() + self.origins.heap_bytes()
    }

    /// Joins `next` to what is kept of the same leg, of which at most `most` pieces are kept. What does not follow
    /// directly is left out: events between were lost, or there are too many pieces.
    pub fn join(kept: &mut Option<Arc<Self>>, next: Arc<Self>, most: usize) {
        let Some(kept) = kept else {
            *kept = Some(next);
            return;
        };
        if kept.end() != next.start {
            return;
        }
        let kept = Arc::make_mut(kept);
        for piece in next.origins.pieces() {
            kept.origins.add(piece.len, piece.origin);
            if kept.origins.pieces().len() > most {
                let _ = kept.origins.split_off(most);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::forward::{Author, Origin};

    fn lineage(start: u64, pieces: &[(u64, Origin)]) -> Arc<Lineage> {
        let mut origins = Origins::default();
        for (len, origin) in pieces {
            origins.add(*len, *origin);
        }
        Arc::new(Lineage { start, origins })
    }

    #[test]
    fn a_long_lineage_is_divided_and_joined_again() {
        let written = Origin::Written(Author::Chunk);
        let pieces: Vec<_> =
            (0..2500).flat_map(|index| [(2, written), (1, Origin::Copied(2 * index))]).collect();
        let whole = lineage(7, &pieces);
        let mut kept = None;
        let mut lens = Vec::new();
        for part in Lineage::clone(&whole).parts() {
            lens.push(part.origins.pieces().len());
            Lineage::join(&mut kept, part, usize::MAX);
        }
        assert_eq!(lens, [1024, 1024, 1024, 1024, 904]);
        assert_eq!(kept, Some(whole));
        assert_eq!(Lineage::default().parts().count(), 0);
    }

    #[test]
    fn what_follows_is_joined_and_what_does_not_is_left_out() {
        let mut kept = None;
        Lineage::join(&mut kept, lineage(10, &[(5, Origin::Copied(0))]), 2);
        Lineage::join(&mut kept, lineage(15, &[(5, Origin::Copied(5))]), 2);
        assert_eq!(kept, Some(lineage(10, &[(10, Origin::Copied(0))])), "one piece goes on");
        Lineage::join(&mut kept, lineage(21, &[(1, Origin::Copied(10))]), 2);
        assert_eq!(kept.as_ref().map(|kept| kept.end()), Some(20), "a byte is missing in between");
        let written = Origin::Written(Author::Chunk);
        let pieces = [(2, written), (3, Origin::Copied(10)), (2, written), (9, Origin::Copied(13))];
        Lineage::join(&mut kept, lineage(20, &pieces), 2);
        Lineage::join(&mut kept, lineage(22, &[(3, Origin::Copied(10))]), 2);
        let placed: Vec<_> =
            kept.iter().flat_map(|kept| kept.placed()).map(|(at, piece)| (at, piece.len)).collect();
        assert_eq!(placed, [(10, 10), (20, 2)]);
    }
}
