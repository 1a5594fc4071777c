//! What the bytes of an exchange mean: spans, stages and sentences, computed when someone looks.

use std::ops::Range;

use crate::{
    http::{Rule, SpanKind},
    trace::{Nanos, Severity},
};

use super::model::Detail;

/// Everything that can be said about one exchange. A pure function of its [`Detail`].
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Leaf spans of the request's stream, in order, covering every captured byte of the reads in
    /// [`Detail::reads`] (the neighbours' bytes too: those are spans of their own messages).
    pub request: Vec<Leaf>,
    /// The same for the writes.
    pub response: Vec<Leaf>,
    /// The request as a tree.
    pub anatomy: Vec<Anatomy>,
    /// The response as a tree.
    pub response_anatomy: Vec<Anatomy>,
    /// The stage list.
    pub moments: Vec<Moment>,
    /// Remarks: the server's and those found now.
    pub remarks: Vec<Remarked>,
    /// Stream offsets (in) where a message begins or ends, ascending, with which: the request
    /// before, this one, the one after.
    pub boundaries: Vec<Boundary>,
    /// The same for the responses (stream offsets out).
    pub response_boundaries: Vec<Boundary>,
    /// Places inside the messages that deserve a line in the byte view, ascending in each stream.
    pub marks: Vec<Mark>,
    /// What [`Moment::since`] counts from: when the connection was accepted or, for later requests,
    /// when the first byte arrived.
    pub origin: Nanos,
}

/// A leaf span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its kind.
    pub kind: SpanKind,
    /// Its stream range.
    pub range: Range<u64>,
    /// Whether it belongs to this exchange's message (not to a neighbour's).
    pub own: bool,
    /// Whether the rest of it has not arrived.
    pub partial: bool,
}

/// A node of the anatomy tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// What stands on the left: `Method`, a field name, `Framing`.
    pub label: String,
    /// What stands on the right: the value, lossily decoded, control bytes escaped.
    pub value: String,
    /// The kind whose colour it has. `None`: a heading.
    pub kind: Option<SpanKind>,
    /// The stream range it is about. `None`: about no bytes.
    pub range: Option<Range<u64>>,
    /// The sentence in plain words that the panel under the bytes shows for it, `None` for headings
    /// that say nothing more.
    pub sentence: Option<String>,
    /// The clause behind the sentence: `RFC 9112 §6.2`. Empty: none.
    pub section: &'static str,
    /// Parts of it.
    pub children: Vec<Anatomy>,
}

/// A line of the stage list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, counted from [`Explanation::origin`].
    pub since: Nanos,
    /// What: `Framing decided: length 31`.
    pub what: String,
    /// Whether it went well.
    pub severity: Severity,
    /// Which band of the timeline it ends. `None`: it is a point.
    pub band: Option<Band>,
}

/// The bands of the stage row of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// From the first byte to the end of the request line.
    Line,
    /// The field lines.
    Fields,
    /// The body.
    Body,
    /// Guards and routing.
    Route,
    /// Middleware, down and up.
    Middleware,
    /// Writing the response.
    Response,
}

/// A remark, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked {
    /// How much it matters.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
    /// The clause. Empty: none.
    pub section: &'static str,
    /// The rule that was broken. `None`: it is a remark only.
    pub rule: Option<Rule>,
    /// The request bytes it is about.
    pub range: Option<Range<u64>>,
}

/// A place inside a message: `empty line: head ends, body of 31 bytes begins`, or, where a read begins
/// in mid-part, `the field name was split across two reads`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// In the response's stream, not the request's.
    pub outgoing: bool,
    /// Stream offset of the byte before which the line stands.
    pub offset: u64,
    /// What it says.
    pub text: String,
    /// It belongs to the separator of the read (or write) that begins there.
    pub split: bool,
}

/// A place where one message ends and another may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Stream offset.
    pub offset: u64,
    /// The number, on the connection, of the request that ends here. `None`: none does.
    pub ends: Option<u64>,
    /// The number, on the connection, of the request that begins here. `None`: none does (yet).
    pub begins: Option<u64>,
}

impl Explanation {
    /// Explains `detail`. Runs the machines of [`crate::http`] over its bytes.
    #[must_use]
    pub fn of(_detail: &Detail) -> Self {
        unimplemented!()
    }

    /// The deepest anatomy node (of request, then response, by `outgoing`) that holds this offset.
    #[must_use]
    pub fn node_at(&self, _outgoing: bool, _offset: u64) -> Option<&Anatomy> {
        unimplemented!()
    }
}
