//! Writes and reads lineages: a list of who wrote the pieces, then their lengths and offsets.

use crate::{
    http::forward::{Author, Origin, Origins},
    trace::{Lineage, lineage::LEN_MAX},
};

use super::{
    flow::Flow,
    varint::{COUNT_MAX, Input, Malformed, TOO_LARGE, length, offset, put, put_bytes, put_near},
};

/// What stands before the number of a rule, in the place of the author's key.
const RULE: &str = "rule ";

/// Writes the keys of the authors; that of a copied piece is empty.
pub(super) fn put_authors(out: &mut Vec<u8>, lineage: &Lineage) {
    put(out, lineage.count() as u64);
    for piece in lineage.pieces() {
        match piece.origin {
            Origin::Copied(_) => put_bytes(out, b""),
            Origin::Written(author) => put_bytes(out, author.facts().key.as_bytes()),
            Origin::Rule(rule) => put_bytes(out, format!("{RULE}{rule}").as_bytes()),
        }
    }
}

/// Writes the offset of the first piece, the lengths, and for each copied piece its offset, near the end of the copied
/// piece before.
pub(super) fn put_places(out: &mut Vec<u8>, flow: &Flow, lineage: &Lineage) {
    put_near(out, lineage.start, flow.outgoing);
    let mut copied = 0;
    for piece in lineage.pieces() {
        put(out, piece.len);
        if let Origin::Copied(start) = piece.origin {
            put_near(out, start, copied);
            copied = start.wrapping_add(piece.len);
        }
    }
}

/// Reads a lineage with these authors, the rest of which stands in `input`.
pub(super) fn read_lineage(authors: &[u8], input: &mut Input<'_>, flow: &Flow) -> Result<Lineage, Malformed> {
    let mut authors = Input::new(authors);
    let count = length(&mut authors)?;
    let start = offset(input, flow.outgoing)?;
    let (mut origins, mut copied) = (Origins::default(), 0);
    for _ in 0..count {
        let key = authors.text()?;
        let len = input.number()?;
        let origin = if key.is_empty() {
            let start = offset(input, copied)?;
            copied = start.saturating_add(len);
            Origin::Copied(start)
        } else if let Some(rule) = key.strip_prefix(RULE) {
            Origin::Rule(rule.parse().map_err(|_| Malformed("the number of a rule is not one"))?)
        } else {
            Origin::Written(Author::from_key(key).ok_or(Malformed("a name is not known"))?)
        };
        if len > LEN_MAX.min(COUNT_MAX - origins.total()) {
            return Err(TOO_LARGE);
        }
        origins.add(len, origin);
    }
    Ok(Lineage::new(start, &origins))
}
