//! What is not the same on the two legs of a message, as tints behind its lines. Knows no egui.

use crate::{
    explain::facts::{FieldParts, HeadParts, StreamFacts},
    ui::widgets::byte_view::{Change, Tint},
};

/// The tints of a message on both legs.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// The tints of the message as it came.
    pub before: Vec<Tint>,
    /// The tints of the message as it left.
    pub after: Vec<Tint>,
}

/// The remark on a field that says how the body is framed, where each leg has its own framing.
const FRAMED_ANEW: &str = "framed anew";

impl Comparison {
    /// Compares the head of a message as it came with the one that left. Empty: one of them is not known whole.
    #[must_use]
    pub(super) fn new(came: &StreamFacts, left: &StreamFacts) -> Self {
        let (Some(came_head), Some(left_head)) = (head(came), head(left)) else { return Self::default() };
        let mut found = Self::default();
        if let (Some(before), Some(after)) = (came_head.line_range(), left_head.line_range())
            && came.bytes(&before) != left.bytes(&after)
        {
            let changed = |range| Tint { range, change: Change::Changed, remark: "" };
            found.before.push(changed(before));
            found.after.push(changed(after));
        }
        found.before.extend(tints((came, came_head), (left, left_head), Change::Removed));
        found.after.extend(tints((left, left_head), (came, came_head), Change::Added));
        for tint in found.after.iter_mut().filter(|tint| tint.change == Change::Changed) {
            let chunked = left.field("transfer-encoding").is_some_and(|field| field.whole == tint.range);
            tint.remark = if chunked { FRAMED_ANEW } else { "" };
        }
        found
    }
}

/// The head of a message. `None`: it is not known whole.
fn head(stream: &StreamFacts) -> Option<&HeadParts> {
    stream.head.as_ref().and(stream.head_parts())
}

/// The tints of the fields of a head, compared with the `other` one. `alone`: what became of a field that the other
/// head does not have.
fn tints<'a>(
    (own, own_head): (&'a StreamFacts, &'a HeadParts),
    (other, other_head): (&'a StreamFacts, &'a HeadParts),
    alone: Change,
) -> impl Iterator<Item = Tint> + 'a {
    own_head.fields.iter().filter_map(move |field| {
        let name = own.bytes(&field.name);
        // Chunks are written anew, so the field never speaks of the same ones.
        let anew = name.eq_ignore_ascii_case(b"transfer-encoding");
        let (here, there) = (values(own, own_head, name), values(other, other_head, name));
        let change = match (there.is_empty(), here == there) {
            (true, _) => alone,
            (false, true) if !anew => return None,
            (false, _) => Change::Changed,
        };
        Some(Tint { range: field.whole.clone(), change, remark: "" })
    })
}

/// The values of all lines with this name.
fn values<'a>(stream: &'a StreamFacts, head: &'a HeadParts, name: &[u8]) -> Vec<&'a [u8]> {
    let same = |field: &&FieldParts| stream.bytes(&field.name).eq_ignore_ascii_case(name);
    let values = head.fields.iter().filter(same).map(|field| stream.bytes(&field.value));
    // Lines of one name are one list, however they are divided (RFC 9110 §5.3).
    let members = values.flat_map(|value| value.split(|byte| *byte == b','));
    members.map(<[u8]>::trim_ascii).collect()
}
