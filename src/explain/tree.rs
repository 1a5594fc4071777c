//! The parts of a message as a tree, in words. Each protocol makes its own; see [`Facts::tree`](super::Facts::tree).

use std::ops::Range;

use super::kinds::Kind;

/// Maximum number of characters of a value in its node.
pub(super) const VALUE_CHARS: usize = 2_000;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeNode {
    /// The text on the left: `Method`, a field name, `Framing`.
    pub label: String,
    /// The text on the right: the value, lossily decoded, control bytes escaped. For display only;
    /// conclusions are drawn from [`Facts`](super::Facts).
    pub value: String,
    /// The span kind that determines the colour of the node. `None`: the node is a heading.
    pub kind: Option<Kind>,
    /// Stream range of the node. `None`: the node has no bytes.
    pub range: Option<Range<u64>>,
    /// The sentence that explains the node. `None`: the label is sufficient.
    pub sentence: Option<String>,
    /// The clause behind the sentence: `RFC 9112 §6.2`. Empty: no clause.
    pub section: &'static str,
    /// The parts of the node.
    pub children: Vec<TreeNode>,
}

/// The deepest node of `nodes` that contains a stream offset. `None`: no node does.
#[must_use]
pub fn node_at(mut nodes: &[TreeNode], offset: u64) -> Option<&TreeNode> {
    let holds = |node: &&TreeNode| node.range.as_ref().is_some_and(|range| range.contains(&offset));
    let mut found = None;
    while let Some(node) = nodes.iter().find(holds) {
        found = Some(node);
        nodes = &node.children;
    }
    found
}

/// A node without a value of its own, for the parts in it.
pub(super) fn heading(
    label: &str,
    range: Range<u64>,
    sentence: &str,
    section: &'static str,
    children: Vec<TreeNode>,
) -> TreeNode {
    TreeNode {
        label: label.to_owned(),
        value: String::new(),
        kind: None,
        range: Some(range),
        sentence: Some(sentence.to_owned()),
        section,
        children,
    }
}

/// A node without parts.
pub(super) fn node(
    label: &str,
    value: &str,
    kind: impl Into<Kind>,
    range: &Range<u64>,
    sentence: &str,
    section: &'static str,
) -> TreeNode {
    let mut node = heading(label, range.clone(), sentence, section, Vec::new());
    (node.value, node.kind) = (value.to_owned(), Some(kind.into()));
    node
}
