//! The user's choices on the page. Most of them outlast the selected exchange.

use std::ops::Range;

use crate::base::stream::{Direction, ExchangeId};

use super::{outline::Outline, part::Part, resolved::ResolvedExchange};

/// The tabs of the detail pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// The request as a tree, with the stages.
    #[default]
    Anatomy,
    /// The routes that were tried.
    Route,
    /// The steps of the middleware.
    Middleware,
    /// What a backend was asked, and what it answered.
    Upstream,
    /// The response.
    Response,
    /// The notes on the exchange.
    Notes,
}

impl Tab {
    /// All tabs, in order. The one on the backend is only shown for exchanges that were passed on.
    pub(super) const ALL: [Self; 6] =
        [Self::Anatomy, Self::Route, Self::Middleware, Self::Upstream, Self::Response, Self::Notes];

    /// The title of the tab.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Anatomy => "Anatomy",
            Self::Route => "Route",
            Self::Middleware => "Middleware",
            Self::Upstream => "Upstream",
            Self::Response => "Response",
            Self::Notes => "Notes",
        }
    }
}

/// The user's choices on the page.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent requests for the next frame")]
pub(super) struct View {
    /// The direction whose bytes are visible.
    pub direction: Direction,
    /// Whether the bytes are shown in hexadecimal beside the text.
    pub hex: bool,
    /// The open tab of the detail pane.
    pub tab: Tab,
    /// The part that is marked in bytes and tree.
    pub mark: Option<Part>,
    /// The node of the tree that was clicked. `None`: the part was marked elsewhere, and its range determines
    /// the node.
    pub node: Option<usize>,
    /// The bytes selected by dragging; while there are any, the mark is hidden.
    pub selected: Option<Part>,
    /// Scroll to this byte in the next frame.
    pub reveal_byte: Option<u64>,
    /// Scroll the tree to the marked node in the next frame.
    pub reveal_node: bool,
    /// Scroll the list to the selected row in the next frame.
    pub reveal_row: bool,
    /// The attempt whose bytes the Upstream tab shows, from 0, and their direction. `None`: the last one's request.
    pub leg: Option<(usize, Direction)>,
    /// Focus the filter box in the next frame.
    pub focus_filter: bool,
    /// Number of rows that fit into the list.
    pub page_rows: i64,
    /// Id of the list, for the keyboard focus. `None`: not painted yet.
    pub list_id: Option<egui::Id>,
    exchange: Option<ExchangeId>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            direction: Direction::default(),
            hex: true,
            tab: Tab::default(),
            mark: None,
            node: None,
            selected: None,
            reveal_byte: None,
            reveal_node: false,
            reveal_row: false,
            leg: None,
            focus_filter: false,
            page_rows: 1,
            list_id: None,
            exchange: None,
        }
    }
}

impl View {
    /// Resets the choices if another exchange is selected, and marks a first part.
    pub(super) fn follow_selection(&mut self, resolved: Option<&ResolvedExchange>) {
        let Some(resolved) = resolved else { return };
        let id = Some(resolved.facts.detail.exchange.id);
        if self.exchange != id {
            self.exchange = id;
            self.mark = None;
            self.node = None;
            self.selected = None;
            self.leg = None;
            self.direction = Direction::Received;
        }
        if self.mark.is_none() && self.selected.is_none() {
            self.mark = resolved.first_mark();
            self.reveal_byte = self.mark.as_ref().map(|mark| mark.range.start);
            self.reveal_node = true;
        }
    }

    /// Marks a part: shows its direction, and scrolls bytes and tree to it.
    pub(super) fn mark(&mut self, direction: Direction, range: Range<u64>) {
        self.direction = direction;
        self.reveal_byte = Some(range.start);
        self.reveal_node = true;
        self.selected = None;
        self.node = None;
        self.mark = Some(Part { direction, range });
    }

    /// The index of the marked node of `direction`. `None`: no node of this direction is marked.
    #[must_use]
    pub(super) fn marked_node(&self, direction: Direction, outline: &Outline) -> Option<usize> {
        let range = self.mark_of(direction)?;
        let has_mark = |index: &usize| {
            outline.items().get(*index).and_then(|item| item.node.range.as_ref()) == Some(range)
        };
        self.node.filter(has_mark).or_else(|| outline.node_with_range(range))
    }

    /// Selects bytes, as if by dragging over them.
    pub(super) fn select_bytes(&mut self, part: Part) {
        self.direction = part.direction;
        self.reveal_byte = Some(part.range.start);
        self.selected = Some(part);
    }

    /// The bytes to copy: the selected ones, else the marked ones. `None`: no bytes are selected or marked.
    #[must_use]
    pub(super) fn part_to_copy(&self) -> Option<&Part> {
        self.selected.as_ref().or(self.mark.as_ref())
    }

    /// The marked range of `direction`. `None`: no part of this direction is marked.
    #[must_use]
    pub(super) fn mark_of(&self, direction: Direction) -> Option<&Range<u64>> {
        self.mark.as_ref().filter(|mark| mark.direction == direction).map(|mark| &mark.range)
    }
}
