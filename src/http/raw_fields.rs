//! Field lines of a request's head that may be malformed: for finding what somebody might read there.

use std::ops::Range;

/// The fields with credentials: RFC 9110 §11.6.2 and §11.7.2, RFC 6265 §4.2. They are not for another host than the
/// one that they were sent to.
pub const CREDENTIALS: [&str; 3] = ["Authorization", "Proxy-Authorization", "Cookie"];

/// A field line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawField {
    /// The name, as it was asked for.
    pub name: &'static str,
    /// The line with its end, and with lines that continue it, as a range of the request.
    pub line: Range<usize>,
}

/// The lines of the head with one of these names, in order. A reader that takes a bare CR for the end of a line, a
/// folded line, or a space before the colon is reckoned with.
#[must_use]
pub fn raw_fields(request: &[u8], names: &[&'static str]) -> Vec<RawField> {
    let mut found: Vec<RawField> = Vec::new();
    let (mut start, mut has_begun, mut continues) = (0, false, false);
    // Whether the line before ended as lines do.
    let mut is_whole = false;
    while start < request.len() {
        let rest = &request[start..];
        let len = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, mark) = (&rest[..len], &rest[len..]);
        let mark = if mark.starts_with(b"\r\n") { 2 } else { mark.len().min(1) };
        // RFC 9112 §2.2 lets empty lines stand before the request line.
        let ends = rest[..len + mark].ends_with(b"\n");
        if line.is_empty() && has_begun && is_whole && ends {
            break;
        }
        is_whole = ends;
        has_begun |= !line.is_empty();
        let end = start + len + mark;
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // RFC 9112 §5.2: an obs-fold belongs to the line before.
            if let Some(last) = found.last_mut().filter(|_| continues) {
                last.line.end = end;
            }
        } else {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
            let name = names.iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
            continues = name.is_some();
            found.extend(name.map(|name| RawField { name, line: start..end }));
        }
        start = end;
    }
    found
}

/// The value of a line.
#[must_use]
pub fn raw_value<'a>(request: &'a [u8], field: &RawField) -> &'a [u8] {
    let line = &request[field.line.clone()];
    let colon = line.iter().position(|byte| *byte == b':').map_or(line.len(), |at| at + 1);
    line[colon..].trim_ascii()
}

/// The request without these lines.
#[must_use]
pub fn without(request: &[u8], fields: &[RawField]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(request.len());
    let mut at = 0;
    for RawField { line, .. } in fields {
        kept.extend_from_slice(&request[at..line.start]);
        at = line.end;
    }
    kept.extend_from_slice(&request[at..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(request: &str) -> (Vec<&'static str>, String) {
        let found = raw_fields(request.as_bytes(), &CREDENTIALS);
        let kept = without(request.as_bytes(), &found);
        (found.iter().map(|field| field.name).collect(), String::from_utf8_lossy(&kept).into_owned())
    }

    #[test]
    fn credentials_are_found_and_left_out_and_nothing_else() {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nauthorization: Basic x\r\nX-Cookie: no\r\nCOOKIE: a=b\r\n\
                       Accept: */*\r\nProxy-Authorization: y\r\n\r\nCookie: body\r\n";
        let (names, kept) = stripped(request);
        assert_eq!(names, ["Authorization", "Cookie", "Proxy-Authorization"]);
        assert_eq!(kept, "POST / HTTP/1.1\r\nHost: a\r\nX-Cookie: no\r\nAccept: */*\r\n\r\nCookie: body\r\n");
        let plain = "\r\nGET / HTTP/1.1\r\nHost:  b:80 \r\n\r\n";
        assert_eq!(stripped(plain), (vec![], plain.to_owned()));
        let host = raw_fields(plain.as_bytes(), &["Host"]);
        assert_eq!(raw_value(plain.as_bytes(), &host[0]), b"b:80");
    }

    #[test]
    fn what_a_lenient_reader_takes_for_a_field_is_one() {
        for (request, kept) in [
            ("GET / HTTP/1.1\nCookie: a\nHost: a\n\n", "GET / HTTP/1.1\nHost: a\n\n"),
            ("GET / HTTP/1.1\r\nX: 1\rCookie: a\rY: 2\r\n\r\n", "GET / HTTP/1.1\r\nX: 1\rY: 2\r\n\r\n"),
            ("GET / HTTP/1.1\r\r\nCookie: a\r\nX: 1\r\n\r\n", "GET / HTTP/1.1\r\r\nX: 1\r\n\r\n"),
            (
                "GET / HTTP/1.1\r\nCookie : a\r\n\tmore\r\n b\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\n x\r\nCookie: a", "GET / HTTP/1.1\r\nHost: a\r\n x\r\n"),
            ("\r\n\r\nGET / HTTP/1.1\r\nCookie: a\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            ("", ""),
            ("\r\n\r\n", "\r\n\r\n"),
        ] {
            assert_eq!(stripped(request).1, kept, "{request:?}");
        }
    }
}
