//! The anatomy trees: what each part of a message says, in words.

use std::ops::Range;

use crate::{
    http::{Framing, Head, ResponseHead, Rule, SpanKind},
    store::model::Detail,
    words::text,
};

use super::{
    Anatomy,
    fields::known,
    parts::{ChunkParts, FieldParts, HeadParts, Parts},
    query,
    reading::Reading,
    sentences,
};

/// At most this many chunks are nodes of their own.
const CHUNK_NODES: usize = 200;
/// At most this many characters of a value stand in its node.
pub(crate) const VALUE_CHARS: usize = 2_000;

/// The tree of the request.
pub fn request(detail: &Detail, reading: &Reading<Head>) -> Vec<Anatomy> {
    let parts = Parts::of(reading.own_leaves());
    let framing = detail.exchange.framing;
    let framing = framing.or_else(|| Some(reading.own.as_ref()?.head.as_ref()?.framing));
    let tree = Tree { bytes: &|range| reading.bytes(range), next: sentences::next(detail), outgoing: false };
    let mut nodes = Vec::new();
    if let Some(range) = &parts.empty_lines {
        let sentence = "Empty lines before a request line are skipped: old clients sent them after a body.";
        nodes.push(node("Empty lines", "", SpanKind::EmptyLine, range, sentence, "RFC 9112 §2.2"));
    }
    if let Some(head) = parts.heads.first() {
        nodes.extend(tree.request_line(head));
        nodes.push(tree.fields("Header fields", &head.fields, SpanKind::FieldName));
        nodes.push(tree.framing(framing, head, &sentences::request_framing(detail, framing)));
    }
    nodes.extend(tree.body(&parts, framing));
    nodes.extend(tree.trailers(&parts));
    let rule = reading.violation.as_ref().map(|violation| violation.rule).or(detail.exchange.rule);
    nodes.extend(tree.rest(&parts, rule));
    nodes
}

/// The tree of the response.
pub fn response(detail: &Detail, reading: &Reading<ResponseHead>) -> Vec<Anatomy> {
    let parts = Parts::of(reading.own_leaves());
    let tree = Tree { bytes: &|range| reading.bytes(range), next: sentences::next(detail), outgoing: true };
    let mut nodes = Vec::new();
    let interim = parts.heads.len().saturating_sub(1);
    for (index, head) in parts.heads.iter().enumerate() {
        if index < interim {
            let mut children: Vec<Anatomy> = tree.status_line(head).into_iter().collect();
            children.extend(
                (!head.fields.is_empty())
                    .then(|| tree.fields("Header fields", &head.fields, SpanKind::FieldName)),
            );
            nodes.push(Anatomy {
                label: "Interim response".to_owned(),
                value: head.part(SpanKind::Status).map(|range| tree.text(range)).unwrap_or_default(),
                kind: None,
                range: head.line_range(),
                sentence: Some(
                    "A response before the final one. It has no body; the final one follows.".to_owned(),
                ),
                section: "RFC 9110 §15.2",
                children,
            });
            continue;
        }
        nodes.extend(tree.status_line(head));
        nodes.push(tree.fields("Header fields", &head.fields, SpanKind::FieldName));
        let framing = reading.own.as_ref().and_then(|own| own.head.as_ref()).map(|head| head.framing);
        nodes.push(tree.framing(framing, head, &sentences::response_framing(detail, framing)));
        nodes.extend(tree.body(&parts, framing));
    }
    nodes.extend(tree.trailers(&parts));
    nodes.extend(tree.rest(&parts, None));
    nodes
}

/// Makes the nodes of one message.
struct Tree<'a> {
    bytes: &'a dyn Fn(&Range<u64>) -> &'a [u8],
    /// What comes after the request.
    next: String,
    outgoing: bool,
}

impl Tree<'_> {
    fn text(&self, range: &Range<u64>) -> String {
        text::shortened(&text::escaped((self.bytes)(range)), VALUE_CHARS)
    }

    fn part(
        &self,
        label: &str,
        kind: SpanKind,
        range: &Range<u64>,
        sentence: String,
        section: &'static str,
    ) -> Anatomy {
        Anatomy {
            label: label.to_owned(),
            value: self.text(range),
            kind: Some(kind),
            range: Some(range.clone()),
            sentence: Some(sentence),
            section,
            children: Vec::new(),
        }
    }

    fn request_line(&self, head: &HeadParts) -> Option<Anatomy> {
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
                    target.children = query::parts((self.bytes)(range), range);
                    target
                }
                _ => self.part("Version", *kind, range, sentences::version(&value, false), "RFC 9112 §2.3"),
            });
        }
        let sentence = "The first line of a request: what to do, with what, and in which version of HTTP, with one space in between.";
        Some(heading("Request line", head.line_range()?, sentence, "RFC 9112 §3", children))
    }

    fn status_line(&self, head: &HeadParts) -> Option<Anatomy> {
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
                _ => self.part("Version", *kind, range, sentences::version(&value, true), "RFC 9112 §2.3"),
            });
        }
        let sentence =
            "The first line of a response: the version, how it went as a number, and the same in words.";
        Some(heading("Status line", head.line_range()?, sentence, "RFC 9112 §4", children))
    }

    fn fields(&self, label: &str, fields: &[FieldParts], kind: SpanKind) -> Anatomy {
        let children: Vec<Anatomy> = fields.iter().map(|field| self.field(field, kind)).collect();
        let range = fields.first().zip(fields.last()).map(|(first, last)| first.whole.start..last.whole.end);
        let sentence = match (kind, fields.len()) {
            (SpanKind::TrailerName, _) => {
                "Fields after the body, for what is known only at the end. They are kept apart from the header fields."
            }
            (_, 0) => "No field has arrived.",
            _ => {
                "What else there is to know about the message: one field a line, name, colon, value. An empty line ends them."
            }
        };
        Anatomy {
            label: label.to_owned(),
            value: fields.len().to_string(),
            kind: None,
            range,
            sentence: Some(sentence.to_owned()),
            section: if kind == SpanKind::TrailerName { "RFC 9110 §6.5" } else { "RFC 9112 §5" },
            children,
        }
    }

    fn field(&self, field: &FieldParts, kind: SpanKind) -> Anatomy {
        let (name, value) = (self.text(&field.name), self.text(&field.value));
        let (sentence, section) = if value.is_empty() {
            ("The field has no value.".to_owned(), "RFC 9112 §5")
        } else if kind == SpanKind::FieldName
            && let Some(found) = sentences::framing_field(&name, &value, &self.next, self.outgoing)
        {
            found
        } else if let Some(known) = known(&name) {
            (known.sentence(&text::shortened(&value, 200)), known.section)
        } else if name.len() > 2 && name[..2].eq_ignore_ascii_case("x-") {
            ("A field that its users have agreed on: no standard defines it. This server does nothing with it.".to_owned(), "RFC 6648 §3")
        } else {
            (
                "This server does not know the field and does nothing with it; anyone may add fields."
                    .to_owned(),
                "RFC 9110 §5.1",
            )
        };
        Anatomy {
            label: name,
            value,
            kind: Some(kind),
            range: Some(field.whole.clone()),
            sentence: Some(sentence),
            section,
            children: Vec::new(),
        }
    }

    fn framing(&self, framing: Option<Framing>, head: &HeadParts, sentence: &str) -> Anatomy {
        let (value, field) = match framing {
            None => ("not decided".to_owned(), None),
            Some(Framing::None) => ("no body".to_owned(), None),
            Some(Framing::Length(length)) => {
                (format!("Content-Length → {}", text::plural(length, "byte")), Some("content-length"))
            }
            Some(Framing::Chunked) => ("Transfer-Encoding → chunked".to_owned(), Some("transfer-encoding")),
            Some(Framing::UntilClose) => ("until the connection closes".to_owned(), None),
        };
        // What decided it: the field, or the empty line without one.
        let decided = head
            .fields
            .iter()
            .find(|line| field.is_some_and(|field| self.text(&line.name).eq_ignore_ascii_case(field)))
            .map(|line| line.whole.clone());
        let mut node = heading("Framing", 0..0, sentence, "RFC 9112 §6.3", Vec::new());
        node.value = value;
        node.range = decided.or_else(|| framing.and_then(|_| head.end.clone()));
        node
    }

    fn body(&self, parts: &Parts, framing: Option<Framing>) -> Option<Anatomy> {
        let media_type = parts.heads.last().and_then(|head| {
            let field = head
                .fields
                .iter()
                .find(|field| self.text(&field.name).eq_ignore_ascii_case("content-type"))?;
            Some(self.text(&field.value))
        });
        let name = media_type.as_deref().map_or("bytes of no stated type", sentences::media_name);
        let range = parts.body.clone()?;
        let content: u64 = if parts.chunks.is_empty() {
            range.end - range.start
        } else {
            parts
                .chunks
                .iter()
                .filter_map(|chunk| chunk.data.as_ref())
                .map(|data| data.end - data.start)
                .sum()
        };
        let arrived = match framing {
            Some(Framing::Length(length)) if length > content => {
                format!("{} of {}", text::count(content), text::plural(length, "byte"))
            }
            _ => text::plural(content, "byte"),
        };
        let mut children: Vec<Anatomy> = parts
            .chunks
            .iter()
            .take(CHUNK_NODES)
            .enumerate()
            .map(|(index, chunk)| self.chunk(index, chunk))
            .collect();
        if let Some(more) = parts.chunks.len().checked_sub(CHUNK_NODES).filter(|more| *more > 0) {
            let range = parts.chunks[CHUNK_NODES].whole.start..range.end;
            let label = format!("{} more", text::plural(more as u64, "chunk"));
            children.push(node(
                &label,
                "",
                SpanKind::ChunkSize,
                &range,
                "They are not listed one by one.",
                "",
            ));
        }
        Some(Anatomy {
            label: "Body".to_owned(),
            value: format!("{name}, {arrived}"),
            kind: Some(SpanKind::Body),
            range: Some(range),
            sentence: Some(sentences::body(media_type.as_deref(), self.outgoing)),
            section: "RFC 9110 §6.4",
            children,
        })
    }

    fn chunk(&self, index: usize, chunk: &ChunkParts) -> Anatomy {
        let size = self.text(&chunk.size);
        let length = u64::from_str_radix(&size, 16).ok();
        let (label, value, sentence) = match length {
            Some(0) => (
                "Last chunk".to_owned(),
                "0".to_owned(),
                "A chunk of size 0 ends the body. Trailer fields may follow, then an empty line.".to_owned(),
            ),
            Some(length) => (
                format!("Chunk {}", index + 1),
                text::plural(length, "byte"),
                format!(
                    "The size {size} is hexadecimal for {}: so many follow after the line end, then another line end.",
                    text::plural(length, "byte")
                ),
            ),
            None => {
                (format!("Chunk {}", index + 1), size, "The size of the chunk is not complete.".to_owned())
            }
        };
        let mut node = node(&label, &value, SpanKind::ChunkSize, &chunk.whole, &sentence, "RFC 9112 §7.1");
        if let Some(extension) = &chunk.extension {
            let sentence = "An extension of the chunk. Receivers ignore those that they do not know; this server knows none.";
            node.children.push(self.part(
                "Extension",
                SpanKind::ChunkExtension,
                extension,
                sentence.to_owned(),
                "RFC 9112 §7.1.1",
            ));
        }
        node
    }

    fn trailers(&self, parts: &Parts) -> Option<Anatomy> {
        let trailers = &parts.trailers;
        (!trailers.is_empty()).then(|| self.fields("Trailer fields", trailers, SpanKind::TrailerName))
    }

    /// What is malformed, and what was not read because of it.
    fn rest(&self, parts: &Parts, rule: Option<Rule>) -> Vec<Anatomy> {
        let mut nodes = Vec::new();
        if let Some(range) = &parts.malformed {
            let sentence = rule.map_or("These bytes break a rule.", Rule::sentence).to_owned();
            let section = rule.map_or("", Rule::section);
            nodes.push(self.part("Malformed", SpanKind::Malformed, range, sentence, section));
        }
        if let Some(range) = &parts.unparsed {
            let sentence = match parts.malformed {
                Some(_) => {
                    "After a part that is malformed nobody can tell what comes next, so the rest is not read."
                }
                None => "Nobody reads these bytes as part of a message.",
            };
            let size = text::plural(range.end - range.start, "byte");
            nodes.push(node("Not parsed", &size, SpanKind::Unparsed, range, sentence, ""));
        }
        nodes
    }
}

fn heading(
    label: &str,
    range: Range<u64>,
    sentence: &str,
    section: &'static str,
    children: Vec<Anatomy>,
) -> Anatomy {
    Anatomy {
        label: label.to_owned(),
        value: String::new(),
        kind: None,
        range: Some(range),
        sentence: Some(sentence.to_owned()),
        section,
        children,
    }
}

fn node(
    label: &str,
    value: &str,
    kind: SpanKind,
    range: &Range<u64>,
    sentence: &str,
    section: &'static str,
) -> Anatomy {
    let mut node = heading(label, range.clone(), sentence, section, Vec::new());
    (node.value, node.kind) = (value.to_owned(), Some(kind));
    node
}
