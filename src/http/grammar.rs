//! The byte classes of the grammar, and runs of them.

use wide::u8x16;

use super::rule::Rule;

/// RFC 9110 §5.6.2: `tchar`.
const TOKEN: u8 = 1;
/// What a request target may hold: RFC 3986 §2 without `#`, which begins a fragment and is no part
/// of a target.
const TARGET: u8 = 2;
/// RFC 9110 §5.5: `field-vchar`, SP and HTAB.
const VALUE: u8 = 4;
/// RFC 3986 §3.2.2: `unreserved` and `sub-delims`, of which a registered name is made.
const NAME: u8 = 8;
/// RFC 9110 §5.6.4: `qdtext`.
const QUOTED: u8 = 16;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        // `byte` is below 256.
        #[allow(clippy::cast_possible_truncation, reason = "a const fn cannot convert")]
        let b = byte as u8;
        let alnum = b.is_ascii_alphanumeric();
        let mut class = 0;
        if alnum || holds(b"!#$%&'*+-.^_`|~", b) {
            class |= TOKEN;
        }
        if alnum || holds(b"-._~:/?[]@!$&'()*+,;=%", b) {
            class |= TARGET;
        }
        if b == b'\t' || (b >= b' ' && b != 0x7f) {
            class |= VALUE;
            if b != b'"' && b != b'\\' {
                class |= QUOTED;
            }
        }
        if alnum || holds(b"-._~!$&'()*+,;=", b) {
            class |= NAME;
        }
        classes[byte] = class;
        byte += 1;
    }
    classes
}

const fn holds(set: &[u8], byte: u8) -> bool {
    let mut index = 0;
    while index < set.len() {
        if set[index] == byte {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether `byte` is a `tchar` (RFC 9110 §5.6.2).
#[inline]
pub(super) fn is_token(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TOKEN != 0
}

/// Whether `byte` may stand in a field value or a reason phrase: HTAB, SP, VCHAR or obs-text.
#[inline]
pub(super) fn is_value(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & VALUE != 0
}

/// Whether `byte` may stand in a quoted string by itself (RFC 9110 §5.6.4: `qdtext`).
#[inline]
pub(super) fn is_quoted(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & QUOTED != 0
}

/// Whether `byte` may stand in a registered name by itself (RFC 3986 §3.2.2).
#[inline]
pub(super) fn is_name(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & NAME != 0
}

/// RFC 9110 §5.6.3: `OWS = *( SP / HTAB )`.
#[inline]
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Index of the first byte from `from` on that is not a `tchar`; the length where there is none.
#[inline]
pub(super) fn token_end(bytes: &[u8], from: usize) -> usize {
    // Names are made of letters, digits and hyphens. What else a token may hold is rare.
    mostly_alphanumeric::<TOKEN>(bytes, from, b'-')
}

/// Index of the first byte from `from` on that is not in `CLASS`, to which letters, digits and `usual`
/// belong; the length where there is none.
#[inline]
fn mostly_alphanumeric<const CLASS: u8>(bytes: &[u8], from: usize, usual: u8) -> usize {
    let others = |block: u8x16| {
        let letter = within(block | splat(0x20), b'a', b'z');
        !(letter | within(block, b'0', b'9') | block.simd_eq(splat(usual)))
    };
    let mut at = from;
    loop {
        at = run_end::<CLASS>(bytes, at, others);
        match bytes.get(at) {
            Some(&byte) if CLASSES[usize::from(byte)] & CLASS != 0 => at += 1,
            _ => return at,
        }
    }
}

/// Index of the first byte from `from` on that no target may hold; the length where there is none.
#[inline]
pub(super) fn target_end(bytes: &[u8], from: usize) -> usize {
    run_end::<TARGET>(bytes, from, |block| {
        !within(block, 0x21, 0x7e)
            | (block | splat(1)).simd_eq(splat(b'#'))
            | (block | splat(2)).simd_eq(splat(b'>'))
            | (block | splat(2)).simd_eq(splat(b'^'))
            | block.simd_eq(splat(b'`'))
            | within(block, b'{', b'}')
    })
}

/// Index of the first byte from `from` on that may not stand in a registered name by itself; the
/// length where there is none.
#[inline]
pub(super) fn name_end(bytes: &[u8], from: usize) -> usize {
    mostly_alphanumeric::<NAME>(bytes, from, b'.')
}

/// Index of the first byte from `from` on that no field value may hold; the length where there is
/// none.
#[inline]
pub(super) fn value_end(bytes: &[u8], from: usize) -> usize {
    run_end::<VALUE>(bytes, from, |block| {
        let control = within(block, 0, 0x1f);
        (control & !block.simd_eq(splat(b'\t'))) | block.simd_eq(splat(0x7f))
    })
}

/// Bytes that are looked at in one step.
const BLOCK: usize = 16;

#[inline]
fn splat(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

/// All ones where a byte is from `first` to `last`.
#[inline]
fn within(block: u8x16, first: u8, last: u8) -> u8x16 {
    let distance = block - splat(first);
    distance.min(splat(last - first)).simd_eq(distance)
}

/// Index of the first byte from `from` on for which `others` has ones; the length where there is none.
/// `others` is the same as not being in `CLASS`, or at least has ones where that is so.
#[inline]
fn run_end<const CLASS: u8>(bytes: &[u8], from: usize, others: impl Fn(u8x16) -> u8x16) -> usize {
    let mut at = from;
    let blocks = bytes.get(from..).unwrap_or_default().as_chunks::<BLOCK>().0.iter();
    for block in blocks {
        let found = others(u8x16::new(*block)).to_bitmask();
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += BLOCK;
    }
    // What is left is the end of the last block there is.
    match bytes.last_chunk::<BLOCK>() {
        Some(block) if at < bytes.len() => {
            let seen = at + BLOCK - bytes.len();
            let found = others(u8x16::new(*block)).to_bitmask() >> seen;
            if found == 0 { bytes.len() } else { at + found.trailing_zeros() as usize }
        }
        _ => scalar_end::<CLASS>(bytes, at),
    }
}

#[inline]
fn scalar_end<const CLASS: u8>(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter()
        .position(|&byte| CLASSES[usize::from(byte)] & CLASS == 0)
        .map_or(bytes.len(), |run| from + run)
}

/// The elements of a comma-separated list without the white space around them; empty ones are kept
/// (RFC 9110 §5.6.1).
pub(super) fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == b',').map(trim)
}

/// `bytes` without white space at either end.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

/// RFC 9110 §8.6: `Content-Length = 1*DIGIT`, and "a recipient MUST anticipate potentially large
/// decimal numerals and prevent parsing errors due to integer conversion overflows".
/// The value, or the rule that `digits` break.
pub(super) fn decimal(digits: &[u8]) -> Result<u64, Rule> {
    let are_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !are_digits(digits) {
        let repeated = digits.contains(&b',') && elements(digits).all(are_digits);
        return Err(if repeated { Rule::LengthRepeated } else { Rule::LengthMalformed });
    }
    let add = |number: u64, digit: &u8| number.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    // One bit is left over, so that offsets in the stream cannot overflow either.
    match digits.iter().try_fold(0, add) {
        Some(number) if number <= u64::MAX >> 1 => Ok(number),
        _ => Err(Rule::LengthOverflow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=255 {
            for len in 0..40 {
                for place in 0..len {
                    let mut bytes = vec![b'a'; len];
                    bytes[place] = byte;
                    let expected = |allowed| if allowed { len } else { place };
                    let value = byte == b'\t' || (byte >= 0x20 && byte != 0x7f);
                    assert_eq!(value_end(&bytes, 0), expected(value), "{byte:#x} at {place} of {len}");
                    let target = CLASSES[usize::from(byte)] & TARGET != 0;
                    assert_eq!(target_end(&bytes, 0), expected(target), "{byte:#x} at {place} of {len}");
                }
            }
        }
    }

    /// Each rule spelled out as its RFC has it, beside the table.
    #[test]
    fn the_classes_are_those_of_the_grammar() {
        let table = classes();
        for byte in 0..=u8::MAX {
            let c = char::from(byte);
            let unreserved = c.is_ascii_alphanumeric() || "-._~".contains(c);
            let sub_delims = "!$&'()*+,;=".contains(c);
            let value = c == '\t' || ('\x20'..='\x7e').contains(&c) || byte >= 0x80;
            for (class, expected) in [
                (TOKEN, c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)),
                (TARGET, unreserved || sub_delims || ":/?[]@%".contains(c)),
                (VALUE, value),
                (NAME, unreserved || sub_delims),
                (QUOTED, value && c != '"' && c != '\\'),
            ] {
                assert_eq!(table[usize::from(byte)] & class != 0, expected, "{byte:#x} in class {class}");
            }
        }
        assert_eq!(table, CLASSES);
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
    fn classes_hold_what_the_grammars_list() {
        let of = |test: fn(u8) -> bool| (0..=255).filter(|&byte| test(byte)).count();
        // 62 letters and digits, 15 others.
        assert_eq!(of(is_token), 77);
        // 0x20..=0xFF without DEL, and HTAB; less DQUOTE and backslash.
        assert_eq!(of(is_value), 224);
        assert_eq!(of(is_quoted), 222);
        // 62 letters and digits, 4 others unreserved, 11 sub-delims.
        assert_eq!(of(is_name), 77);
        // These, 6 gen-delims of 7, and the percent sign.
        assert_eq!((0..=255).filter(|&byte| target_end(&[byte], 0) == 1).count(), 84);
        for byte in *b" \"#<>\\^`{|}\x7f\x80\t" {
            assert_eq!(target_end(&[byte], 0), 0, "{byte:#x}");
        }
    }

    #[test]
    fn lists_keep_their_empty_elements() {
        assert_eq!(elements(b" a ,\t, b c").collect::<Vec<_>>(), [&b"a"[..], b"", b"b c"]);
    }

    #[test]
    fn a_length_is_decimal_digits_and_fits() {
        assert_eq!(decimal(b"0"), Ok(0));
        assert_eq!(decimal(b"00005"), Ok(5));
        assert_eq!(decimal(b"9223372036854775807"), Ok(u64::MAX >> 1));
        for (digits, rule) in [
            (&b"9223372036854775808"[..], Rule::LengthOverflow),
            (b"18446744073709551616", Rule::LengthOverflow),
            (b"5, 5", Rule::LengthRepeated),
            (b"5,6", Rule::LengthRepeated),
            (b"5,", Rule::LengthMalformed),
            (b"", Rule::LengthMalformed),
            (b"-1", Rule::LengthMalformed),
            (b"+5", Rule::LengthMalformed),
            (b"0x5", Rule::LengthMalformed),
            (b"5 5", Rule::LengthMalformed),
            (b"\xb25", Rule::LengthMalformed),
        ] {
            assert_eq!(decimal(digits), Err(rule), "{}", digits.escape_ascii());
        }
    }
}
