//! What the window says: its accessibility tree, as a screen reader has it.

use std::{collections::HashMap, fmt};

use eframe::egui::{
    Rect, Role,
    accesskit::{self, Action, NodeId, Toggled, TreeUpdate},
    pos2,
};

/// The whole tree at one moment, in the order in which it is read.
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
}

/// One element of the window.
#[derive(Clone)]
pub(crate) struct Node {
    pub role: Role,
    /// What it is called, or for mere text what it says.
    pub name: String,
    /// What it holds: the text of an input.
    pub value: String,
    /// `None`: it is neither on nor off.
    pub on: Option<bool>,
    pub enabled: bool,
    pub clickable: bool,
    /// In points, from the window's top left. `None`: it is not a thing on the screen.
    pub rect: Option<Rect>,
    depth: usize,
}

impl Node {
    fn says(&self, text: &str) -> bool {
        self.name.contains(text) || self.value.contains(text)
    }
}

impl Tree {
    pub(crate) fn new(update: &TreeUpdate) -> Self {
        let by_id: HashMap<NodeId, &accesskit::Node> =
            update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let mut nodes = Vec::with_capacity(by_id.len());
        let mut open: Vec<(NodeId, usize)> = update.tree.iter().map(|tree| (tree.root, 0)).collect();
        while let Some((id, depth)) = open.pop() {
            // An update names only nodes that it holds; `remove` would end a loop that it must not have.
            let Some(node) = by_id.get(&id) else { continue };
            open.extend(node.children().iter().rev().map(|child| (*child, depth + 1)));
            nodes.push(read(node, &by_id, depth));
        }
        Self { nodes }
    }

    /// The first element with this name that can be clicked and is enabled.
    pub(crate) fn button(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name && node.clickable && node.enabled)
    }

    /// The first element of this kind with this name.
    pub(crate) fn named(&self, role: Role, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.role == role && node.name == name)
    }

    /// The elements that say this, whole or as a part.
    pub(crate) fn saying(&self, text: &str) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.says(text))
    }

    /// The row of the list of exchanges that shows this. The latest, where there are several.
    pub(crate) fn exchange(&self, method: &str, target: &str, status: &str) -> Option<&Node> {
        let rest = format!(" {method} {target} {status}");
        let shows = |node: &&Node| {
            let number = node.name.strip_prefix("exchange ").and_then(|name| name.strip_suffix(&rest));
            number.is_some_and(|number| number.parse::<u64>().is_ok())
        };
        self.nodes.iter().rfind(shows)
    }
}

/// One line for each element that says something.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in self.nodes.iter().filter(|node| !node.name.is_empty() || !node.value.is_empty()) {
            write!(f, "{:width$}{:?} {:?}", "", node.role, node.name, width = node.depth)?;
            if !node.value.is_empty() {
                write!(f, " = {:?}", node.value)?;
            }
            match node.on {
                Some(true) => f.write_str(" (on)")?,
                Some(false) => f.write_str(" (off)")?,
                None => {}
            }
            if !node.enabled {
                f.write_str(" (disabled)")?;
            }
            if let Some(rect) = node.rect {
                write!(
                    f,
                    " at {:.0},{:.0} {:.0}x{:.0}",
                    rect.min.x,
                    rect.min.y,
                    rect.width(),
                    rect.height()
                )?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

fn read(node: &accesskit::Node, by_id: &HashMap<NodeId, &accesskit::Node>, depth: usize) -> Node {
    // egui puts the text of a mere label into its value, as AccessKit asks for.
    let text = |node: &accesskit::Node| {
        let text = if node.role() == Role::Label { node.value() } else { node.label() };
        text.unwrap_or_default().to_owned()
    };
    let mut name = text(node);
    if name.is_empty() {
        let labels = node.labelled_by().iter().filter_map(|id| by_id.get(id));
        name = labels.map(|label| text(label)).collect::<Vec<_>>().join(" ");
    }
    let value = if node.role() == Role::Label { "" } else { node.value().unwrap_or_default() };
    #[expect(clippy::cast_possible_truncation, reason = "egui made them from f32")]
    let rect = node.bounds().map(|bounds| {
        Rect::from_min_max(pos2(bounds.x0 as f32, bounds.y0 as f32), pos2(bounds.x1 as f32, bounds.y1 as f32))
    });
    Node {
        role: node.role(),
        name,
        value: value.to_owned(),
        on: node.toggled().map(|toggled| toggled == Toggled::True),
        enabled: !node.is_disabled(),
        clickable: node.supports_action(Action::Click),
        rect,
        depth,
    }
}
