//! The fast path for field lines: those that are complete and unremarkable are read in one pass.

use std::ops::Range;

use super::byte_class::{BLOCK as FEW, few_value_stops, token_end, value_stops};

/// A field line in a slice of bytes.
pub(super) struct Line<'a> {
    /// The bytes of the name.
    pub name: &'a [u8],
    /// Index of the name's first byte.
    pub start: usize,
    /// Index of the colon, which ends the name.
    pub colon: usize,
    /// The value without the white space around it; never empty.
    pub value: Range<usize>,
    /// Index of the byte after the CR LF.
    pub end: usize,
}

/// Calls `each` for every complete, unremarkable field line from index `at` on, and returns the index of
/// the first line that it cannot handle: one that is incomplete, breaks a rule, has no value, or has more
/// than one space around the value. The states of a section take over there.
#[inline]
pub(super) fn usual_lines(bytes: &[u8], mut at: usize, mut each: impl FnMut(Line)) -> usize {
    let mut stops = Stops::starting(bytes, at);
    while let Some(stop) = stops.next(at) {
        let end = stop + 2;
        let Some([name_and_value @ .., b'\r', b'\n']) = bytes.get(at..end) else { break };
        let len = token_end(&bytes[at..], 0);
        // Values hold nothing below the space but HTAB.
        let (first, space) = match name_and_value.get(len..) {
            Some([b':', b' ', first, ..]) => (first, 1),
            Some([b':', first, ..]) => (first, 0),
            _ => break,
        };
        if *first <= b' ' || name_and_value.last().is_none_or(|last| *last <= b' ') || len == 0 {
            break;
        }
        let colon = at + len;
        let name = &name_and_value[..len];
        each(Line { name, start: at, colon, value: colon + 1 + space..stop, end });
        at = end;
    }
    at
}

/// Bytes in a block: as many as [`Stops::left`] has bits.
const BLOCK: usize = 64;

/// Iterates over the bytes that no field value may hold. In well-formed lines these are the CR and the LF
/// that end each line, so that one pass over a head finds all of its lines, and no line has to wait until
/// the line before it is read.
struct Stops<'a> {
    bytes: &'a [u8],
    /// Index of the current block's first byte.
    block: usize,
    /// Bitmask of stops in the current block that `next` has not returned yet; bit 0 is the block's first
    /// byte.
    left: u64,
    /// Index of the next block's first byte.
    next: usize,
}

impl<'a> Stops<'a> {
    /// The stops from index `from` on.
    #[inline]
    fn starting(bytes: &'a [u8], from: usize) -> Self {
        Self { bytes, block: from, left: 0, next: from }
    }

    /// Index of the next stop at or after `from`, which must not lie before the stop that was returned
    /// last. `None`: there is none.
    #[inline]
    fn next(&mut self, from: usize) -> Option<usize> {
        loop {
            while self.left != 0 {
                let at = self.block + self.left.trailing_zeros() as usize;
                self.left &= self.left - 1;
                if at >= from {
                    return Some(at);
                }
            }
            self.next_block()?;
        }
    }

    /// Goes on to the next block. `None`: there is none.
    #[inline]
    fn next_block(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.next..)?;
        self.left = match rest.first_chunk() {
            Some(block) => value_stops(block),
            None => last_stops(self.bytes, rest)?,
        };
        self.block = self.next;
        self.next += BLOCK;
        Some(())
    }
}

/// Bitmask of the stops in `rest`, the last bytes of `bytes`, which are fewer than a block. `None`: no
/// bytes are left.
fn last_stops(bytes: &[u8], rest: &[u8]) -> Option<u64> {
    if rest.is_empty() {
        return None;
    }
    let (whole, part) = rest.as_chunks::<FEW>();
    let mut stops = 0;
    for (index, few) in whole.iter().enumerate() {
        stops |= few_value_stops(few) << (index * FEW);
    }
    let place = whole.len() * FEW;
    if part.is_empty() {
        return Some(stops);
    }
    // The bytes before them are looked at once more.
    if let Some(few) = bytes.last_chunk() {
        return Some(stops | few_value_stops(few) >> (FEW - part.len()) << place);
    }
    let mut few = [b' '; FEW];
    few[..part.len()].copy_from_slice(part);
    Some(stops | few_value_stops(&few) << place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::grammar::is_value;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=255 {
            for len in [1, 15, 63, 64, 65, 130] {
                for place in 0..len {
                    let mut bytes = vec![b'a'; len];
                    bytes[place] = byte;
                    let found = Stops::starting(&bytes, 0).next(0);
                    assert_eq!(found, (!is_value(byte)).then_some(place), "{byte:#x} at {place} of {len}");
                }
            }
        }
    }

    #[test]
    fn all_are_found_from_any_place_on() {
        let bytes: Vec<u8> = (0..300_u32).map(|at| if at * at % 7 == 2 { b'\r' } else { 0xe9 }).collect();
        for start in 0..=bytes.len() + 1 {
            let mut stops = Stops::starting(&bytes, start);
            let mut from = start;
            while let Some(at) = stops.next(from) {
                let expected = bytes[from..].iter().position(|&byte| byte == b'\r').map(|run| from + run);
                assert_eq!(Some(at), expected);
                from = at + 1;
            }
            assert!(!bytes.get(from..).unwrap_or_default().contains(&b'\r'), "from {start}");
        }
    }
}
