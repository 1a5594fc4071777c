//! Properties of any path and of any field values, as the service reads them.

use std::{
    path::Component,
    time::{Duration, SystemTime},
};

use crate::{
    http::Method,
    service::{
        Coding, Request, Validators,
        coding::{Accepted, Form},
        conditional::{Verdict, evaluate},
        folder::{FolderPath, Wanted, wanted},
    },
};

/// Panics if `path`, looked up in the folder, could lead out of it, or be shown with control characters.
pub(super) fn check_path(path: &str) {
    let Ok(path) = FolderPath::of(path) else { return };
    if let Some(relative) = path.relative() {
        let normal = relative.components().all(|part| matches!(part, Component::Normal(_)));
        assert!(normal && !relative.has_root(), "{} leads elsewhere", relative.display());
    }
    let shown = path.shown();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(path.with_slash().bytes().all(|byte| byte.is_ascii_graphic()), "{}", path.with_slash());
}

/// Panics if what `request` wants of a file of `len` bytes is not in it, or is more than it.
pub(super) fn check_range(request: &Request<'_>, len: u64) {
    let parts = match wanted(request, &validators(), len, changed() + Duration::from_hours(1)) {
        Wanted::Whole | Wanted::Nothing => return,
        Wanted::Part { start, end } => std::iter::once(start..end).collect(),
        Wanted::Parts(parts) => {
            assert!((2..=16).contains(&parts.len()), "{parts:?}");
            parts
        }
    };
    assert_eq!(request.method(), Method::Get);
    assert!(parts.iter().all(|part| part.start < part.end && part.end <= len), "{parts:?} of {len}");
    let mut sorted = parts;
    sorted.sort_unstable_by_key(|part| part.start);
    assert!(sorted.windows(2).all(|pair| pair[0].end < pair[1].start), "{sorted:?} touch");
}

/// Panics if the preconditions of `request` are not weighed as RFC 9110 §13.2.2 has it. `without` says
/// what they come to once a field is left out.
pub(super) fn check_conditions(request: &Request<'_>, without: impl Fn(&str) -> Option<Verdict>) {
    let verdict = verdict(request);
    let reads = matches!(request.method(), Method::Get | Method::Head);
    match verdict {
        Verdict::None => {}
        Verdict::NotModified(by) => assert!(reads && matches!(by, "If-None-Match" | "If-Modified-Since")),
        Verdict::Failed(by) | Verdict::Holds(by) => assert!(request.value(by).is_some(), "{by} is not there"),
    }
    for (first, passed_over) in [("If-Match", "If-Unmodified-Since"), ("If-None-Match", "If-Modified-Since")]
    {
        if request.value(first).is_some()
            && let Some(other) = without(passed_over)
        {
            assert_eq!(verdict, other, "{passed_over} counts beside {first}");
        }
    }
}

/// The result of evaluating the preconditions of `request`.
pub(super) fn verdict(request: &Request<'_>) -> Verdict {
    evaluate(request, &validators(), Some(changed()), changed())
}

/// Panics if the form that is chosen for `request` is none that it takes, or not the one it wants most.
pub(super) fn check_coding(request: &Request<'_>) {
    let accepted = Accepted::of(request);
    let all = accepted.best(|_| true);
    let identity = accepted.best(|_| false);
    assert!(matches!(identity, None | Some(Form::Identity)));
    assert!(identity.is_none() || all.is_some(), "more to choose from, and nothing is taken");
    for coding in Coding::ALL {
        let one = accepted.best(|other| other == coding);
        assert!(identity.is_none() || one.is_some());
        if all == Some(Form::Coded(coding)) {
            assert_eq!(one, all, "it is wanted most, but not before identity");
        }
        if one == Some(Form::Coded(coding)) {
            assert_ne!(all, Some(Form::Identity), "identity is wanted less than {coding:?}");
        }
    }
    if request.value("Accept-Encoding").is_none() {
        assert_eq!(all, Some(Form::Identity));
    }
}

fn validators() -> Validators {
    Validators { tag: Some("\"x\"".into()), modified: Some(changed()) }
}

/// Tue, 02 Jan 2024 03:04:05 GMT
fn changed() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_164_645)
}
