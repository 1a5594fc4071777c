//! A row of a tree: a label, a value, and a triangle if the node has children.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::ui::{
    icons,
    theme::{self, space, traffic},
};

use super::text;

/// A row of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// Distinguishes this row from the others of the tree.
    pub id: usize,
    /// Nesting depth. 0: outermost.
    pub depth: usize,
    /// The text on the left.
    pub label: &'a str,
    /// The text on the right. May be empty.
    pub value: &'a str,
    /// The colour of the label. `None`: the row is a heading.
    pub color: Option<Color32>,
    /// Whether the children are folded away. `None`: the node has no children.
    pub folded: Option<bool>,
    /// Whether the row can be selected; a click on any other row folds or unfolds it.
    pub selectable: bool,
    /// Whether the row is marked.
    pub marked: bool,
}

/// Result of [`node`].
#[derive(Clone, Debug)]
pub struct NodeResponse {
    /// Response of the whole row.
    pub response: Response,
    /// The row was selected.
    pub selected: bool,
    /// The row is to be folded or unfolded.
    pub toggle_fold: bool,
}

/// Paints one row of a tree in `rect`.
pub fn node(ui: &mut Ui, rect: Rect, node: Node<'_>) -> NodeResponse {
    let palette = theme::palette(ui);
    let id = ui.scope_id().with(("node", node.id));
    let mut response = ui.interact(rect, id, Sense::CLICK);
    let name =
        if node.value.is_empty() { node.label.to_owned() } else { format!("{}: {}", node.label, node.value) };
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, ui.is_enabled(), node.marked, &name));
    let row = rect.shrink2(vec2(space::TIGHT, 0.0));
    let radius = CornerRadius::same(space::BUTTON_RADIUS);
    if node.marked {
        let stroke = Stroke::new(space::HAIRLINE, palette.mark_line);
        ui.painter().rect(row, radius, palette.mark, stroke, StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_filled(row, radius, palette.raised);
    }
    let indent = row.left() + space::TIGHT + node.depth as f32 * traffic::INDENT;
    let caret = Rect::from_min_size(pos2(indent, row.top()), vec2(traffic::INDENT, row.height()));
    if let Some(folded) = node.folded {
        let icon = if folded { icons::CARET_RIGHT } else { icons::CARET_DOWN };
        let galley = text::elided(ui, icon, theme::small_icon_font(), palette.dim, f32::INFINITY);
        text::paint(ui, caret, Align2::CENTER_CENTER, galley);
    }
    // A leaf is indented a little more than its heading.
    let leaf = node.folded.is_none() && node.depth > 0;
    let left = if leaf { indent + space::GAP } else { caret.right() + space::TIGHT / 2.0 };
    let end = row.right() - space::GAP;
    let middle =
        if node.color.is_some() { (rect.left() + rect.width() * traffic::TREE_VALUE).max(left) } else { end };
    let label = match node.color {
        Some(color) => text::elided(ui, node.label, theme::body_font(), color, middle - left - space::GAP),
        None => text::elided(ui, node.label, theme::strong_font(), palette.text, end - left),
    };
    let cut = label.elided;
    let painted =
        text::paint(ui, Rect::from_min_max(pos2(left, row.top()), row.max), Align2::LEFT_CENTER, label);
    let (from, font, color) = match node.color {
        Some(_) => (middle, theme::mono_font(), palette.text),
        None => (painted.right() + space::GAP, theme::body_font(), palette.dim),
    };
    let value = text::elided(ui, node.value, font, color, end - from);
    let cut = cut || value.elided;
    text::paint(
        ui,
        Rect::from_min_max(pos2(from, row.top()), pos2(end, row.bottom())),
        Align2::LEFT_CENTER,
        value,
    );
    if cut {
        response = response.on_hover_text(&name);
    }
    let on_caret = node.folded.is_some() && response.interact_pointer_pos().is_some_and(|at| at.x < left);
    let clicked = response.clicked();
    NodeResponse {
        selected: clicked && node.selectable && !on_caret,
        toggle_fold: clicked && node.folded.is_some() && (on_caret || !node.selectable),
        response,
    }
}
