//! An anatomy tree as rows: which rows are visible, and which one contains a given byte. Knows no egui.

use std::{collections::BTreeSet, ops::Range};

use crate::explain::tree::TreeNode;

/// A node of the flattened tree.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Nesting depth. 0: outermost.
    pub depth: usize,
    /// The node, without its children.
    pub node: TreeNode,
    /// Index after the node's last descendant; the node's own index + 1 if it has none.
    pub end: usize,
}

/// A flattened tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    items: Vec<Item>,
    visible: Vec<usize>,
}

/// A node with more descendants than this is folded at first, so that a body of ten thousand chunks does not
/// push everything else out of view.
const UNFOLDED_MAX: usize = 64;

impl Outline {
    /// Flattens `roots`. `toggled`: the fold keys of the nodes that the user folded or unfolded.
    #[must_use]
    pub(super) fn new(roots: Vec<TreeNode>, toggled: &BTreeSet<String>) -> Self {
        let mut outline = Self::default();
        for root in roots {
            outline.push(root, 0);
        }
        outline.update(toggled);
        outline
    }

    /// All nodes, in the order of the rows.
    #[must_use]
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// Indices of the nodes that are not folded away.
    #[must_use]
    pub(super) fn visible(&self) -> &[usize] {
        &self.visible
    }

    /// Whether the node at `index` is folded. `None`: the node has no children.
    #[must_use]
    pub(super) fn folded(&self, index: usize, toggled: &BTreeSet<String>) -> Option<bool> {
        let item = self.items.get(index)?;
        let below = item.end - index - 1;
        (below > 0).then(|| (below > UNFOLDED_MAX && item.depth > 0) != toggled.contains(&fold_key(item)))
    }

    /// Folds or unfolds the node at `index`.
    pub(super) fn toggle(&mut self, index: usize, toggled: &mut BTreeSet<String>) {
        let Some(item) = self.items.get(index) else { return };
        let key = fold_key(item);
        if !toggled.remove(&key) {
            toggled.insert(key);
        }
        self.update(toggled);
    }

    /// The deepest node whose range contains `offset`. `None`: no node's range does.
    #[must_use]
    pub(super) fn node_at(&self, offset: u64) -> Option<&Item> {
        let holds = |item: &&Item| item.node.range.as_ref().is_some_and(|range| range.contains(&offset));
        self.items.iter().rev().find(holds)
    }

    /// The node with exactly this range: a part of the message is preferred to a conclusion from it, and the
    /// deepest node to others. `None`: no node has this range.
    #[must_use]
    pub(super) fn node_with_range(&self, range: &Range<u64>) -> Option<usize> {
        let same = |item: &Item| item.node.range.as_ref() == Some(range);
        let part = self.items.iter().rposition(|item| same(item) && item.node.kind.is_some());
        part.or_else(|| self.items.iter().rposition(same))
    }

    /// Makes the node at `index` visible. Returns its row.
    pub(super) fn reveal(&mut self, index: usize, toggled: &mut BTreeSet<String>) -> Option<usize> {
        for above in 0..index {
            let holds = self.items.get(above).is_some_and(|item| item.end > index);
            if holds && self.folded(above, toggled) == Some(true) {
                self.toggle(above, toggled);
            }
        }
        self.visible.binary_search(&index).ok()
    }

    fn push(&mut self, mut node: TreeNode, depth: usize) {
        let children = std::mem::take(&mut node.children);
        let index = self.items.len();
        self.items.push(Item { depth, node, end: index + 1 });
        for child in children {
            self.push(child, depth + 1);
        }
        self.items[index].end = self.items.len();
    }

    fn update(&mut self, toggled: &BTreeSet<String>) {
        self.visible.clear();
        let mut index = 0;
        while index < self.items.len() {
            self.visible.push(index);
            index = if self.folded(index, toggled) == Some(true) { self.items[index].end } else { index + 1 };
        }
    }
}

/// The key under which a fold is remembered. The corresponding part of another message has the same key, so
/// that the fold applies there as well.
fn fold_key(item: &Item) -> String {
    format!("{} {}", item.depth, item.node.label)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    fn node(label: &str, range: Option<Range<u64>>, children: Vec<TreeNode>) -> TreeNode {
        TreeNode {
            label: label.to_owned(),
            value: String::new(),
            kind: None,
            range,
            sentence: None,
            section: "",
            children,
        }
    }

    fn labels(outline: &Outline) -> Vec<&str> {
        outline.visible().iter().map(|index| &*outline.items()[*index].node.label).collect()
    }

    #[test]
    fn folding_hides_what_is_below_and_revealing_shows_it() {
        let fields = vec![node("Host", Some(4..9), vec![]), node("Accept", Some(9..12), vec![])];
        let roots = vec![node("Line", Some(0..4), vec![]), node("Fields", Some(4..12), fields)];
        let mut toggled = BTreeSet::new();
        let mut outline = Outline::new(roots, &toggled);
        assert_eq!(labels(&outline), ["Line", "Fields", "Host", "Accept"]);
        assert_eq!(outline.node_at(10).unwrap().node.label, "Accept");
        outline.toggle(1, &mut toggled);
        assert_eq!(labels(&outline), ["Line", "Fields"]);
        let accept = outline.node_with_range(&(9..12)).unwrap();
        assert_eq!(outline.reveal(accept, &mut toggled), Some(3));
        assert_eq!(labels(&outline), ["Line", "Fields", "Host", "Accept"]);
    }

    #[test]
    fn many_children_begin_folded() {
        let chunks = (0..500).map(|n| node("Chunk", Some(n..n + 1), vec![])).collect();
        let outline =
            Outline::new(vec![node("Body", None, vec![node("Chunks", None, chunks)])], &BTreeSet::new());
        assert_eq!(labels(&outline), ["Body", "Chunks"]);
    }
}
