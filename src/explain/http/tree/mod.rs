//! The parts of an HTTP message as a tree, in words.

mod body;
mod target;

use std::ops::Range;

use crate::{
    base::stream::Direction,
    explain::{
        facts::{
            Facts,
            parts::{FieldParts, HeadParts},
            stream::StreamFacts,
        },
        tree::{TreeNode, VALUE_CHARS, heading, node},
    },
    http::{Framing, Method, SpanKind, Status},
    trace::Cause,
    wire::Class,
    words,
};

use super::{
    fields::known,
    sentences::{self, Sender},
};

/// Maximum number of characters of a value in a sentence.
const QUOTED_CHARS: usize = 200;

/// The tree of the message of one direction.
pub(super) fn nodes(facts: &Facts, direction: Direction) -> Vec<TreeNode> {
    let exchange = &facts.detail.exchange;
    match direction {
        Direction::Received => {
            let next = sentences::next(&facts.detail);
            let ended = exchange.outcome.ended();
            Tree { stream: &facts.request, sender: Sender::Client, next, ended }.request(exchange.refusal)
        }
        Direction::Sent => {
            let ended = exchange.outcome.ended();
            let tree = Tree { stream: &facts.response, sender: Sender::Server, next: String::new(), ended };
            tree.response(exchange.status, &*exchange.method == "HEAD")
        }
    }
}

/// The tree of the message of one direction of an upstream leg. Empty: there is no such leg.
pub(super) fn leg_nodes(facts: &Facts, index: usize, direction: Direction) -> Vec<TreeNode> {
    let Some(leg) = facts.upstream.get(index) else { return Vec::new() };
    let ended = facts.detail.exchange.outcome.ended();
    match direction {
        Direction::Sent => {
            let next = "and the connection is free for another request".to_owned();
            Tree { stream: &leg.request, sender: Sender::Gateway, next, ended }.request(None)
        }
        Direction::Received => {
            let tree = Tree { stream: &leg.response, sender: Sender::Backend, next: String::new(), ended };
            let to_head = leg.request_head.as_ref().is_some_and(|head| head.method == Method::Head);
            tree.response(leg.response_head.as_ref().map(|head| head.status), to_head)
        }
    }
}

/// Makes the nodes of one message.
struct Tree<'a> {
    stream: &'a StreamFacts,
    sender: Sender,
    /// The sentence on what follows the request. Empty for a response.
    next: String,
    /// Whether the exchange is over, so that no more of the message comes.
    ended: bool,
}

impl Tree<'_> {
    /// `refusal`: why the request was refused.
    fn request(&self, refusal: Option<Cause>) -> Vec<TreeNode> {
        let parts = &self.stream.parts;
        let mut nodes = Vec::new();
        if let Some(range) = &parts.empty_lines {
            let sentence =
                "Empty lines before a request line are skipped; old clients sent them after a body.";
            nodes.push(node("Empty lines", "", SpanKind::EmptyLine, range, sentence, "RFC 9112 §2.2"));
        }
        if let Some(head) = parts.heads.first() {
            nodes.extend(self.request_line(head));
            nodes.push(self.fields("Header fields", &head.fields, SpanKind::FieldName));
            let framing = self.shortfall();
            let framing =
                framing.unwrap_or_else(|| sentences::request_framing(self.stream.framing, &self.next));
            nodes.push(self.framing(&framing));
        }
        nodes.extend(self.body());
        nodes.extend(self.trailers());
        nodes.extend(self.rest(self.broken().or(refusal)));
        nodes
    }

    /// `to_head`: the response is one to HEAD.
    fn response(&self, status: Option<Status>, to_head: bool) -> Vec<TreeNode> {
        let mut nodes = Vec::new();
        if let Some((head, interim)) = self.stream.parts.heads.split_last() {
            nodes.extend(interim.iter().map(|head| self.interim(head)));
            nodes.extend(self.status_line(head));
            nodes.push(self.fields("Header fields", &head.fields, SpanKind::FieldName));
            let framing = self
                .shortfall()
                .unwrap_or_else(|| sentences::response_framing(self.stream.framing, status, to_head));
            nodes.push(self.framing(&framing));
            nodes.extend(self.body());
        }
        nodes.extend(self.trailers());
        nodes.extend(self.rest(self.broken()));
        nodes
    }

    /// The sentence on a body that is shorter than its length says. `None`: it is not, or it has no such length.
    fn shortfall(&self) -> Option<String> {
        let Some(Framing::Length(length)) = self.stream.framing else { return None };
        let head = self.stream.head.as_ref().filter(|_| !self.stream.complete)?;
        let arrived = self.stream.own.end.saturating_sub(head.end);
        (arrived < length).then(|| sentences::shortfall(length, arrived, self.sender, self.ended))
    }

    /// The rule that the message breaks. `None`: it breaks none.
    fn broken(&self) -> Option<Cause> {
        self.stream.violation.as_ref().map(|violation| violation.rule)
    }

    fn text(&self, range: &Range<u64>) -> String {
        words::shortened(&words::escaped(self.stream.bytes(range)), VALUE_CHARS)
    }

    fn part(
        &self,
        label: &str,
        kind: SpanKind,
        range: &Range<u64>,
        sentence: String,
        section: &'static str,
    ) -> TreeNode {
        TreeNode {
            label: label.to_owned(),
            value: self.text(range),
            kind: Some(kind.into()),
            range: Some(range.clone()),
            sentence: Some(sentence),
            section,
            children: Vec::new(),
        }
    }

    fn request_line(&self, head: &HeadParts) -> Option<TreeNode> {
        let mut children = Vec::new();
        for (kind, range) in &head.line {
            let value = self.text(range);
            children.push(match kind {
                SpanKind::Method => {
                    let (sentence, section) = sentences::method(&value);
                    self.part("Method", *kind, range, sentence, section)
                }
                SpanKind::Target => {
                    let mut target =
                        self.part("Target", *kind, range, sentences::target(&value), "RFC 9112 §3.2");
                    target.children = target::parts(self.stream.bytes(range), range);
                    target
                }
                _ => self.part(
                    "Version",
                    *kind,
                    range,
                    sentences::version(&value, self.sender),
                    "RFC 9112 §2.3",
                ),
            });
        }
        let sentence =
            "The first line of a request: method, target and version of HTTP, separated by single spaces.";
        Some(heading("Request line", head.line_range()?, sentence, "RFC 9112 §3", children))
    }

    fn status_line(&self, head: &HeadParts) -> Option<TreeNode> {
        let mut children = Vec::new();
        for (kind, range) in &head.line {
            let value = self.text(range);
            children.push(match kind {
                SpanKind::Status => {
                    self.part("Status", *kind, range, sentences::status(&value), "RFC 9110 §15")
                }
                SpanKind::Reason => {
                    let sentence =
                        "The status in words, for people. Clients must not depend on it.".to_owned();
                    self.part("Reason", *kind, range, sentence, "RFC 9112 §4")
                }
                _ => self.part(
                    "Version",
                    *kind,
                    range,
                    sentences::version(&value, self.sender),
                    "RFC 9112 §2.3",
                ),
            });
        }
        let sentence = "The first line of a response: version, status code and reason phrase.";
        Some(heading("Status line", head.line_range()?, sentence, "RFC 9112 §4", children))
    }

    fn fields(&self, label: &str, fields: &[FieldParts], kind: SpanKind) -> TreeNode {
        let children: Vec<TreeNode> = fields.iter().map(|field| self.field(field, kind)).collect();
        let range = fields.first().zip(fields.last()).map(|(first, last)| first.whole.start..last.whole.end);
        let sentence = match (kind, fields.len()) {
            (SpanKind::TrailerName, _) => {
                "Fields after the body, for information that is known only at the end. They are kept apart from the header fields."
            }
            (_, 0) => "No field has arrived yet.",
            _ => {
                "Information about the message: one field a line, with name, colon and value. An empty line ends them."
            }
        };
        TreeNode {
            label: label.to_owned(),
            value: fields.len().to_string(),
            kind: None,
            range,
            sentence: Some(sentence.to_owned()),
            section: if kind == SpanKind::TrailerName { "RFC 9110 §6.5" } else { "RFC 9112 §5" },
            children,
        }
    }

    fn field(&self, field: &FieldParts, kind: SpanKind) -> TreeNode {
        let (name, value) = (self.text(&field.name), self.text(&field.value));
        let (sentence, section) = if value.is_empty() {
            ("The field has no value.".to_owned(), "RFC 9112 §5")
        } else if kind == SpanKind::FieldName
            && name.eq_ignore_ascii_case("content-length")
            && let Some(sentence) = self.shortfall()
        {
            (sentence, "RFC 9112 §8")
        } else if kind == SpanKind::FieldName
            && let Some(found) = sentences::framing_field(&name, &value, &self.next, self.sender)
        {
            found
        } else if let Some(known) = known(&name) {
            (known.sentence(&words::shortened(&value, QUOTED_CHARS)), known.section)
        } else if name.len() > 2 && name[..2].eq_ignore_ascii_case("x-") {
            ("A private convention: no standard defines this field.".to_owned(), "RFC 6648 §3")
        } else {
            (
                "A field that is not explained here. Anyone may add fields; a receiver ignores those that it does not know.".to_owned(),
                "RFC 9110 §5.1",
            )
        };
        TreeNode {
            label: name,
            value,
            kind: Some(kind.into()),
            range: Some(field.whole.clone()),
            sentence: Some(sentence),
            section,
            children: Vec::new(),
        }
    }

    fn interim(&self, head: &HeadParts) -> TreeNode {
        let mut children: Vec<TreeNode> = self.status_line(head).into_iter().collect();
        if !head.fields.is_empty() {
            children.push(self.fields("Header fields", &head.fields, SpanKind::FieldName));
        }
        let sentence = "A response before the final one. It has no body; the final one follows.";
        TreeNode {
            label: "Interim response".to_owned(),
            value: head.part(SpanKind::Status).map(|range| self.text(range)).unwrap_or_default(),
            kind: None,
            range: head.range(),
            sentence: Some(sentence.to_owned()),
            section: "RFC 9110 §15.2",
            children,
        }
    }

    fn framing(&self, sentence: &str) -> TreeNode {
        let value = match self.stream.framing {
            None => "not decided".to_owned(),
            Some(Framing::None) => "no body".to_owned(),
            Some(Framing::Length(length)) => format!("Content-Length → {}", words::plural(length, "byte")),
            Some(Framing::Chunked) => "Transfer-Encoding → chunked".to_owned(),
            Some(Framing::UntilClose) => "until the connection closes".to_owned(),
        };
        let mut node = heading("Framing", 0..0, sentence, "RFC 9112 §6.3", Vec::new());
        node.value = value;
        node.range = self.stream.decided_by.as_ref().map(|decision| decision.range.clone());
        node
    }

    fn trailers(&self) -> Option<TreeNode> {
        let trailers = &self.stream.parts.trailers;
        (!trailers.is_empty()).then(|| self.fields("Trailer fields", trailers, SpanKind::TrailerName))
    }

    /// The nodes for the malformed part and for the bytes that were not parsed because of it.
    fn rest(&self, cause: Option<Cause>) -> Vec<TreeNode> {
        let parts = &self.stream.parts;
        let mut nodes = Vec::new();
        if let Some(range) = &parts.malformed {
            let sentence = cause.map_or("These bytes break a rule.", Cause::sentence).to_owned();
            let section = cause.map_or("", Cause::section);
            let label = words::capitalized(cause.and_then(Cause::class).map_or("malformed", Class::name));
            nodes.push(self.part(&label, SpanKind::Malformed, range, sentence, section));
        }
        if let Some(range) = &parts.unparsed {
            let sentence = match parts.malformed {
                Some(_) => "After a malformed part nothing can be read reliably, so the rest is not parsed.",
                None => "These bytes are not part of any message.",
            };
            let size = words::plural(range.end - range.start, "byte");
            nodes.push(node("Not parsed", &size, SpanKind::Unparsed, range, sentence, ""));
        }
        nodes
    }
}
