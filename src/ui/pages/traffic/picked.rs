//! The exchange that is looked at, with everything that is derived from its bytes. Made when it is
//! picked or has changed, and remembered. Knows no egui.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    explain::{Boundary, Explanation, Leaf, Mark, Moment, Remarked},
    http::SpanKind,
    store::{Chunk, Detail},
    trace::Nanos,
    ui::widgets::byte_view::{Lines, Mode, Source, gather},
    words::text,
};

use super::{bands::Bands, outline::Outline};

/// Whose bytes: the client's or the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// What came in.
    #[default]
    Request,
    /// What went out.
    Response,
}

/// A range of the bytes of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose bytes.
    pub side: Side,
    /// Their stream range.
    pub range: Range<u64>,
}

/// One side of the exchange.
#[derive(Debug, Default)]
pub struct Stream {
    /// What the bytes are.
    pub leaves: Vec<Leaf>,
    /// The message as a tree.
    pub outline: Outline,
    /// The message itself, as far as it is there.
    pub own: Range<u64>,
    boundaries: Vec<Boundary>,
    marks: Vec<Mark>,
    lines: Option<(Mode, Lines)>,
}

/// The body of the response, for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// There is no body (yet).
    None,
    /// Text, or JSON with its indents. `cut`: only the beginning is shown.
    Text {
        /// What it says.
        text: String,
        /// Whether it goes on.
        cut: bool,
    },
    /// Why it is not shown.
    Opaque(String),
}

/// The exchange that is looked at.
#[derive(Debug)]
pub struct Picked {
    /// What is known of it.
    pub detail: Detail,
    /// The request's bytes.
    pub request: Stream,
    /// The response's bytes.
    pub response: Stream,
    /// The stage list.
    pub moments: Vec<Moment>,
    /// Remarks.
    pub remarks: Vec<Remarked>,
    /// The timeline.
    pub bands: Bands,
    /// The body of the response.
    pub preview: Preview,
    /// When it was explained.
    pub explained: Nanos,
}

/// Bytes of a body that are made readable.
const PREVIEW_BYTES: usize = 32 * 1024;

impl Picked {
    /// Explains `detail`. `toggled` are the folds of the trees.
    #[must_use]
    pub fn new(detail: Detail, toggled: &BTreeSet<String>, now: Nanos) -> Self {
        let explanation = Explanation::of(&detail);
        let bands = Bands::new(&detail, &explanation);
        let (out, into): (Vec<Mark>, Vec<Mark>) =
            explanation.marks.into_iter().partition(|mark| mark.outgoing);
        let request = Stream {
            leaves: explanation.request,
            outline: Outline::new(explanation.anatomy, toggled),
            own: detail.exchange.request.clone(),
            boundaries: explanation.boundaries,
            marks: into,
            lines: None,
        };
        let response = Stream {
            leaves: explanation.response,
            outline: Outline::new(explanation.response_anatomy, toggled),
            own: detail.exchange.response.clone().unwrap_or_default(),
            boundaries: explanation.response_boundaries,
            marks: out,
            lines: None,
        };
        let preview = preview(&detail.writes, &response);
        Self {
            request,
            response,
            moments: explanation.moments,
            remarks: explanation.remarks,
            bands,
            preview,
            explained: now,
            detail,
        }
    }

    /// One side.
    #[must_use]
    pub fn stream(&self, side: Side) -> &Stream {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// One side, to change its folds.
    pub fn stream_mut(&mut self, side: Side) -> &mut Stream {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    /// The reads, or the writes.
    #[must_use]
    pub fn chunks(&self, side: Side) -> &[Chunk] {
        match side {
            Side::Request => &self.detail.reads,
            Side::Response => &self.detail.writes,
        }
    }

    /// Arranges the lines of one side for `mode`, unless they are.
    pub fn arrange(&mut self, side: Side, mode: Mode) {
        let chunks = match side {
            Side::Request => &self.detail.reads,
            Side::Response => &self.detail.writes,
        };
        let stream = match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        };
        if stream.lines.as_ref().is_none_or(|(made, _)| *made != mode) {
            let marks: Vec<&Mark> = stream.marks.iter().collect();
            let outgoing = side == Side::Response;
            let source = Source { chunks, boundaries: &stream.boundaries, marks: &marks, outgoing };
            stream.lines = Some((mode, Lines::new(&source, mode)));
        }
    }

    /// Arranges the lines as they were arranged in `before`, so that a change of the exchange does
    /// not show another view for a frame.
    pub fn keep_modes(&mut self, before: &Self) {
        for side in [Side::Request, Side::Response] {
            if let Some((mode, _)) = before.stream(side).lines() {
                self.arrange(side, *mode);
            }
        }
    }

    /// Whether its connection is open and it is not over.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        use crate::store::Outcome;
        self.detail.closed.is_none()
            && !matches!(self.detail.exchange.outcome, Outcome::Done | Outcome::Aborted)
    }

    /// What is marked before a person picks anything: the fault if there is one, else what decides
    /// where the message ends, else its first part.
    #[must_use]
    pub fn first_mark(&self) -> Option<Part> {
        let fault = self.remarks.iter().filter(|remark| remark.rule.is_some());
        let fault = fault.filter_map(|remark| remark.range.clone()).find(|range| !range.is_empty());
        let items = self.request.outline.items();
        let decides = |name: &str| {
            let named = items
                .iter()
                .find(|item| item.node.label.eq_ignore_ascii_case(name) && item.node.kind.is_some());
            named.and_then(|item| item.node.range.clone())
        };
        let range = fault
            .or_else(|| decides("content-length"))
            .or_else(|| decides("transfer-encoding"))
            .or_else(|| decides("target"))
            .or_else(|| self.request.leaves.iter().find(|leaf| leaf.own).map(|leaf| leaf.range.clone()))?;
        Some(Part { side: Side::Request, range })
    }
}

impl Stream {
    /// The lines, in the mode in which they were arranged last. `None`: they never were.
    #[must_use]
    pub fn lines(&self) -> Option<&(Mode, Lines)> {
        self.lines.as_ref()
    }

    /// The value of the field `name` of this message. `None`: it has none.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let items = self.outline.items().iter();
        let mut named = items.filter(|item| item.node.kind == Some(SpanKind::FieldName));
        named.find(|item| item.node.label.eq_ignore_ascii_case(name)).map(|item| &*item.node.value)
    }

    /// Bytes of content that are there, without chunk framing.
    #[must_use]
    pub fn content(&self) -> u64 {
        self.body().map(|leaf| leaf.range.end - leaf.range.start).sum()
    }

    /// The spans that are content of this message.
    fn body(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.own && leaf.kind == SpanKind::Body)
    }
}

fn preview(writes: &[Chunk], response: &Stream) -> Preview {
    let content = response.content();
    if content == 0 {
        return Preview::None;
    }
    if let Some(coding) = response.field("content-encoding") {
        return Preview::Opaque(format!("The body is encoded ({coding}), so it is not shown as text."));
    }
    let media_type = response.field("content-type").unwrap_or("application/octet-stream");
    let mut bytes = Vec::new();
    for leaf in response.body() {
        if bytes.len() >= PREVIEW_BYTES {
            break;
        }
        bytes.extend(gather(writes, &leaf.range, PREVIEW_BYTES - bytes.len()));
    }
    if bytes.is_empty() {
        return Preview::Opaque("The bytes of the body were not kept.".to_owned());
    }
    let cut = (bytes.len() as u64) < content;
    match text::body(media_type, &bytes) {
        Some(text) => Preview::Text { text, cut },
        None => Preview::Opaque(format!(
            "{media_type}, {}: not text. Its bytes are in the middle.",
            text::size(content)
        )),
    }
}
