//! Finds the end of a run of bytes of one class, sixteen bytes at a time.

use wide::u8x16;

use super::grammar::{NAME, TARGET, TOKEN, VALUE, is_of};

/// Index of the first byte from `from` on that is not a `tchar`; the length where there is none.
#[inline]
pub(super) fn token_end(bytes: &[u8], from: usize) -> usize {
    run_end::<TOKEN>(bytes, from, |block| not_alphanumeric(block) & !block.simd_eq(splat(b'-')), |_, _| {})
}

/// Index of the first byte from `from` on that no target may hold; the length where there is none.
#[inline]
pub(super) fn target_end(bytes: &[u8], from: usize) -> usize {
    run_end::<TARGET>(bytes, from, no_usual_target, |_, _| {})
}

/// As [`target_end`], with the index of the first question mark on the way. `None`: there is none.
#[inline]
pub(super) fn target_parts(bytes: &[u8], from: usize) -> (usize, Option<usize>) {
    let mut question = None;
    let end = run_end::<TARGET>(bytes, from, no_usual_target, |at, byte| {
        if byte == b'?' && question.is_none() {
            question = Some(at);
        }
    });
    (end, question)
}

/// Sets the top bit of every byte that is not one of those that most targets are made of.
#[inline]
fn no_usual_target(block: u8x16) -> u8x16 {
    // Percent sign, hyphen, full stop, slash, digits and what is between them.
    let usual = outside(block, b'$', b';') & outside(block | splat(0x20), b'a', b'z');
    usual & !(block.simd_eq(splat(b'=')) | block.simd_eq(splat(b'_')))
}

/// Index of the first byte from `from` on that may not stand in a registered name by itself; the
/// length where there is none.
#[inline]
pub(super) fn name_end(bytes: &[u8], from: usize) -> usize {
    run_end::<NAME>(bytes, from, |block| not_alphanumeric(block) & !block.simd_eq(splat(b'.')), |_, _| {})
}

/// Index of the first byte from `from` on that no field value may hold; the length where there is
/// none.
#[inline]
pub(super) fn value_end(bytes: &[u8], from: usize) -> usize {
    run_end::<VALUE>(bytes, from, |block| !of_values(block), |_, _| {})
}

/// Index of the first `byte` in `bytes`. Meant for short slices, for which larger steps do not pay. `None`:
/// there is none.
#[inline]
pub(super) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (index, block) in blocks.iter().enumerate() {
        let found = u8x16::new(*block).simd_eq(splat(byte)).to_bitmask();
        if found != 0 {
            return Some(index * BLOCK + found.trailing_zeros() as usize);
        }
    }
    let place = rest.iter().position(|&other| other == byte)?;
    Some(bytes.len() - rest.len() + place)
}

/// Bitmask of the bytes that no field value may hold; bit 0 is the first byte.
#[inline]
pub(super) fn value_stops(bytes: &[u8; 64]) -> u64 {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let allowed = blocks
        .iter()
        .rev()
        .fold(0, |allowed, block| allowed << BLOCK | u64::from(of_values(u8x16::new(*block)).to_bitmask()));
    !allowed
}

/// As [`value_stops`], of 16 bytes.
#[inline]
pub(super) fn few_value_stops(bytes: &[u8; BLOCK]) -> u64 {
    u64::from((!of_values(u8x16::new(*bytes))).to_bitmask())
}

/// Bytes that are looked at in one step: the width of a vector.
pub(super) const BLOCK: usize = 16;

/// Index of the first byte from `from` on that is not in `CLASS`; the length where there is none.
/// `others` sets the top bit of every byte outside `CLASS`. It may also flag a few bytes inside it; those
/// are checked again with the table. `each` is given these, and all others where there is no whole vector, with their
/// indices.
#[inline]
fn run_end<const CLASS: u8>(
    bytes: &[u8],
    from: usize,
    others: impl Fn(u8x16) -> u8x16,
    mut each: impl FnMut(usize, u8),
) -> usize {
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        let found = others(u8x16::new(*block)).to_bitmask();
        if found == 0 {
            at += BLOCK;
            continue;
        }
        at += found.trailing_zeros() as usize;
        match bytes.get(at) {
            Some(&byte) if is_of::<CLASS>(byte) => {
                each(at, byte);
                at += 1;
            }
            _ => return at,
        }
    }
    while let Some(&byte) = bytes.get(at)
        && is_of::<CLASS>(byte)
    {
        each(at, byte);
        at += 1;
    }
    at.min(bytes.len())
}

#[inline]
fn splat(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

/// Sets the top bit of every byte that is neither letter nor digit.
#[inline]
fn not_alphanumeric(block: u8x16) -> u8x16 {
    outside(block, b'0', b'9') & outside(block | splat(0x20), b'a', b'z')
}

/// Sets the top bit of every byte outside `first..=last`, a range of fewer than 128 bytes.
#[inline]
fn outside(block: u8x16, first: u8, last: u8) -> u8x16 {
    (block - splat(first)).saturating_add(splat(0x7f - (last - first)))
}

/// Sets the top bit of every byte that a field value may hold (RFC 9110 §5.5).
#[inline]
fn of_values(block: u8x16) -> u8x16 {
    let from_space_on = block.saturating_add(splat(0x80 - b' '));
    (from_space_on & !block.simd_eq(splat(0x7f))) | block.simd_eq(splat(b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    type End = fn(&[u8], usize) -> usize;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=255 {
            let ends: [(End, bool); 4] = [
                (token_end, is_of::<TOKEN>(byte)),
                (target_end, is_of::<TARGET>(byte)),
                (name_end, is_of::<NAME>(byte)),
                (value_end, is_of::<VALUE>(byte)),
            ];
            for len in 0..40 {
                for place in 0..len {
                    let mut bytes = vec![b'a'; len];
                    bytes[place] = byte;
                    let expected = |allowed| if allowed { len } else { place };
                    for (end, belongs) in ends {
                        let found = end(&bytes, 0);
                        assert_eq!(found, expected(belongs), "{byte:#x} at {place} of {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_byte_is_found_at_every_place() {
        for len in 0..40 {
            let mut bytes = vec![b'a'; len];
            assert_eq!(find(&bytes, b'?'), None);
            for place in (0..len).rev() {
                bytes[place] = b'?';
                assert_eq!(find(&bytes, b'?'), Some(place), "{place} of {len}");
            }
        }
    }

    #[test]
    fn the_first_of_several_bytes_is_found() {
        assert_eq!(value_end(b"\tab\x7f\x01\x00", 0), 3);
        assert_eq!(value_end(b"\t\t\t\t\t\t\t\t\t\t\x01\r", 0), 10);
        assert_eq!(value_end(b"abc\r\n\x80 !\x1f", 4), 4);
        assert_eq!(value_end(b"\x20\x21\x80\x81\xa0\xa1\xff\x7e\x1f", 0), 8);
        assert_eq!(value_end(b"abc", 7), 3);
    }

    #[test]
    fn all_stops_of_a_block_are_found() {
        for shift in 0..=192 {
            let bytes: [u8; 64] = std::array::from_fn(|at| u8::try_from(at + shift).unwrap_or(0));
            let stops = value_stops(&bytes);
            for (at, &byte) in bytes.iter().enumerate() {
                assert_eq!(stops >> at & 1 == 0, is_of::<VALUE>(byte), "{byte:#x} at {at}");
            }
        }
    }
}
