//! The Anatomy tab: the message that is looked at as a tree that is linked with the bytes, and the stages below it.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2};

use crate::{
    explain::viewers::Preview,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::{
            rows::Rows,
            text,
            tree::{Node, node},
        },
    },
};

use super::{
    body, filter_by, legs,
    model::Model,
    part::{Message, Part, Stream},
    resolved::ResolvedExchange,
    stages,
    view::View,
};

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    let Some(resolved) = model.resolved() else { return };
    legs::switch_above(ui, resolved, view, view.message);
    let stream = view.stream(view.message, resolved);
    // The body of the message for reading stands below the tree and the stages.
    let rest = ui.available_rect_before_wrap();
    let has_body = stream.leg.is_none() && *preview(resolved, stream).0 != Preview::None;
    let stage_rows = stages::rows(resolved);
    let rows = resolved.stream(stream).map_or(0, |arranged| arranged.outline.visible().len());
    let height = (rows + stage_rows) as f32 * traffic::TREE_ROW + space::GAP;
    let height = if has_body { height.min(rest.height() * traffic::ANATOMY_SHARE) } else { rest.height() };
    let tree = rest.with_max_y(rest.top() + height);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(tree));
    inner.shrink_clip_rect(tree);
    let action = tree_ui(
        &mut inner,
        model,
        view,
        (stream, "anatomy", stage_rows),
        commands,
        |ui, resolved, row, rect| {
            stages::row(ui, resolved, row, rect);
        },
    );
    if has_body && let Some(resolved) = model.resolved() {
        let below = rest.with_min_y(tree.bottom());
        ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
            let (preview, name) = preview(resolved, stream);
            body::show(ui, preview, name);
        });
    }
    apply(model, view, stream, action);
}

/// The body of a message for reading, and its name.
const fn preview(resolved: &ResolvedExchange, stream: Stream) -> (&Preview, &'static str) {
    match stream.message {
        Message::Request => (&resolved.request_preview, "request body"),
        Message::Response => (&resolved.preview, "response body"),
    }
}

/// An action of the user in a tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// Mark the node with this index.
    Mark(usize),
    /// Fold or unfold the node with this index.
    ToggleFold(usize),
}

/// Paints the tree of one stream, and calls `below` for each of the rows that follow it. `salt`: a name for the list, and
/// the number of these rows.
pub(super) fn tree_ui(
    ui: &mut Ui,
    model: &mut Model,
    view: &mut View,
    (stream, salt, rows_below): (Stream, &'static str, usize),
    commands: &mut Vec<Command>,
    mut below: impl FnMut(&mut Ui, &ResolvedExchange, usize, Rect),
) -> Option<Action> {
    let mut action = None;
    let reveal = row_to_reveal(model, view, stream);
    let resolved = model.resolved()?;
    let outline = &resolved.stream(stream)?.outline;
    let visible = outline.visible();
    ui.add_space(space::TIGHT);
    ui.spacing_mut().item_spacing.y = 0.0;
    let rows = Rows {
        salt,
        row_height: traffic::TREE_ROW,
        total: visible.len() + rows_below,
        reveal,
        shift: 0.0,
        follow: false,
    };
    let palette = theme::palette(ui);
    let marked = view.marked_node(stream, outline);
    rows.show(ui, |ui, row, rect| {
        let Some(index) = visible.get(row).copied() else {
            below(ui, resolved, row - visible.len(), rect);
            return;
        };
        let Some(item) = outline.items().get(index) else { return };
        let response = node(
            ui,
            rect,
            Node {
                id: index,
                depth: item.depth,
                label: &item.node.label,
                value: &item.node.value,
                color: item.node.kind.map(|kind| palette.span(kind.role())),
                folded: outline.folded(index, &model.toggled),
                selectable: item.node.range.is_some(),
                marked: marked == Some(index) && view.selected.is_none(),
            },
        );
        response.response.context_menu(|ui| {
            menu_ui(ui, (&item.node.label, &item.node.value), commands);
            if let Some(range) = item.node.range.as_ref().filter(|_| item.node.kind.is_some()) {
                filter_by::items_ui(ui, resolved, stream, range.start, view);
            }
        });
        if response.selected {
            action = Some(Action::Mark(index));
        } else if response.toggle_fold {
            action = Some(Action::ToggleFold(index));
        }
    });
    if visible.is_empty() {
        empty_ui(ui, stream.message);
    }
    action
}

/// Says that there is nothing to show as a tree.
fn empty_ui(ui: &mut Ui, message: Message) {
    let words = match message {
        Message::Request => "The request was not kept.",
        Message::Response => "No response yet.",
    };
    let place = Rect::from_min_max(ui.max_rect().min, pos2(ui.max_rect().right(), ui.max_rect().top()));
    let label = ui.interact(place, ui.scope_id().with("empty"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    let colour = theme::palette(ui).dim;
    let galley = text::elided(ui, words, theme::body_font(), colour, ui.available_width());
    text::paint(ui, place.expand(space::WIDE), Align2::CENTER_TOP, galley);
}

/// The menu of a node, which copies what it says.
fn menu_ui(ui: &mut Ui, (label, value): (&str, &str), commands: &mut Vec<Command>) {
    let both = format!("{label}: {value}");
    for (name, text) in [("Copy value", value), ("Copy name and value", &both), ("Copy name", label)] {
        let is_there = !value.is_empty() || name == "Copy name";
        if is_there && ui.button(name).clicked() {
            commands.push(Command::CopyText(text.to_owned()));
            ui.close();
        }
    }
}

/// Carries out the user's action.
pub(super) fn apply(model: &mut Model, view: &mut View, stream: Stream, action: Option<Action>) {
    let Some((resolved, toggled)) = model.resolved_mut() else { return };
    match action {
        None => {}
        Some(Action::ToggleFold(index)) => {
            if let Some(stream) = resolved.stream_mut(stream) {
                stream.outline.toggle(index, toggled);
            }
        }
        Some(Action::Mark(index)) => {
            let items = resolved.stream(stream).map_or(&[][..], |stream| stream.outline.items());
            if let Some(range) = items.get(index).and_then(|item| item.node.range.clone()) {
                view.mark(Part { stream, range });
                view.node = Some(index);
                // The clicked node is visible already.
                view.reveal_node = false;
            }
        }
    }
}

/// The row to scroll to after the mark has moved; unfolds the nodes that hide it. `None`: no need to scroll.
fn row_to_reveal(model: &mut Model, view: &mut View, stream: Stream) -> Option<usize> {
    let Part { range, .. } = view.mark.clone().filter(|mark| mark.stream == stream && view.reveal_node)?;
    view.reveal_node = false;
    let (resolved, toggled) = model.resolved_mut()?;
    let outline = &mut resolved.stream_mut(stream)?.outline;
    let index = outline.node_with_range(&range)?;
    outline.reveal(index, toggled)
}
