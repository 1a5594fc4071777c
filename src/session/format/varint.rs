//! Numbers, bytes and texts as they are written in the records of a session file.

/// Bytes that break the format: how, in plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Upper bound on offsets, times and numbers, so that the sum of two never overflows.
pub(crate) const COUNT_MAX: u64 = 1 << 60;
pub(crate) const TOO_LARGE: Malformed = Malformed("a number is too large");
/// Upper bound on the elements of a list of steps or attempts.
const LIST: usize = 4096;

/// Appends a number, seven bits to a byte, lowest bits first; all bytes but the last have their top bit set.
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends the difference of `value` from `from`, which is short if the two are near, whichever is larger.
pub(crate) fn put_near(out: &mut Vec<u8>, value: u64, from: u64) {
    let difference = value.wrapping_sub(from).cast_signed();
    // The sign moves to the lowest bit: -1, 1, -2, 2 … become 1, 2, 3, 4 …
    put(out, (difference.wrapping_shl(1) ^ (difference >> 63)).cast_unsigned());
}

/// Appends the number of `bytes`, then the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Bytes that are read from the front.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Begins at the first of `bytes`.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Number of bytes left.
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed("a record is cut short"))?;
        self.rest = rest;
        Ok(*first)
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed("a number is too large"))
    }

    /// The next number, written as its difference from `from`.
    pub(crate) fn near(&mut self, from: u64) -> Result<u64, Malformed> {
        let folded = self.number()?;
        let difference = (folded >> 1) ^ (folded & 1).wrapping_neg();
        Ok(from.wrapping_add(difference))
    }

    /// The next number, which must fit into a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        T::try_from(self.number()?).map_err(|_| Malformed("a number is too large"))
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (first, rest) = self.rest.split_at_checked(len).ok_or(Malformed("a record is cut short"))?;
        self.rest = rest;
        Ok(first)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(Malformed("a record is cut short"))?;
        self.rest = rest;
        Ok(*first)
    }

    /// The next string of bytes, which is preceded by its length.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.small()?;
        self.take(len)
    }

    /// The next string, which is preceded by its length and must be UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.bytes()?).map_err(|_| Malformed("a text is not UTF-8"))
    }
}

/// Reads a number, which is written as its difference from `near`.
pub(crate) fn offset(input: &mut Input<'_>, near: u64) -> Result<u64, Malformed> {
    input.near(near).and_then(|offset| if offset > COUNT_MAX { Err(TOO_LARGE) } else { Ok(offset) })
}

/// Reads the number of elements that follow, each of at least one byte.
pub(crate) fn length(input: &mut Input<'_>) -> Result<usize, Malformed> {
    let length = input.small()?;
    if length > LIST || length > input.len() {
        return Err(Malformed("a list is too long"));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        for number in numbers {
            let mut out = Vec::new();
            put(&mut out, number);
            for from in numbers {
                put_near(&mut out, number, from);
            }
            let mut input = Input::new(&out);
            assert_eq!(input.number(), Ok(number));
            for from in numbers {
                assert_eq!(input.near(from), Ok(number), "near {from}");
            }
            assert!(input.is_empty());
        }
        let mut out = Vec::new();
        put_near(&mut out, 1000, 1001);
        assert_eq!(out, [1], "what is near is short");
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        assert_eq!(Input::new(&[0x80; 3]).number(), Err(Malformed("a record is cut short")));
        assert_eq!(Input::new(&[0xFF; 11]).number(), Err(Malformed("a number is too large")));
        assert_eq!(
            Input::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2]).number(),
            Err(Malformed("a number is too large"))
        );
        assert_eq!(Input::new(&[5, b'a']).bytes(), Err(Malformed("a record is cut short")));
        assert_eq!(Input::new(&[1, 0xFF]).text(), Err(Malformed("a text is not UTF-8")));
    }
}
