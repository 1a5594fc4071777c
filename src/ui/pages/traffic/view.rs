//! The user's choices on the page. Most of them outlast the selected exchange.

use std::{ops::Range, sync::Arc};

use crate::{
    base::stream::{ExchangeId, Nanos},
    config::ListSettings,
    store::Copies,
    trace::Mark,
};

use super::{
    find::Find,
    links,
    outline::Outline,
    part::{Legs, Message, Part, Stream},
    resolved::ResolvedExchange,
};

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
    /// A copy beside the exchange that it is a copy of.
    Compare,
}

impl Tab {
    /// All tabs, in order. The one on the backend and the comparison are shown only where there is something in them.
    pub(super) const ALL: [Self; 7] = [
        Self::Anatomy,
        Self::Route,
        Self::Middleware,
        Self::Upstream,
        Self::Response,
        Self::Notes,
        Self::Compare,
    ];

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
            Self::Compare => "Compare",
        }
    }
}

/// A comment that is being typed.
#[derive(Clone, Debug)]
pub(super) struct CommentEdit {
    /// The exchanges that get it.
    pub ids: Vec<ExchangeId>,
    /// The text so far.
    pub text: String,
    /// Whether the input has yet to be focused.
    pub is_new: bool,
}

/// The user's choices on the page.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent requests for the next frame")]
pub(super) struct View {
    /// The message that is looked at: its bytes are visible or, where both messages are, have the most room; tree,
    /// sentence and marked bytes are its own.
    pub message: Message,
    /// The marks of the messages that are not looked at, by [`Message::index`].
    marks: [Option<Part>; 2],
    /// The visible legs of an exchange that was passed on.
    pub legs: Legs,
    /// Whether the bytes of one leg are shown in hexadecimal beside the text.
    pub hex: bool,
    /// Whether the bytes of both legs are, which have less room.
    pub hex_of_both: bool,
    /// The open tab of the detail pane.
    pub tab: Tab,
    /// The part that is marked in bytes and tree.
    pub mark: Option<Part>,
    /// The node of the tree that was clicked. `None`: the part was marked elsewhere, and its range determines
    /// the node.
    pub node: Option<usize>,
    /// The bytes selected by dragging; while there are any, the mark is hidden.
    pub selected: Option<Part>,
    /// The part under the pointer.
    pub hovered: Option<Part>,
    /// The parts of the other leg that belong to what is under the pointer, selected or marked.
    pub linked: Vec<Part>,
    /// What `linked` was found for: the part, the upstream leg, and when the exchange was explained.
    linked_for: Option<(Part, usize, Nanos)>,
    /// Scroll to the first byte of these parts when they are painted next.
    pub reveal: Vec<Part>,
    /// Scroll to what belongs to the selected or marked part on the other leg.
    pub reveal_linked: bool,
    /// Scroll the tree to the marked node in the next frame.
    pub reveal_node: bool,
    /// Scroll the list to the selected row in the next frame.
    pub reveal_row: bool,
    /// The upstream leg that is shown, by its place in the list of legs. `None`: the last one.
    pub attempt: Option<usize>,
    /// Whether the part that was looked at last is on an upstream leg, whose trees are then shown.
    pub upstream: bool,
    /// Whether the frames of a WebSocket, or the events of a stream, are shown in the place of the bytes.
    pub items_open: bool,
    /// Whether a message is replayed in the place of the list and the details.
    pub replay_open: bool,
    /// The copies of the selected exchange. `None`: it was not sent again.
    pub copies: Option<Copies>,
    /// The user's mark on the selected exchange. `None`: it has none.
    pub user_mark: Option<Arc<Mark>>,
    /// The comment that is being typed. `None`: none is.
    pub comment: Option<CommentEdit>,
    /// The exchange to select after this frame. `None`: the selection stays.
    pub go_to: Option<ExchangeId>,
    /// What is remembered of the list.
    pub list: ListSettings,
    /// What is looked for in the bytes.
    pub find: Find,
    /// A part to add to the filter after this frame. `None`: the filter stays.
    pub add_filter: Option<String>,
    /// The byte at which the menu of the bytes was opened. `None`: it was not opened over a byte.
    pub menu_at: Option<(Stream, u64)>,
    /// Whether an exchange was clicked in the list in this frame.
    pub picked: bool,
    /// The number of copies that was chosen last.
    pub again_times: u32,
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
            message: Message::default(),
            marks: [None, None],
            legs: Legs::default(),
            hex: true,
            hex_of_both: false,
            tab: Tab::default(),
            mark: None,
            node: None,
            selected: None,
            hovered: None,
            linked: Vec::new(),
            linked_for: None,
            reveal: Vec::new(),
            reveal_linked: false,
            reveal_node: false,
            reveal_row: false,
            attempt: None,
            upstream: false,
            items_open: false,
            replay_open: false,
            copies: None,
            user_mark: None,
            comment: None,
            go_to: None,
            list: ListSettings::default(),
            find: Find::default(),
            add_filter: None,
            menu_at: None,
            picked: false,
            again_times: 10,
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
            self.hovered = None;
            self.linked_for = None;
            self.reveal.clear();
            self.attempt = None;
            self.upstream = self.legs == Legs::Upstream && resolved.attempts() > 0;
            self.message = if self.tab == Tab::Response { Message::Response } else { Message::Request };
            self.marks = [None, None];
        }
        if self.mark.is_none() && self.selected.is_none() {
            self.mark = resolved.first_mark(self.stream(self.message, resolved));
            self.reveal_mark();
            self.reveal_node |= self.mark.is_some();
        }
    }

    /// Looks at a message: bytes, tree, sentence and marked bytes are those of the message.
    pub(super) fn show_message(&mut self, message: Message, resolved: &ResolvedExchange) {
        if self.message != message {
            let mark = self.mark.take();
            self.marks[self.message.index()] = mark;
            let before = self.marks[message.index()].take();
            self.message = message;
            self.mark = before.or_else(|| resolved.first_mark(self.stream(message, resolved)));
            (self.node, self.selected) = (None, None);
            self.reveal_node = true;
        }
        self.follow_message();
        self.reveal_mark();
    }

    /// Opens a tab. The one on the response looks at the response.
    pub(super) fn open_tab(&mut self, tab: Tab, resolved: Option<&ResolvedExchange>) {
        self.tab = tab;
        if let (Tab::Response, Some(resolved)) = (tab, resolved) {
            self.show_message(Message::Response, resolved);
        }
    }

    /// Leaves the tab on the response if the request is looked at.
    fn follow_message(&mut self) {
        if self.message == Message::Request && self.tab == Tab::Response {
            self.tab = Tab::Anatomy;
        }
    }

    /// The upstream leg that is shown. `None`: the exchange has none.
    #[must_use]
    pub(super) fn attempt(&self, resolved: &ResolvedExchange) -> Option<usize> {
        let last = resolved.attempts().checked_sub(1)?;
        Some(self.attempt.map_or(last, |attempt| attempt.min(last)))
    }

    /// Whether the bytes of two legs are shown.
    #[must_use]
    pub(super) fn shows_both(&self, resolved: &ResolvedExchange) -> bool {
        self.legs == Legs::Both && resolved.attempts() > 0
    }

    /// The stream of `message` on the leg that was looked at last.
    #[must_use]
    pub(super) fn stream(&self, message: Message, resolved: &ResolvedExchange) -> Stream {
        Stream { leg: self.attempt(resolved).filter(|_| self.upstream), message }
    }

    /// Whether the visible bytes are shown in hexadecimal beside the text.
    #[must_use]
    pub(super) fn in_hex(&self, resolved: &ResolvedExchange) -> bool {
        if self.shows_both(resolved) { self.hex_of_both } else { self.hex }
    }

    /// Links what is under the pointer, selected or marked with what belongs to it on the other leg. Returns, and
    /// forgets, what was under the pointer in the last frame.
    pub(super) fn link(&mut self, resolved: &ResolvedExchange, attempt: usize) -> Option<Part> {
        let hovered = self.hovered.take();
        let part = hovered.as_ref().or(self.selected.as_ref()).or(self.mark.as_ref()).cloned();
        let found_for = part.map(|part| (part, attempt, resolved.explained));
        if self.linked_for != found_for {
            let linked = found_for.as_ref().map(|(part, ..)| links::linked(resolved, attempt, part));
            self.linked = linked.unwrap_or_default();
            self.linked_for = found_for;
        }
        if std::mem::take(&mut self.reveal_linked)
            && let Some(part) = self.part_to_copy().cloned()
            && let Some(first) = links::linked(resolved, attempt, &part).into_iter().next()
        {
            self.reveal(first);
        }
        hovered
    }

    /// Shows other legs, or another attempt.
    pub(super) fn show_legs(&mut self, legs: Legs, attempt: Option<usize>) {
        self.legs = legs;
        self.attempt = attempt.or(self.attempt);
        self.upstream = legs == Legs::Upstream || legs == Legs::Both && self.upstream;
        self.reveal_mark();
        self.reveal_node = true;
    }

    /// Has the bytes scrolled to the mark.
    pub(super) fn reveal_mark(&mut self) {
        self.reveal_linked = true;
        if let Some(mark) = self.mark.clone() {
            self.reveal(mark);
        }
    }

    /// Has the bytes of a part's stream scrolled to the part.
    pub(super) fn reveal(&mut self, part: Part) {
        self.reveal.retain(|other| other.stream != part.stream);
        self.reveal.push(part);
    }

    /// Shows a stream.
    pub(super) fn look_at(&mut self, stream: Stream) {
        if self.message != stream.message {
            self.marks[self.message.index()] = self.mark.take();
        }
        self.message = stream.message;
        self.follow_message();
        self.upstream = stream.leg.is_some();
        self.attempt = stream.leg.or(self.attempt);
        let hidden = if self.upstream { Legs::Client } else { Legs::Upstream };
        if self.legs == hidden {
            self.legs = if self.upstream { Legs::Upstream } else { Legs::Client };
        }
    }

    /// Whether the frames are shown in the place of the bytes.
    #[must_use]
    pub(super) fn shows_frames(&self, resolved: &ResolvedExchange) -> bool {
        self.items_open && resolved.facts.websocket.is_some()
    }

    /// Whether the events are shown in the place of the bytes.
    #[must_use]
    pub(super) fn shows_events(&self, resolved: &ResolvedExchange) -> bool {
        self.items_open && resolved.facts.websocket.is_none() && !resolved.facts.events.is_empty()
    }

    /// Marks a part: shows its stream, and scrolls bytes and tree to it.
    pub(super) fn mark(&mut self, part: Part) {
        self.items_open = false;
        self.look_at(part.stream);
        self.reveal(part.clone());
        self.reveal_linked = true;
        self.reveal_node = true;
        self.selected = None;
        self.node = None;
        self.mark = Some(part);
    }

    /// The offset to scroll to in a stream, once. `None`: no need to scroll.
    pub(super) fn take_reveal(&mut self, stream: Stream) -> Option<u64> {
        let index = self.reveal.iter().rposition(|part| part.stream == stream)?;
        let offset = self.reveal[index].range.start;
        self.reveal.retain(|part| part.stream != stream);
        Some(offset)
    }

    /// The index of the marked node of a stream. `None`: no node of it is marked.
    #[must_use]
    pub(super) fn marked_node(&self, stream: Stream, outline: &Outline) -> Option<usize> {
        let range = self.mark_of(stream)?;
        let has_mark = |index: &usize| {
            outline.items().get(*index).and_then(|item| item.node.range.as_ref()) == Some(range)
        };
        self.node.filter(has_mark).or_else(|| outline.node_with_range(range))
    }

    /// Selects bytes, as if by dragging over them.
    pub(super) fn select_bytes(&mut self, part: Part) {
        self.look_at(part.stream);
        self.reveal(part.clone());
        self.reveal_linked = true;
        self.selected = Some(part);
    }

    /// The bytes to copy: the selected ones, else the marked ones. `None`: no bytes are selected or marked.
    #[must_use]
    pub(super) fn part_to_copy(&self) -> Option<&Part> {
        self.selected.as_ref().or(self.mark.as_ref())
    }

    /// The ranges of a stream that are linked.
    #[must_use]
    pub(super) fn linked_in(&self, stream: Stream) -> Vec<Range<u64>> {
        let linked = self.linked.iter().filter(|part| part.stream == stream);
        linked.map(|part| part.range.clone()).collect()
    }

    /// The marked range of a stream. `None`: no part of it is marked.
    #[must_use]
    pub(super) fn mark_of(&self, stream: Stream) -> Option<&Range<u64>> {
        self.mark.as_ref().filter(|mark| mark.stream == stream).map(|mark| &mark.range)
    }
}
