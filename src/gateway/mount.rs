//! The targets that belong to a group, and the targets that its backends are asked for.
//!
//! One rule: **if the backend's address has a path, that path replaces the prefix; if it has none, the target goes
//! on as it is.** If a client asks for `/api/users`, `--proxy /api=http://127.0.0.1:3000` asks for `/api/users` and
//! `--proxy /api=http://127.0.0.1:3000/` for `/users`.

use std::ops::Range;

use percent_encoding::{percent_decode, percent_decode_str};

/// The prefix under which a group is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Mount {
    /// The path without a slash at its end: `/api`. Empty: every path is below it.
    prefix: Box<str>,
}

/// The target for a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The replacement of the prefix; may be empty.
    pub written: Box<str>,
    /// The part of the target that is copied behind `written`, as a range of the target's path and query.
    pub copied: Range<usize>,
}

/// The first segment of a prefix that a path does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart<'a> {
    /// Position of the segment, from 1.
    pub index: usize,
    /// The segment of the prefix, as in the prefix.
    pub expected: &'a str,
    /// The segment of the path, as in the path. `None`: the path ends before it.
    pub found: Option<&'a str>,
}

impl Mount {
    /// A mount at `prefix`: a path, percent-encoded as in a target. A slash at its end makes no difference.
    /// `None`: `prefix` does not begin with a slash, or has a query, a fragment or a dot segment.
    #[must_use]
    pub fn new(prefix: &str) -> Option<Self> {
        let is_path = prefix.starts_with('/')
            && prefix.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'))
            && !has_dot_segment(prefix);
        is_path.then(|| Self { prefix: prefix.trim_end_matches('/').into() })
    }

    /// The prefix; `/` if it is empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        if self.prefix.is_empty() { "/" } else { &self.prefix }
    }

    /// The pattern of the route: `/api/*`.
    #[must_use]
    pub fn pattern(&self) -> String {
        format!("{}/*", self.prefix)
    }

    /// Index at which the rest of `path` begins, which is empty or begins with a slash. Segments are compared decoded,
    /// as in routes; an encoded slash ends no segment.
    ///
    /// # Errors
    /// The path is not below this prefix.
    pub fn rest_of<'a>(&'a self, path: &'a str) -> Result<usize, Apart<'a>> {
        let mut at = 0;
        for (expected, index) in self.prefix.split('/').skip(1).zip(1..) {
            let segment = path[at..].strip_prefix('/').unwrap_or_default();
            let len = segment.find('/').unwrap_or(segment.len());
            // What follows the last slash is no segment unless it has a byte.
            let found = Some(&segment[..len]).filter(|_| !segment.is_empty());
            if !found.is_some_and(|found| percent_decode_str(found).eq(percent_decode_str(expected))) {
                return Err(Apart { index, expected, found });
            }
            at += 1 + len;
        }
        Ok(at)
    }

    /// The target that a backend is asked for if the client asks for `path`. `end`: the end of the target's query,
    /// counted from the start of its path. `base`: the path of the backend's address without a slash at its end;
    /// `None`: the address has no path. The result is `None` if `path` is not below this prefix.
    #[must_use]
    pub fn map(&self, path: &str, end: usize, base: Option<&str>) -> Option<Mapped> {
        let rest = self.rest_of(path).ok()?;
        let (written, start) = match base {
            None => ("", 0),
            Some(base) => (base, rest),
        };
        // RFC 9112 §3.2.1: "If the target URI's path component is empty, the client MUST send "/" as the path".
        let written = if written.is_empty() && start == path.len() { "/" } else { written };
        Some(Mapped { written: written.into(), copied: start..end })
    }
}

/// Whether a segment of `path` is `.` or `..`, encoded or not. Two readers could understand such a path
/// differently, so it is never passed on to a backend.
#[must_use]
pub fn has_dot_segment(path: &str) -> bool {
    path.as_bytes().split(|byte| *byte == b'/').any(|segment| {
        matches!(segment.first(), Some(b'.' | b'%'))
            && segment.len() <= 6
            && (percent_decode(segment).eq(*b".") || percent_decode(segment).eq(*b".."))
    })
}

/// An example of the rule for prefixes.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The prefix under which the group is mounted.
    pub prefix: &'static str,
    /// The backend's address.
    pub backend: &'static str,
    /// The target that the client asks for.
    pub target: &'static str,
    /// The target that the backend is asked for. `None`: the target is not below the prefix, so another group, a
    /// route or the folder answers.
    pub asked: Option<&'static str>,
}

const fn example(
    prefix: &'static str,
    backend: &'static str,
    target: &'static str,
    asked: Option<&'static str>,
) -> Example {
    Example { prefix, backend, target, asked }
}

/// The rule for prefixes, row by row, for people and for the tests.
pub const EXAMPLES: &[Example] = &[
    example("/", "http://b", "/a?x=1", Some("/a?x=1")),
    example("/", "http://b/base", "/a", Some("/base/a")),
    example("/", "http://b/base/", "/", Some("/base/")),
    example("/api", "http://b", "/api/users", Some("/api/users")),
    example("/api", "http://b/", "/api/users", Some("/users")),
    example("/api/", "http://b/", "/api/users", Some("/users")),
    example("/api", "http://b/", "/api", Some("/")),
    example("/api", "http://b/", "/api/", Some("/")),
    example("/api", "http://b/", "/api?x=1", Some("/?x=1")),
    example("/api", "http://b/v2", "/api", Some("/v2")),
    example("/api", "http://b/v2", "/api/users?q=a/b", Some("/v2/users?q=a/b")),
    example("/api", "http://b/v2/", "/api/users", Some("/v2/users")),
    example("/api", "http://b/", "/api//users", Some("//users")),
    example("/api", "http://b/", "/%61pi/a%2Fb", Some("/a%2Fb")),
    example("/api", "http://b/", "/api%2Fusers", None),
    example("/api", "http://b/", "/apis", None),
    example("/api", "http://b/", "/", None),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::{super::Address, *};

    #[test]
    fn a_path_of_the_address_stands_in_place_of_the_prefix() {
        for Example { prefix, backend, target, asked } in EXAMPLES {
            let mount = Mount::new(prefix).unwrap();
            let path = target.split('?').next().unwrap();
            let address: Address = backend.parse().unwrap();
            let mapped = mount.map(path, target.len(), address.base());
            let found = mapped.map(|mapped| format!("{}{}", mapped.written, &target[mapped.copied]));
            assert_eq!(found.as_deref(), *asked, "{prefix} {address} {target}");
        }
    }

    #[test]
    fn the_documentation_has_the_same_rows() {
        let page = include_str!("../../docs/gateway.md");
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let row = |example: &Example| {
            let asked =
                example.asked.map_or_else(|| "another answers".to_owned(), |asked| format!("`{asked}`"));
            format!("| `{}` | `{}` | `{}` | {asked} |", example.prefix, example.backend, example.target)
        };
        assert_eq!(rows, EXAMPLES.iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn dot_segments_are_found_in_every_spelling() {
        for path in ["/..", "/a/../b", "/a/.", "/%2e%2E/b", "/.%2e"] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/a..b", "/...", "/.well-known", "/%2e%2e%2e", "//"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }

    #[test]
    fn a_prefix_is_a_path() {
        for prefix in ["", "api", "/a?b", "/a#b", "/a/../b", "/a b", "http://x"] {
            assert_eq!(Mount::new(prefix), None, "{prefix}");
        }
        assert_eq!(Mount::new("/").unwrap().prefix(), "/");
        assert_eq!(Mount::new("/api/").unwrap().pattern(), "/api/*");
    }
}
