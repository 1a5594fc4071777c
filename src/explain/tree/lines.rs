//! The parts of a message of lines as a tree, in words.

use crate::{
    explain::facts::{reading::Leaf, stream::StreamFacts},
    http::SpanKind,
    lines, words,
};

use super::{TreeNode, VALUE_CHARS, node};

/// One node for each part of the exchange's message.
pub(super) fn nodes(stream: &StreamFacts) -> Vec<TreeNode> {
    stream.leaves.iter().filter(|leaf| leaf.own).map(|leaf| part(stream, leaf)).collect()
}

fn part(stream: &StreamFacts, leaf: &Leaf) -> TreeNode {
    let (label, kind) = match leaf.span.kind {
        SpanKind::LineEnd => ("Line feed", lines::SpanKind::LineEnd),
        SpanKind::Delimiter => ("Prefix", lines::SpanKind::Prefix),
        SpanKind::Malformed => ("Malformed", lines::SpanKind::Malformed),
        SpanKind::Unparsed => ("Not parsed", lines::SpanKind::Unparsed),
        _ => ("Message", lines::SpanKind::Text),
    };
    let value = words::shortened(&words::escaped(stream.bytes(&leaf.span.range)), VALUE_CHARS);
    node(label, &value, leaf.span.kind, &leaf.span.range, kind.about(), "")
}
