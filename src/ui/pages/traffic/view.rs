//! What a person chose to see. Small, and outlasts the exchange that is looked at.

use std::ops::Range;

use crate::base::stream::ExchangeId;

use super::{
    outline::Outline,
    part::{Part, Side},
    resolved::ResolvedExchange,
};

/// The tabs of the detail pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// The request as a tree, and the stages.
    #[default]
    Anatomy,
    /// Every route that was tried.
    Route,
    /// Each step of the middleware.
    Middleware,
    /// What was answered.
    Response,
    /// The notes on the exchange.
    Notes,
}

impl Tab {
    /// All, in order.
    pub(super) const ALL: [Self; 5] =
        [Self::Anatomy, Self::Route, Self::Middleware, Self::Response, Self::Notes];

    /// Its name.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Anatomy => "Anatomy",
            Self::Route => "Route",
            Self::Middleware => "Middleware",
            Self::Response => "Response",
            Self::Notes => "Notes",
        }
    }
}

/// What a person chose to see.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "wishes for the next painting, each on its own")]
pub(super) struct View {
    /// Whose bytes.
    pub side: Side,
    /// Hexadecimal beside text, or text alone.
    pub hex: bool,
    /// The tab of the detail pane.
    pub tab: Tab,
    /// The span that is marked in bytes and tree.
    pub mark: Option<Part>,
    /// The node of the tree that was chosen. `None`: the mark was made elsewhere, and the node is the one
    /// with its range.
    pub node: Option<usize>,
    /// The bytes chosen by dragging; while there are any, the mark does not show.
    pub selected: Option<Part>,
    /// Scroll the bytes so that this one can be seen, at the next painting.
    pub reveal_byte: Option<u64>,
    /// Scroll the tree so that the marked node can be seen, at the next painting.
    pub reveal_node: bool,
    /// Scroll the list so that the selected row can be seen, at the next painting.
    pub reveal_row: bool,
    /// Put the keyboard into the filter box, at the next painting.
    pub focus_filter: bool,
    /// Rows that the list shows at once.
    pub page_rows: i64,
    /// The list, as far as the keyboard is concerned.
    pub list_id: Option<egui::Id>,
    exchange: Option<ExchangeId>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            side: Side::default(),
            hex: true,
            tab: Tab::default(),
            mark: None,
            node: None,
            selected: None,
            reveal_byte: None,
            reveal_node: false,
            reveal_row: false,
            focus_filter: false,
            page_rows: 1,
            list_id: None,
            exchange: None,
        }
    }
}

impl View {
    /// Starts afresh where another exchange is looked at.
    pub(super) fn look_at(&mut self, resolved: Option<&ResolvedExchange>) {
        let Some(resolved) = resolved else { return };
        let id = Some(resolved.facts.detail.exchange.id);
        if self.exchange != id {
            self.exchange = id;
            self.mark = None;
            self.node = None;
            self.selected = None;
            self.side = Side::Request;
        }
        if self.mark.is_none() && self.selected.is_none() {
            self.mark = resolved.first_mark();
            self.reveal_byte = self.mark.as_ref().map(|mark| mark.range.start);
            self.reveal_node = true;
        }
    }

    /// Marks a span: shows its side, and scrolls bytes and tree to it.
    pub(super) fn mark(&mut self, side: Side, range: Range<u64>) {
        self.side = side;
        self.reveal_byte = Some(range.start);
        self.reveal_node = true;
        self.selected = None;
        self.node = None;
        self.mark = Some(Part { side, range });
    }

    /// The index of the marked node of `side`. `None`: no node is marked there.
    #[must_use]
    pub(super) fn marked_node(&self, side: Side, outline: &Outline) -> Option<usize> {
        let range = self.mark_of(side)?;
        let still = |index: &usize| {
            outline.items().get(*index).and_then(|item| item.node.range.as_ref()) == Some(range)
        };
        self.node.filter(still).or_else(|| outline.of(range))
    }

    /// Chooses bytes, as if by dragging over them.
    pub(super) fn choose(&mut self, part: Part) {
        self.side = part.side;
        self.reveal_byte = Some(part.range.start);
        self.selected = Some(part);
    }

    /// The bytes that a copy is of: those chosen by dragging, else those marked.
    #[must_use]
    pub(super) fn chosen(&self) -> Option<&Part> {
        self.selected.as_ref().or(self.mark.as_ref())
    }

    /// The marked range of `side`. `None`: nothing there is marked.
    #[must_use]
    pub(super) fn mark_of(&self, side: Side) -> Option<&Range<u64>> {
        self.mark.as_ref().filter(|mark| mark.side == side).map(|mark| &mark.range)
    }
}
