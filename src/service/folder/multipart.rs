//! Several parts of a file in one response: multipart/byteranges (RFC 9110 §14.6).

use std::{
    collections::VecDeque,
    fmt::Write as _,
    hash::{BuildHasher, RandomState},
    ops::Range,
};

use super::super::{Piece, Pieces};

/// The delimiter between the parts.
#[derive(Debug)]
pub(super) struct Boundary(String);

impl Boundary {
    /// A random boundary.
    ///
    /// RFC 2046 §5.1.1: "Boundary delimiters must not appear within the encapsulated material." The
    /// parts are not searched for it, for that would read a file twice: with 128 bits that nobody can
    /// know beforehand, no file has it but by a chance that is never met.
    #[must_use]
    pub(super) fn new() -> Self {
        // The keys of the hasher are the standard library's only source of randomness.
        let random = |salt: u8| RandomState::new().hash_one(salt);
        Self(format!("byteglass-{:016x}{:016x}", random(0), random(1)))
    }

    /// The value for Content-Type.
    #[must_use]
    pub(super) fn media_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.0)
    }
}

/// The multipart body. `parts`: the ranges and their content, in order; `len`: length of the whole file in
/// bytes.
///
/// §15.3.7.2: "Within the header area of each body part in the multipart content, the server MUST
/// generate a Content-Range header field corresponding to the range being enclosed in that body part.
/// If the selected representation would have had a Content-Type header field in a 200 (OK) response,
/// the server SHOULD generate that same Content-Type header field in the header area of each body
/// part."
#[must_use]
pub(super) fn body(
    boundary: &Boundary,
    parts: Vec<(Range<u64>, Piece)>,
    media_type: &str,
    len: u64,
) -> Pieces {
    let mut queue = VecDeque::with_capacity(parts.len() * 2 + 1);
    let mut delimiter = String::new();
    for (range, piece) in parts {
        // Writing to a string cannot fail.
        let _ = write!(
            delimiter,
            "--{}\r\nContent-Type: {media_type}\r\nContent-Range: bytes {}-{}/{len}\r\n\r\n",
            boundary.0,
            range.start,
            range.end - 1
        );
        queue.push_back(Piece::Bytes(std::mem::take(&mut delimiter).into()));
        queue.push_back(piece);
        // RFC 2046 §5.1.1: "the CRLF preceding the boundary delimiter line is conceptually attached to
        // the boundary".
        delimiter.push_str("\r\n");
    }
    let _ = write!(delimiter, "--{}--\r\n", boundary.0);
    queue.push_back(Piece::Bytes(delimiter.into()));
    Pieces { queue }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_delimiters() {
        let boundary = Boundary("B".to_owned());
        let piece = |text: &'static str| Piece::Bytes(text.into());
        let pieces = body(&boundary, vec![(0..2, piece("ab")), (4..6, piece("ef"))], "text/plain", 26);
        let text: String = pieces
            .queue
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Piece::File(_) => panic!("no file here"),
            })
            .collect();
        assert_eq!(
            text,
            "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/26\r\n\r\nab\r\n\
             --B\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-5/26\r\n\r\nef\r\n--B--\r\n"
        );
    }

    #[test]
    fn no_two_boundaries_are_the_same_and_each_is_well_formed() {
        let (one, other) = (Boundary::new(), Boundary::new());
        assert_ne!(one.0, other.0);
        // RFC 2046 §5.1.1: at most 70 characters.
        assert!(one.0.len() <= 70 && one.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
}
