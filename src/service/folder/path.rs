//! The path of a request, validated before any file is touched.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::trace::Refusal;

use super::super::decode::percent_decode;
use crate::words::excerpt;

/// A path within the served folder: no `.`, no `..`, no byte that cannot occur in a file name.
#[derive(Debug, PartialEq, Eq)]
pub struct FolderPath<'a> {
    /// The decoded segments; none for the folder itself. Two adjacent slashes give an empty segment.
    segments: Vec<Cow<'a, [u8]>>,
    /// Whether the path ends with a slash or a dot segment, and therefore names a folder.
    pub slash: bool,
}

impl<'a> FolderPath<'a> {
    /// Parses a path as received: percent-encoded, without the query.
    ///
    /// RFC 9110 §17.3 (attacks based on file and path names): dot segments and the special characters of file
    /// systems are handled here, on decoded segments, so that no spelling of them reaches the file system.
    ///
    /// # Errors
    /// [`Refusal::PathMalformed`] or [`Refusal::PathLeavesFolder`].
    pub fn of(path: &'a str) -> Result<Self, Refusal> {
        let mut segments: Vec<Cow<'_, [u8]>> = Vec::new();
        let mut slash = false;
        let mut leaves = false;
        let mut rest = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
        while let Some(raw) = rest.next() {
            let segment = percent_decode(raw).ok_or(Refusal::PathMalformed)?;
            // An encoded slash is data, so it would be part of a file name, which cannot contain one. A
            // backslash separates names on other systems. NUL ends a name.
            if segment.iter().any(|byte| matches!(byte, 0 | b'/' | b'\\')) {
                return Err(Refusal::PathMalformed);
            }
            let last = rest.peek().is_none();
            // RFC 3986 §5.2.4, remove_dot_segments; §6.2.2.2: an encoded dot is a dot.
            match &*segment {
                b"." => slash = last,
                b".." => {
                    leaves |= segments.pop().is_none();
                    slash = last;
                }
                // Nothing follows the last slash.
                b"" if last => slash = true,
                _ => segments.push(segment),
            }
        }
        if leaves { Err(Refusal::PathLeavesFolder) } else { Ok(Self { segments, slash }) }
    }

    /// Whether the path names something that is never served, whether or not it exists: a name
    /// that starts with a dot, which hides files from ordinary listings, unless `dot_files` are served.
    #[must_use]
    pub fn is_hidden(&self, dot_files: bool) -> bool {
        self.segments.iter().enumerate().any(|(index, segment)| match &**segment {
            _ if dot_files => false,
            // RFC 8615 §3: well-known URIs are meant to be requested.
            b".well-known" => index > 0,
            segment => segment.starts_with(b"."),
        })
    }

    /// Whether a path below the folder, free of links, names something that is never served: see
    /// [`Self::is_hidden`].
    #[must_use]
    pub fn hides(real: &Path) -> bool {
        let names = real.components().filter_map(|component| match component {
            std::path::Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        });
        names
            .enumerate()
            .any(|(index, name)| name.starts_with(b".") && !(index == 0 && name == b".well-known"))
    }

    /// The path of a file, relative to the folder. Empty for the folder itself. `None`: not a valid file name
    /// on this system.
    #[must_use]
    pub fn relative(&self) -> Option<PathBuf> {
        self.segments.iter().map(|segment| file_name(segment)).collect()
    }

    /// The last segment, decoded. `None`: the path is the folder itself.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.segments.last().map(|segment| &**segment)
    }

    /// The segments joined by slashes, as the key of an embedded file.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        self.segments.join(&b'/')
    }

    /// The path for display: decoded, without the slash at its start, control characters escaped.
    #[must_use]
    pub fn shown(&self) -> String {
        let key = self.key();
        let mut shown = excerpt(&String::from_utf8_lossy(&key), 200).into_owned();
        if self.slash || key.is_empty() {
            shown.push('/');
        }
        shown
    }

    /// A reference from this path to the same with a slash at its end, for Location. RFC 9110 §10.2.2 has it resolved
    /// against the target, so it also holds behind a proxy that has taken a prefix off the path.
    #[must_use]
    pub fn with_slash(&self) -> String {
        let name = self.segments.last().map(|name| percent_encode(name, NOT_PCHAR).to_string());
        let name = name.unwrap_or_default();
        // RFC 3986 §4.2: a colon in the first segment would end a scheme.
        if name.contains(':') { format!("./{name}/") } else { format!("{name}/") }
    }

    /// A reference from this path to the same without its empty segments, for Location. `None`: it has none.
    ///
    /// The reference begins by climbing to the folder, so it never begins with two slashes, which would make the first segment a
    /// host (RFC 3986 §4.2).
    #[must_use]
    pub fn without_empty(&self) -> Option<String> {
        let is_empty = |segment: &Cow<'_, [u8]>| segment.is_empty();
        if !self.segments.iter().any(is_empty) {
            return None;
        }
        let depth = self.segments.len() - usize::from(!self.slash);
        let names: Vec<String> = self
            .segments
            .iter()
            .filter(|segment| !is_empty(segment))
            .map(|segment| percent_encode(segment, NOT_PCHAR).to_string())
            .collect();
        let slash = if self.slash && !names.is_empty() { "/" } else { "" };
        Some(format!("{}{}{slash}", "../".repeat(depth), names.join("/")))
    }
}

/// RFC 3986 §3.3: `pchar = unreserved / pct-encoded / sub-delims / ":" / "@"`.
pub(super) const NOT_PCHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "on other systems a name can be impossible")]
fn file_name(segment: &[u8]) -> Option<&std::ffi::OsStr> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(segment))
}

#[cfg(not(unix))]
fn file_name(segment: &[u8]) -> Option<&std::ffi::OsStr> {
    // A colon would name a drive or an alternate data stream.
    str::from_utf8(segment).ok().filter(|name| !name.contains(':')).map(std::ffi::OsStr::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn key(path: &str) -> (String, bool) {
        let path = FolderPath::of(path).unwrap();
        (String::from_utf8_lossy(&path.key()).into_owned(), path.slash)
    }

    #[test]
    fn segments_are_decoded_once() {
        assert_eq!(key("/"), (String::new(), true));
        assert_eq!(key("/a%20b/%61.txt"), ("a b/a.txt".to_owned(), false));
        assert_eq!(key("/%2541"), ("%41".to_owned(), false));
        assert_eq!(key("/a+b"), ("a+b".to_owned(), false));
        assert_eq!(key("/dir/"), ("dir".to_owned(), true));
    }

    #[test]
    fn dot_segments_are_removed_in_every_spelling() {
        for path in ["/./a", "/x/../a", "/x/%2e%2E/a", "/x/y/.%2e/../a", "/%2e/a"] {
            assert_eq!(key(path), ("a".to_owned(), false), "{path}");
        }
        for path in ["/a/.", "/a/b/..", "/a/%2e"] {
            assert_eq!(key(path), ("a".to_owned(), true), "{path}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_folder_is_refused_even_if_it_comes_back() {
        for path in ["/..", "/../", "/../a", "/%2e%2e/a", "/a/../../a", "/a/%2e./.%2e/b", "/./../x"] {
            assert_eq!(FolderPath::of(path), Err(Refusal::PathLeavesFolder), "{path}");
        }
    }

    #[test]
    fn what_looks_like_dots_is_a_name() {
        assert_eq!(key("/dir/..;/x"), ("dir/..;/x".to_owned(), false));
        assert_eq!(key("/%c0%ae%c0%ae"), ("\u{fffd}\u{fffd}\u{fffd}\u{fffd}".to_owned(), false));
        for path in ["/..;/x", "/.../x", "/....//x", "/..%20/x"] {
            assert!(FolderPath::of(path).unwrap().is_hidden(false), "{path}");
        }
    }

    #[test]
    fn malformed_and_impossible_names_are_refused() {
        for path in ["/%zz", "/%4", "/%", "/a%00.html", "/dir%2fa", "/..%2f..", "/..%5c..%5cetc", "/a\\b"] {
            assert_eq!(FolderPath::of(path), Err(Refusal::PathMalformed), "{path}");
        }
    }

    #[test]
    fn dot_files_are_hidden_unless_they_are_served() {
        for path in ["/.git/config", "/a/.env", "/%2ehidden", "//.a", "/a/.well-known/x"] {
            assert!(!FolderPath::of(path).unwrap().is_hidden(true), "{path}");
            assert!(FolderPath::of(path).unwrap().is_hidden(false), "{path}");
        }
        for path in ["/", "/a.b/", "/.well-known/acme", "/a/../b"] {
            assert!(!FolderPath::of(path).unwrap().is_hidden(false), "{path}");
        }
    }

    #[test]
    fn a_location_is_encoded_and_never_names_a_host() {
        let location = |path| FolderPath::of(path).unwrap().with_slash();
        assert_eq!(location("/a%20b/%E2%82%ac"), "%E2%82%AC/");
        assert_eq!(location("/dir%0d%0aX-Injected:1"), "./dir%0D%0AX-Injected:1/");
        assert_eq!(location("/%3fa%23b%25"), "%3Fa%23b%25/");
        let single = |path| FolderPath::of(path).unwrap().without_empty();
        for (path, location) in [
            ("//css/s.css", "../../css/s.css"),
            ("/css//s.css", "../../css/s.css"),
            ("//evil.example", "../evil.example"),
            ("//", "../"),
            ("/a//", "../../a/"),
        ] {
            assert_eq!(single(path).as_deref(), Some(location), "{path}");
        }
        assert_eq!(single("/css/s.css"), None);
    }

    #[test]
    fn what_is_shown_has_no_control_characters() {
        assert_eq!(FolderPath::of("/a%0ab%ff/").unwrap().shown(), "a\\nb\u{fffd}/");
        assert_eq!(FolderPath::of("/").unwrap().shown(), "/");
    }
}
