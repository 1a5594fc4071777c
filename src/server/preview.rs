//! What the server would make of a request, found without serving it: the routes that it would try, the backend that
//! would take it, and the head that the backend would be sent.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    gateway::{BackendSettings, Policy, Verdict},
    trace::{Cause, MiddlewareSteps, Refusal, RouteAttempt},
};

/// A request to be tried: a head without fields but Host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// The method token.
    pub method: String,
    /// The request target.
    pub target: String,
    /// The value of Host.
    pub host: String,
}

/// What the server would make of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The request.
    pub trial: Trial,
    /// Why the request would be refused before it is routed, or because no route can have its method. `None`: it would
    /// be routed.
    pub refusal: Option<Cause>,
    /// What each middleware that would see the request says of it, in order. The last one may answer the request: then
    /// no route is tried, and what stands below is for a request that passes. Empty: the request is refused before.
    pub steps: MiddlewareSteps,
    /// Every route that would be tried, in order.
    pub attempts: Vec<RouteAttempt>,
    /// What a group of backends would make of the request. `None`: none would have it.
    pub forward: Option<ForwardPreview>,
}

/// What a group of backends would make of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardPreview {
    /// The name of the group.
    pub group: Arc<str>,
    /// The policy by which a backend is chosen.
    pub policy: Policy,
    /// The backends, in the order of the settings.
    pub backends: Vec<BackendPreview>,
    /// Whether the request would wait, since every backend has as many open requests as it may have.
    pub waits: bool,
    /// The head that the chosen backend would be sent, or why none would be sent. Where the request would wait, it is the
    /// head for the first backend that is full.
    pub head: Result<Bytes, Refusal>,
}

/// A backend that would be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendPreview {
    /// Name and address.
    pub settings: BackendSettings,
    /// Whether the backend would take the request, and why.
    pub verdict: Verdict,
    /// Whether the address leads back to this server, as far as it tells without a DNS lookup.
    pub leads_back: bool,
}
