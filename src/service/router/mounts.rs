//! The mounts of groups of backends, which are tried before the routes.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::{
    gateway::{Mount, mount::Apart},
    words::excerpt,
};

use super::pattern::SHOWN_CHARS_MAX;
use crate::trace::{Mismatch, RouteAttempt, RouteSummary};

/// The mounts, in the order in which they are tried: the longest prefix comes first.
#[derive(Debug, Default)]
pub(super) struct Mounts(Vec<Entry>);

/// A mount at work.
#[derive(Debug)]
pub(super) struct Entry {
    mount: Mount,
    /// Index of the group, in the order of the settings.
    pub(super) group: usize,
    /// The attempt that matches.
    pub(super) matched: RouteAttempt,
    /// A list of that attempt alone, which all requests share if the mount is the first to be tried.
    list: Arc<[RouteAttempt]>,
    /// Number of requests that matched.
    pub(super) hits: u64,
}

/// The mounts that were tried for a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// A mount matches: every attempt, and the index of the group.
    Below(Arc<[RouteAttempt]>, usize),
    /// None matches: every attempt.
    Apart(Vec<RouteAttempt>),
}

impl Mounts {
    /// The mounts of groups, given with their names and in the order of the settings. A mount of `old` that stays
    /// keeps its hits.
    pub(super) fn new(groups: impl IntoIterator<Item = (Mount, Arc<str>)>, old: &Self) -> Self {
        let entry = |(group, (mount, name)): (usize, (Mount, Arc<str>))| {
            let summary = RouteSummary::Group(name.to_string().into());
            let pattern = mount.pattern().into();
            let matched = RouteAttempt { method: None, pattern, mismatch: None, summary };
            let known = old.0.iter().find(|known| known.matched == matched);
            let hits = known.map_or(0, |known| known.hits);
            let list = Arc::new([matched.clone()]);
            Entry { mount, group, matched, list, hits }
        };
        let mut entries: Vec<_> = groups.into_iter().enumerate().map(entry).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.mount.prefix().len()));
        Self(entries)
    }

    /// The mounts, in the order in which they are tried.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Counts a request for a group.
    pub(super) fn hit(&mut self, group: usize) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.group == group) {
            entry.hits += 1;
        }
    }

    /// Tries the mounts until one matches.
    pub(super) fn attempt(&self, path: &str) -> Tried {
        let mut attempts = Vec::new();
        for entry in &self.0 {
            match entry.mount.rest_of(path) {
                Ok(_) if attempts.is_empty() => return Tried::Below(Arc::clone(&entry.list), entry.group),
                Ok(_) => {
                    attempts.push(entry.matched.clone());
                    return Tried::Below(attempts.into(), entry.group);
                }
                Err(apart) => {
                    let mismatch = Some(mismatch(apart));
                    attempts.push(RouteAttempt { mismatch, ..entry.matched.clone() });
                }
            }
        }
        Tried::Apart(attempts)
    }
}

fn mismatch(apart: Apart<'_>) -> Mismatch {
    let expected = apart.expected.to_owned().into();
    match apart.found {
        None => Mismatch::TooShort { expected },
        Some(found) => {
            let found = percent_decode_str(found).decode_utf8_lossy();
            let index = u8::try_from(apart.index).unwrap_or(u8::MAX);
            Mismatch::Segment { index, expected, found: excerpt(&found, SHOWN_CHARS_MAX).into() }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    fn mounts(prefixes: &[&str]) -> Mounts {
        let group = |prefix: &&str| (Mount::new(prefix).unwrap(), Arc::from(*prefix));
        Mounts::new(prefixes.iter().map(group), &Mounts::default())
    }

    fn told(tried: &Tried) -> Vec<String> {
        let attempts: &[RouteAttempt] = match tried {
            Tried::Below(attempts, _) => attempts,
            Tried::Apart(attempts) => attempts,
        };
        let tell = |attempt: &RouteAttempt| {
            let why = attempt.mismatch.as_ref().map_or_else(|| "matches".to_owned(), Mismatch::sentence);
            format!("{}: {why}", attempt.pattern)
        };
        attempts.iter().map(tell).collect()
    }

    #[test]
    fn the_longest_prefix_is_tried_first_and_each_other_one_has_its_reason() {
        let mounts = mounts(&["/", "/api/v2", "/api"]);
        let api = mounts.attempt("/api/users");
        assert_eq!(told(&api), ["/api/v2/*: segment 2 is \"users\", not \"v2\"", "/api/*: matches"]);
        assert!(matches!(api, Tried::Below(_, 2)));
        assert_eq!(told(&mounts.attempt("/%61pi/v2")), ["/api/v2/*: matches"]);
        assert_eq!(told(&mounts.attempt("/api"))[0], "/api/v2/*: the path ends before v2");
        assert_eq!(told(&mounts.attempt("/api/"))[0], "/api/v2/*: the path ends before v2");
        assert_eq!(told(&mounts.attempt("/api%2Fv2"))[0], "/api/v2/*: segment 1 is \"api/v2\", not \"api\"");
        assert!(matches!(mounts.attempt("*"), Tried::Below(_, 0)));
    }

    #[test]
    fn a_path_below_none_goes_on_with_every_reason() {
        let tried = mounts(&["/shop", "/api"]).attempt("/");
        assert_eq!(told(&tried), ["/shop/*: the path ends before shop", "/api/*: the path ends before api"]);
        assert!(matches!(tried, Tried::Apart(_)));
    }

    #[test]
    fn a_mount_that_stays_keeps_its_hits() {
        let mut old = mounts(&["/a", "/b"]);
        old.hit(1);
        let group = |name: &str| (Mount::new(name).unwrap(), Arc::from(name));
        let new = Mounts::new(["/b", "/c"].map(group), &old);
        assert_eq!(new.entries().iter().map(|entry| entry.hits).collect::<Vec<_>>(), [1, 0]);
    }
}
