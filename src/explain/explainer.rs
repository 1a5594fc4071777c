//! What each protocol gives to be explained.

use crate::{
    base::stream::Direction,
    http::{Head, ResponseHead},
    store::model::Detail,
};

use super::{
    facts::{Facts, stream::StreamFacts},
    kinds::Kind,
    tree::TreeNode,
};

/// The explainer of one protocol.
pub(super) struct Explainer {
    /// Reads both directions. Markers and the places between requests are added to what it finds.
    pub read: fn(&Detail) -> Readings,
    /// The tree of the message of one direction.
    pub tree: fn(&Facts, Direction) -> Vec<TreeNode>,
    /// The kinds of spans, in the order of a legend.
    pub kinds: fn() -> Vec<Kind>,
    /// How an exchange stands while the first part of its message arrives: `headers incomplete`.
    pub arriving: &'static str,
    /// A sentence on what the server waits for then, and its clause. An empty clause: there is none.
    pub waiting: (&'static str, &'static str),
}

/// What was read in both directions.
pub(super) struct Readings {
    /// The facts of the request.
    pub request: StreamFacts,
    /// The head of the request, as far as it can be read. `None`: not even its first token is known, or messages
    /// have none.
    pub request_head: Option<Head>,
    /// The facts of the response.
    pub response: StreamFacts,
    /// The final head of the response, as far as it can be read. `None` as in [`Self::request_head`].
    pub response_head: Option<ResponseHead>,
}
