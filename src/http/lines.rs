//! Field lines that are there whole and have nothing unusual, read in one pass.

use std::ops::Range;

use super::byte_class::{token_end, value_stops};

/// A field line in a slice of bytes.
pub(super) struct Line<'a> {
    /// The name.
    pub name: &'a [u8],
    /// Where it begins.
    pub start: usize,
    /// Where it ends: at the colon.
    pub colon: usize,
    /// The value without the white space around it; never empty.
    pub value: Range<usize>,
    /// After the CR LF.
    pub end: usize,
}

/// Gives the lines from `at` on to `each`, up to the first one that is not there whole, breaks a rule,
/// or has no value or more than one space around it: that is for the states of a section to read. Where
/// that one begins.
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

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The bytes that no field value may hold, in order. In lines that are in order, those are the CR and the
/// LF that end them: so all lines of a head are found in one pass over it, and none of them has to wait
/// until the one before it is read.
struct Stops<'a> {
    bytes: &'a [u8],
    /// Where the block at hand begins.
    block: usize,
    /// Those in the block at hand that were not given out, the first byte in the lowest bit.
    left: u64,
    /// Where the next block begins.
    next: usize,
}

impl<'a> Stops<'a> {
    /// Those from `from` on.
    #[inline]
    fn starting(bytes: &'a [u8], from: usize) -> Self {
        Self { bytes, block: from, left: 0, next: from }
    }

    /// The next one at or after `from`, which is not before the one that was given out last. `None`:
    /// there is none.
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
            self.look()?;
        }
    }

    #[inline]
    fn look(&mut self) -> Option<()> {
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

/// Those in the last bytes, `rest`, which are less than a block. `None`: there are none left.
fn last_stops(bytes: &[u8], rest: &[u8]) -> Option<u64> {
    let absent = BLOCK - rest.len();
    if rest.is_empty() {
        return None;
    }
    if let Some(block) = bytes.last_chunk() {
        return Some(value_stops(block) >> absent);
    }
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    Some(value_stops(&block))
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
