//! Content-Disposition: the name under which a browser saves a file (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// The value that makes a browser save the content as `name`, which may contain any byte.
#[must_use]
pub(super) fn attachment(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    // RFC 6266 appendix D: no characters that need escapes in a quoted-string, and no "%", which some
    // recipients decode. Nothing that a file system could take for a path either.
    let plain: String = name
        .chars()
        .map(|c| {
            let fits = (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\' | '%' | '/');
            if fits { c } else { '_' }
        })
        .collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    // §4.3: "when both "filename" and "filename*" are present [...], recipients SHOULD pick "filename*"".
    let exact = percent_encode(name.as_bytes(), NOT_ATTR_CHAR);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// All bytes except the `attr-char` of RFC 8187 §3.2.1.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_value() {
        for (name, expected) in [
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            ("a\"; x=\"y", "attachment; filename=\"a_; x=_y\"; filename*=UTF-8''a%22%3B%20x%3D%22y"),
            ("\u{20ac}.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%E2%82%AC.txt"),
            ("a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"),
            ("50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ] {
            assert_eq!(attachment(name.as_bytes()), expected);
        }
        assert!(attachment(b"\xff").contains("filename*=UTF-8''%EF%BF%BD"));
    }
}
