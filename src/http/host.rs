//! The grammar of an authority: `uri-host [ ":" port ]`.

use std::{net::Ipv6Addr, ops::Range};

use super::{byte_class::name_end, grammar::is_name, head::slice};

/// The port of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// None: there is no colon.
    Absent,
    /// Empty: nothing follows the colon.
    Empty,
    /// A number.
    Number(u16),
}

/// Checks `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2). `None`: it is not one, or its
/// host is empty, or its port is no TCP port.
///
/// RFC 9110 §4.2.1: "A sender MUST NOT generate an "http" URI with an empty host identifier. A
/// recipient that processes such a URI reference MUST reject it as invalid."
pub(crate) fn authority(bytes: &[u8]) -> Option<Port> {
    let rest = match bytes {
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b']')?;
            let (literal, rest) = (&rest[..end], &rest[end + 1..]);
            is_literal(literal).then_some(rest)?
        }
        _ => &bytes[registered_name(bytes)..],
    };
    match rest {
        _ if rest.len() == bytes.len() => None,
        [] => Some(Port::Absent),
        // RFC 3986 §3.2.3: `port = *DIGIT`.
        [b':'] => Some(Port::Empty),
        [b':', digits @ ..] => port(digits),
        _ => None,
    }
}

/// Checks the bytes of `range` as [`authority`] does. The bytes behind the range let the usual name be read
/// in one step.
#[inline]
pub(super) fn authority_within(bytes: &[u8], range: &Range<u32>) -> Option<Port> {
    let (start, end) = (range.start as usize, range.end as usize);
    let name_end = name_end(bytes, start);
    match bytes.get(name_end..end) {
        _ if name_end == start => authority(slice(bytes, range)),
        Some([]) => Some(Port::Absent),
        Some([b':', digits @ ..]) if !digits.is_empty() => match bytes[..end].last_chunk() {
            Some(last) if digits.len() <= last.len() => short_port(*last, digits.len()),
            _ => port(digits),
        },
        _ => authority(slice(bytes, range)),
    }
}

/// The port of which the last `len` bytes of `bytes` are the digits, all in one step. `len` is 1 to 8.
fn short_port(bytes: [u8; 8], len: usize) -> Option<Port> {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);
    let given = u64::MAX << (64 - 8 * len);
    // The first digit is the lowest byte; zeros take the place of what stands before the digits.
    let word = u64::from_le_bytes(bytes) & given | ZEROS & !given;
    // A digit has 3 in its upper half, also with 6 added.
    if word & HIGH != ZEROS || word.wrapping_add(u64::from_le_bytes([6; 8])) & HIGH != ZEROS {
        return None;
    }
    // Each pair of digits becomes a number in the upper byte of the two, then each pair of these, and so on.
    let pairs = (word - ZEROS).wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
    let number = fours.wrapping_mul(1 + (10_000 << 32)) >> 32;
    u16::try_from(number).ok().map(Port::Number)
}

fn port(digits: &[u8]) -> Option<Port> {
    let mut number = 0_u32;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        // Beyond this no further digit makes it fit again.
        number = number.min(u32::from(u16::MAX) + 1) * 10 + u32::from(digit - b'0');
    }
    u16::try_from(number).ok().map(Port::Number)
}

/// RFC 3986 §3.2.2: `reg-name = *( unreserved / pct-encoded / sub-delims )`, of which an IPv4
/// address is a special case. Its length.
fn registered_name(bytes: &[u8]) -> usize {
    let mut end = 0;
    loop {
        end = name_end(bytes, end);
        match bytes[end..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => end += 3,
            _ => return end,
        }
    }
}

/// RFC 3986 §3.2.2: `IP-literal = "[" ( IPv6address / IPvFuture  ) "]"`, without the brackets.
fn is_literal(literal: &[u8]) -> bool {
    match literal {
        [b'v' | b'V', future @ ..] => is_future_address(future),
        _ => str::from_utf8(literal).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok()),
    }
}

/// RFC 3986 §3.2.2: `IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`, without the
/// `v`.
fn is_future_address(future: &[u8]) -> bool {
    let Some(dot) = future.iter().position(|&byte| byte == b'.') else { return false };
    let (version, address) = (&future[..dot], &future[dot + 1..]);
    !version.is_empty()
        && version.iter().all(u8::is_ascii_hexdigit)
        && !address.is_empty()
        && address.iter().all(|&byte| is_name(byte) || byte == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between other bytes, some of which could be part of it.
    fn within(bytes: &[u8]) -> Option<Port> {
        let all = [b"ab", bytes, b"\r\n01234567890123456789"].concat();
        let close = [b"ab", bytes, b"0"].concat();
        let range = 2..u32::try_from(2 + bytes.len()).unwrap_or(u32::MAX);
        assert_eq!(authority_within(&all, &range), authority_within(&close, &range));
        authority_within(&all, &range)
    }

    #[test]
    fn what_is_an_authority() {
        let cases: [(&[u8], Port); 18] = [
            (b"localhost", Port::Absent),
            (b"LOCALHOST:8080", Port::Number(8080)),
            (b"localhost:", Port::Empty),
            (b"localhost:00080", Port::Number(80)),
            (b"localhost:65535", Port::Number(65535)),
            (b"localhost:9", Port::Number(9)),
            (b"localhost:00043210", Port::Number(43210)),
            (b"localhost:0000043210", Port::Number(43210)),
            (b"127.0.0.1", Port::Absent),
            (b"a,b", Port::Absent),
            (b"a_b~c", Port::Absent),
            (b"%41%7f", Port::Absent),
            (b"[::1]", Port::Absent),
            (b"[::1]:80", Port::Number(80)),
            (b"[::ffff:127.0.0.1]:", Port::Empty),
            (b"[2001:db8::1]", Port::Absent),
            (b"[v1.a:b]", Port::Absent),
            (b"[VF.~]:1", Port::Number(1)),
        ];
        for (bytes, port) in cases {
            assert_eq!(authority(bytes), Some(port), "{}", bytes.escape_ascii());
            assert_eq!(within(bytes), Some(port), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_none() {
        let cases: [&[u8]; 27] = [
            b"",
            b":80",
            b"a/b",
            b"a b",
            b"a\\b",
            b"a\xa0",
            b"<x>",
            b"a@b",
            b"::1",
            b"[::1",
            b"[::1]a",
            b"[]",
            b"[::g]",
            b"[fe80::1%25eth0]",
            b"[v.a]",
            b"[v1.]",
            b"[1.2.3.4]",
            b"a:b",
            b"a:1:2",
            b"a:65536",
            b"a:-1",
            b"a:99999999",
            b"a:4294967376",
            b"a:8/",
            b"a:8:",
            b"a:1\xb9",
            b"%4",
        ];
        for bytes in cases {
            assert_eq!(authority(bytes), None, "{}", bytes.escape_ascii());
            assert_eq!(within(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
