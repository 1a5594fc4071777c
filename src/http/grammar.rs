//! The byte classes of the grammar.

use super::rule::Rule;

/// RFC 9110 §5.6.2: `tchar`.
pub(super) const TOKEN: u8 = 1;
/// The bytes of a request target: RFC 3986 §2 without `#`, which begins a fragment and is no part of a
/// target.
pub(super) const TARGET: u8 = 2;
/// RFC 9110 §5.5: `field-vchar`, SP and HTAB.
pub(super) const VALUE: u8 = 4;
/// RFC 3986 §3.2.2: `unreserved` and `sub-delims`, of which a registered name is made.
pub(super) const NAME: u8 = 8;
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

/// Whether `byte` is in `CLASS`: [`TOKEN`], [`TARGET`], [`VALUE`], [`NAME`] or [`QUOTED`].
#[inline]
pub(super) fn is_of<const CLASS: u8>(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & CLASS != 0
}

/// Whether `byte` is a `tchar` (RFC 9110 §5.6.2).
#[inline]
pub(super) fn is_token(byte: u8) -> bool {
    is_of::<TOKEN>(byte)
}

/// Whether `byte` may stand in a field value or a reason phrase: HTAB, SP, VCHAR or obs-text.
#[inline]
pub(super) fn is_value(byte: u8) -> bool {
    is_of::<VALUE>(byte)
}

/// Whether `byte` may stand in a quoted string by itself (RFC 9110 §5.6.4: `qdtext`).
#[inline]
pub(super) fn is_quoted(byte: u8) -> bool {
    is_of::<QUOTED>(byte)
}

/// Whether `byte` may stand in a registered name by itself (RFC 3986 §3.2.2).
#[inline]
pub(super) fn is_name(byte: u8) -> bool {
    is_of::<NAME>(byte)
}

/// RFC 9110 §5.6.3: `OWS = *( SP / HTAB )`.
#[inline]
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
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
        assert_eq!(of(is_of::<TARGET>), 84);
        for byte in *b" \"#<>\\^`{|}\x7f\x80\t" {
            assert!(!is_of::<TARGET>(byte), "{byte:#x}");
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
