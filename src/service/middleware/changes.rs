//! The changes made by a middleware: the difference between the fields before and after it.

use crate::{
    base::shared_text::SharedText,
    http::encode::{Fields, SinceMark},
};

use super::{super::Request, ledger::Changes};
use crate::trace::FieldChange;

/// A field line: name and value.
type Line = (SharedText, SharedText);

/// What a middleware changed in the fields of a response since their mark.
#[must_use]
pub(super) fn since_mark(fields: &Fields) -> Changes<'_> {
    match fields.since_mark() {
        SinceMark::Added(added) if are_new(fields.lines(), added.len()) => Changes::Added(added),
        SinceMark::Added(added) => {
            let (before, _) = fields.lines().split_at(fields.lines().len() - added.len());
            Changes::Listed(between(before, fields.lines()))
        }
        SinceMark::Before(before) => Changes::Listed(between(before, fields.lines())),
    }
}

/// Whether none of the last `count` lines has the name of an earlier one.
fn are_new(lines: &[Line], count: usize) -> bool {
    let is_new = |index: usize| {
        let (name, _) = &lines[index];
        lines[..index].iter().all(|earlier| !earlier.0.eq_ignore_ascii_case(name))
    };
    (lines.len() - count..lines.len()).all(is_new)
}

/// The fields whose values differ: first those that existed before, in order, then the new ones. Several
/// lines of one name are joined by commas, which is equivalent (RFC 9110 §5.3).
#[must_use]
pub(super) fn between(before: &[Line], after: &[Line]) -> Box<[FieldChange]> {
    let mut names: Vec<&SharedText> = Vec::new();
    for (name, _) in before.iter().chain(after) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let change = |name: &SharedText| {
        let (before, after) = (joined(before, name), joined(after, name));
        (before != after).then(|| FieldChange { name: name.clone(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

/// The fields of a request that its edits change, in order. `request`: with the edits.
#[must_use]
pub(super) fn of_request(request: &Request<'_>) -> Box<[FieldChange]> {
    let arrived = Request { edits: None, ..*request };
    let joined = |request: &Request<'_>, name: &str| {
        let values: Vec<_> = request.values(name).map(String::from_utf8_lossy).collect();
        (!values.is_empty()).then(|| values.join(", ").into())
    };
    let change = |name: &SharedText| {
        let (before, after) = (joined(&arrived, name), joined(request, name));
        (before != after).then(|| FieldChange { name: name.clone(), before, after })
    };
    request.edits.into_iter().flat_map(|edits| edits.names()).filter_map(change).collect()
}

/// All values of `name`, joined. `None`: no such field.
fn joined(lines: &[Line], name: &str) -> Option<SharedText> {
    let mut values = lines.iter().filter(|line| line.0.eq_ignore_ascii_case(name)).map(|line| &line.1);
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(first.clone()) };
    let mut joined = first.to_string();
    for value in [second].into_iter().chain(values) {
        joined.push_str(", ");
        joined.push_str(value);
    }
    Some(joined.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &'static str, before: Option<&'static str>, after: Option<&'static str>) -> FieldChange {
        FieldChange { name: name.into(), before: before.map(Into::into), after: after.map(Into::into) }
    }

    fn listed(changes: Changes<'_>) -> Vec<FieldChange> {
        changes.listed().into_vec()
    }

    #[test]
    fn added_changed_and_removed_fields_are_told() {
        let mut before = Fields::new();
        before.append("Same", "1");
        before.append("Other", "1");
        before.append("Gone", "1");
        before.append("Twice", "a");
        let mut after = before.clone();
        after.mark();
        after.set("other", "2");
        after.remove("gone");
        after.append("Twice", "b");
        after.append("New", "1");
        assert_eq!(
            listed(since_mark(&after)),
            [
                change("Other", Some("1"), Some("2")),
                change("Gone", Some("1"), None),
                change("Twice", Some("a"), Some("a, b")),
                change("New", None, Some("1")),
            ]
        );
        after.mark();
        assert_eq!(listed(since_mark(&after)), []);
        after.append("Newer", "1");
        assert!(matches!(since_mark(&after), Changes::Added([_])));
        after.append("Other", "3");
        let changes = [change("Other", Some("2"), Some("2, 3")), change("Newer", None, Some("1"))];
        assert_eq!(listed(since_mark(&after)), changes);
    }
}
