//! What the bytes of an exchange mean: spans, stages and sentences, computed when someone looks.

mod anatomy;
mod blame;
mod fields;
pub mod kinds;
mod moments;
pub mod notes;
mod parts;
mod query;
mod reading;
mod sentences;

use std::{collections::BTreeMap, ops::Range};

use crate::{
    http::{Framing, Rule, SpanKind},
    trace::{Nanos, Severity},
};

use crate::{
    store::model::{Chunk, Detail, Outcome},
    words::text::plural,
};
pub use moments::{guard as guard_words, outcome as outcome_words};

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
    pub fn of(detail: &Detail) -> Self {
        let requests = reading::requests(detail);
        let responses = reading::responses(detail);
        let mut marks = Vec::new();
        let request_head = requests.own.as_ref().and_then(|own| own.head.as_ref());
        let request_head = request_head.map(|head| (head.end, head.framing));
        marks.extend(request_head.and_then(|(end, framing)| head_mark(false, end, framing)));
        split_marks(&mut marks, false, &detail.reads, &requests.leaves);
        let response_head = responses.own.as_ref().and_then(|own| own.head.as_ref());
        let response_head = response_head.map(|head| (head.end, head.framing));
        marks.extend(response_head.and_then(|(end, framing)| head_mark(true, end, framing)));
        split_marks(&mut marks, true, &detail.writes, &responses.leaves);
        marks.sort_by_key(|mark| (mark.outgoing, mark.offset, !mark.split));
        let mut remarks = notes::remarks(detail, &requests.notes, requests.violation.as_ref());
        for remark in remarks.iter_mut().filter(|remark| remark.range.is_none()) {
            remark.range = remark.rule.and_then(|rule| blame::blamed(rule, &requests));
        }
        Self {
            anatomy: anatomy::request(detail, &requests),
            response_anatomy: anatomy::response(detail, &responses),
            moments: moments::moments(detail),
            remarks,
            boundaries: request_boundaries(detail),
            response_boundaries: response_boundaries(detail, &responses.ends),
            marks,
            origin: moments::origin(detail),
            request: requests.leaves,
            response: responses.leaves,
        }
    }

    /// The deepest anatomy node (of request, then response, by `outgoing`) that holds this offset.
    #[must_use]
    pub fn node_at(&self, outgoing: bool, offset: u64) -> Option<&Anatomy> {
        let mut nodes = if outgoing { &self.response_anatomy } else { &self.anatomy };
        let mut found = None;
        while let Some(node) =
            nodes.iter().find(|node| node.range.as_ref().is_some_and(|range| range.contains(&offset)))
        {
            found = Some(node);
            nodes = &node.children;
        }
        found
    }

    /// The leaf span that holds this offset.
    #[must_use]
    pub fn leaf_at(&self, outgoing: bool, offset: u64) -> Option<&Leaf> {
        let leaves = if outgoing { &self.response } else { &self.request };
        let index = leaves.partition_point(|leaf| leaf.range.end <= offset);
        leaves.get(index).filter(|leaf| leaf.range.contains(&offset))
    }
}

/// Where the head ends and a body begins.
fn head_mark(outgoing: bool, offset: u64, framing: Framing) -> Option<Mark> {
    let body = match framing {
        Framing::None | Framing::Length(0) => return None,
        Framing::Length(length) => format!("a body of {}", plural(length, "byte")),
        Framing::Chunked => "a chunked body".to_owned(),
        Framing::UntilClose => "a body until the connection closes".to_owned(),
    };
    Some(Mark { outgoing, offset, text: format!("empty line: the head ends, {body} begins"), split: false })
}

/// Where a chunk begins in the middle of a part. A body may come in any number of chunks: that is not worth
/// a line.
fn split_marks(marks: &mut Vec<Mark>, outgoing: bool, chunks: &[Chunk], leaves: &[Leaf]) {
    let twice = if outgoing { "two writes" } else { "two reads" };
    for chunk in chunks.iter().skip(1).filter(|chunk| chunk.count > 0) {
        let index = leaves.partition_point(|leaf| leaf.range.end <= chunk.offset);
        let Some(leaf) = leaves.get(index).filter(|leaf| leaf.range.start < chunk.offset) else { continue };
        if !matches!(leaf.kind, SpanKind::Body | SpanKind::Unparsed) {
            let text = format!("the {} was split across {twice}", leaf.kind.name());
            marks.push(Mark { outgoing, offset: chunk.offset, text, split: true });
        }
    }
}

fn request_boundaries(detail: &Detail) -> Vec<Boundary> {
    let mut places = BTreeMap::new();
    for message in &detail.messages {
        // Messages follow one another without a gap, whether or not the neighbours are still kept.
        let before = (message.number > 1).then(|| message.number - 1);
        let after = (message.id != detail.exchange.id || detail.neighbours.1).then_some(message.number + 1);
        let begins = places.entry(message.request.start).or_insert((before, None));
        begins.1 = Some(message.number);
        if message.complete {
            places.entry(message.request.end).or_insert((None, after)).0 = Some(message.number);
        }
    }
    if let Some(last) = detail.messages.last().filter(|last| last.id != detail.exchange.id && last.complete) {
        // Whether one follows the last neighbour is not known here.
        places.insert(last.request.end, (Some(last.number), None));
    }
    boundaries(places, &detail.reads)
}

/// `ends`: where responses end, by their bytes.
fn response_boundaries(detail: &Detail, ends: &[u64]) -> Vec<Boundary> {
    let mut places = BTreeMap::new();
    for message in &detail.messages {
        let Some(response) = &message.response else { continue };
        let before = (message.number > 1).then(|| message.number - 1);
        places.entry(response.start).or_insert((before, None)).1 = Some(message.number);
        let done = message.id == detail.exchange.id && detail.exchange.outcome == Outcome::Done;
        if done || ends.contains(&response.end) {
            places.entry(response.end).or_insert((None, None)).0 = Some(message.number);
        }
    }
    boundaries(places, &detail.writes)
}

/// Those that can be seen.
fn boundaries(places: BTreeMap<u64, (Option<u64>, Option<u64>)>, chunks: &[Chunk]) -> Vec<Boundary> {
    let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Vec::new() };
    let visible = first.offset..=last.range().end;
    let boundary = |(offset, (ends, begins))| Boundary { offset, ends, begins };
    places.into_iter().filter(|(offset, _)| visible.contains(offset)).map(boundary).collect()
}

#[cfg(test)]
mod tests;
