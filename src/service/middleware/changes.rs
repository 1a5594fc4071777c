//! The changes made by a middleware: the difference between the fields before and after it.

use crate::{base::shared_text::SharedText, http::encode::Fields};

use super::super::Request;
use crate::trace::FieldChange;

/// The fields whose values differ: first those that existed before, in order, then the new ones. Several
/// lines of one name are joined by commas, which is equivalent (RFC 9110 §5.3).
#[must_use]
pub(super) fn between(before: &Fields, after: &Fields) -> Box<[FieldChange]> {
    if let Some(added) = added(before, after) {
        return added;
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in before.iter().chain(after.iter()) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let change = |name: &str| {
        let (before, after) = (joined(before, name), joined(after, name));
        (before != after).then(|| FieldChange { name: name.to_owned().into(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

/// The fields in `after`, if the only change is new names at the end, as with most middleware. `None`:
/// another change.
fn added(before: &Fields, after: &Fields) -> Option<Box<[FieldChange]>> {
    let added = after.lines().strip_prefix(before.lines())?;
    let is_new = |index: usize| {
        let earlier = before.lines().iter().chain(&added[..index]);
        earlier.into_iter().all(|(name, _)| !name.eq_ignore_ascii_case(&added[index].0))
    };
    (0..added.len()).all(is_new).then(|| {
        let change = |(name, value): &(SharedText, SharedText)| FieldChange {
            name: name.clone(),
            before: None,
            after: Some(value.clone()),
        };
        added.iter().map(change).collect()
    })
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
fn joined(fields: &Fields, name: &str) -> Option<SharedText> {
    let mut values = fields.iter().filter(|line| line.0.eq_ignore_ascii_case(name)).map(|line| line.1);
    let mut joined = values.next()?.to_owned();
    for value in values {
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

    #[test]
    fn added_changed_and_removed_fields_are_told() {
        let mut before = Fields::new();
        before.append("Same", "1");
        before.append("Other", "1");
        before.append("Gone", "1");
        before.append("Twice", "a");
        let mut after = before.clone();
        after.set("other", "2");
        after.remove("gone");
        after.append("Twice", "b");
        after.append("New", "1");
        assert_eq!(
            *between(&before, &after),
            [
                change("Other", Some("1"), Some("2")),
                change("Gone", Some("1"), None),
                change("Twice", Some("a"), Some("a, b")),
                change("New", None, Some("1")),
            ]
        );
        assert_eq!(*between(&after, &after), []);
    }
}
