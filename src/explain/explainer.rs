//! The functions that a protocol provides to be explained.

use crate::{
    base::stream::Direction,
    http::{Head, ResponseHead},
    store::model::Detail,
};

use super::{
    facts::{Facts, leg::LegFacts, stream::StreamFacts},
    kinds::Kind,
    tree::TreeNode,
};

/// The explainer of one protocol.
pub(super) struct Explainer {
    /// Reads both directions. Markers and the boundaries between requests are added to the result.
    pub read: fn(&Detail) -> Readings,
    /// The tree of the message of one direction.
    pub tree: fn(&Facts, Direction) -> Vec<TreeNode>,
    /// The tree of the message of one direction of an upstream leg, by the leg's index.
    pub leg_tree: fn(&Facts, usize, Direction) -> Vec<TreeNode>,
    /// The kinds of spans, in the order of a legend.
    pub kinds: fn() -> Vec<Kind>,
    /// The state of an exchange while the first part of its message arrives: `headers incomplete`.
    pub arriving: &'static str,
    /// A sentence on what the server waits for in that state, and its clause. The clause may be empty.
    pub waiting: (&'static str, &'static str),
}

/// The result of reading both directions.
pub(super) struct Readings {
    /// The facts of the request.
    pub request: StreamFacts,
    /// The head of the request, as far as it can be read. `None`: not even the first token is known, or
    /// messages of the protocol have no head.
    pub request_head: Option<Head>,
    /// The facts of the response.
    pub response: StreamFacts,
    /// The final head of the response, as far as it can be read. `None`: see [`Self::request_head`].
    pub response_head: Option<ResponseHead>,
    /// The facts of each upstream leg. Empty if messages of the protocol are not passed on.
    pub upstream: Vec<LegFacts>,
}
