//! The list of protocols with an explainer, and the questions that views ask of it.

use crate::{base::stream::Direction, store::model::Detail, trace::ProtocolKind};

use super::{
    events::EventStream,
    explainer::{Explainer, Readings},
    facts::{Facts, LineageFacts, measured, places, timeline},
    http,
    kinds::Kind,
    lines, notes,
    tree::TreeNode,
    websocket::{Switch, WebSocketFacts},
};

/// The explainer of a protocol.
pub(super) const fn of(protocol: ProtocolKind) -> &'static Explainer {
    match protocol {
        ProtocolKind::Http => &http::EXPLAINER,
        ProtocolKind::Lines => &lines::EXPLAINER,
    }
}

impl Facts {
    /// Computes the facts. Runs the machines of the protocol over the bytes.
    #[must_use]
    pub fn new(detail: Detail) -> Self {
        let explainer = of(detail.exchange.protocol);
        let Readings { mut request, request_head, mut response, response_head, mut upstream } =
            (explainer.read)(&detail);
        let switch = Switch::of(&detail.exchange);
        let websocket =
            switch.and_then(|switch| WebSocketFacts::read(&detail, switch, &mut request, &mut response));
        let own = [(&mut request, &detail.reads), (&mut response, &detail.writes)];
        let legs = upstream
            .iter_mut()
            .zip(&detail.upstream)
            .flat_map(|(facts, leg)| [(&mut facts.request, &leg.writes), (&mut facts.response, &leg.reads)]);
        for (stream, chunks) in own.into_iter().chain(legs) {
            let head = stream.head.as_ref().map(|head| head.end).zip(stream.framing);
            stream.markers = places::markers(head, &stream.leaves, chunks);
        }
        request.boundaries = places::request_boundaries(&detail);
        let head = request_head.as_ref();
        let waiting = explainer.waiting;
        let events = EventStream::all(&detail, &request, &response, &upstream);
        let context = notes::Context { detail: &detail, request: &request, head, events: &events, waiting };
        let notes = notes::find(&context);
        Self {
            timeline: timeline::timeline(&detail),
            measured: measured::measured(&detail, &request),
            origin: timeline::origin(&detail),
            notes,
            request,
            response,
            request_head,
            response_head,
            upstream,
            lineage: detail.exchange.lineage.as_ref().map(LineageFacts::new),
            websocket,
            events,
            detail,
        }
    }

    /// The parts of the message of one direction, as a tree.
    #[must_use]
    pub fn tree(&self, direction: Direction) -> Vec<TreeNode> {
        (of(self.detail.exchange.protocol).tree)(self, direction)
    }

    /// The parts of the message of one direction of an upstream leg, as a tree. `index`: its place in
    /// [`Self::upstream`].
    #[must_use]
    pub fn leg_tree(&self, index: usize, direction: Direction) -> Vec<TreeNode> {
        (of(self.detail.exchange.protocol).leg_tree)(self, index, direction)
    }

    /// The kinds of spans that messages of the protocol have, in the order of a legend.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        (of(self.detail.exchange.protocol).kinds)()
    }
}
