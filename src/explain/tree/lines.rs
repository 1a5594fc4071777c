//! The parts of a message of lines as a tree, in words.

use crate::{
    explain::facts::{reading::Leaf, stream::StreamFacts},
    words,
};

use super::{TreeNode, VALUE_CHARS, node};

/// One node for each part of the exchange's message.
pub(super) fn nodes(stream: &StreamFacts) -> Vec<TreeNode> {
    stream.leaves.iter().filter(|leaf| leaf.own).map(|leaf| part(stream, leaf)).collect()
}

fn part(stream: &StreamFacts, leaf: &Leaf) -> TreeNode {
    let facts = leaf.span.kind.facts();
    let value = words::shortened(&words::escaped(stream.bytes(&leaf.span.range)), VALUE_CHARS);
    node(
        &words::capitalized(facts.name),
        &value,
        leaf.span.kind,
        &leaf.span.range,
        facts.about,
        facts.section,
    )
}
