//! The parts of an item (the HTML standard §9.2.5; RFC 7464 §2).

use crate::{
    base::closed_list::closed_list,
    wire::{SpanFacts, SpanRole, Vocabulary},
};

use super::note::Note;

closed_list! {
    /// The part of an item that a span is, in the order of the legend.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum SpanKind: pub SpanFacts {
        /// The byte-order mark at the beginning of a stream.
        ByteOrderMark {
            name: "byte-order mark", role: SpanRole::Version, sample: "BOM ", section: "HTML §9.2.6",
            about: "A byte-order mark (U+FEFF). One at the very beginning is skipped.",
        },
        /// The name of a field.
        FieldName {
            name: "field name", role: SpanRole::Name, sample: "data", section: "HTML §9.2.6",
            about: "The name of a field of the event: data, event, id or retry. All others are ignored.",
        },
        /// The colon after a name, with the space that may follow it.
        Delimiter {
            name: "delimiter", role: SpanRole::Separator, sample: ":   ", section: "HTML §9.2.6",
            about: "The colon. One space after it does not belong to the value.",
        },
        /// The value of a `data` field, or a JSON text.
        Data {
            name: "data", role: SpanRole::Content, sample: "text", section: "HTML §9.2.6",
            about: "The data. Several data fields of one event are one text, with a line feed between two of them.",
        },
        /// The value of an `event` field.
        Type {
            name: "event type", role: SpanRole::Method, sample: "tick", section: "HTML §9.2.6",
            about: "The type of the event: the name that a page listens for. Without one it is message.",
        },
        /// The value of an `id` field.
        Id {
            name: "id", role: SpanRole::Value, sample: "42  ", section: "HTML §9.2.6",
            about: "The id of the event. A client that connects again sends the last one in Last-Event-ID.",
        },
        /// The value of a `retry` field.
        Retry {
            name: "retry", role: SpanRole::Status, sample: "3000", section: "HTML §9.2.6",
            about: "The time in milliseconds after which a client whose stream has ended connects again.",
        },
        /// A line that is ignored.
        Ignored {
            name: "ignored value", role: SpanRole::Unparsed, sample: "x   ", section: "HTML §9.2.6",
            about: "The value of a field that is ignored.",
        },
        /// A comment, with its colon.
        Comment {
            name: "comment", role: SpanRole::Trailer, sample: ":ok ", section: "HTML §9.2.6",
            about: "A comment: a line that begins with a colon. It is ignored, and keeps a quiet connection alive.",
        },
        /// The end of a line: LF, CR LF, or CR alone.
        LineEnd {
            name: "end of line", role: SpanRole::Separator, sample: "␊   ", section: "HTML §9.2.5",
            about: "The end of a line: LF, CR LF, or CR alone.",
        },
        /// The empty line after the fields of an event.
        Dispatch {
            name: "end of event", role: SpanRole::Framing, sample: "␊   ", section: "HTML §9.2.6",
            about: "The empty line: the event is complete, and reaches whoever listens if it has data.",
        },
        /// The byte before each text of a JSON text sequence.
        Separator {
            name: "record separator", role: SpanRole::Framing, sample: "␞   ", section: "RFC 7464 §2.2",
            about: "The record separator (0x1E): a JSON text begins after it.",
        },
        /// Bytes that break a rule. There are none in these formats.
        Malformed {
            name: "malformed", role: SpanRole::Fault, sample: "!   ", section: "",
            about: "The bytes that break a rule of the format.",
        },
        /// Bytes that nobody read.
        Unparsed {
            name: "not parsed", role: SpanRole::Unparsed, sample: "?   ", section: "",
            about: "These bytes were not read, since bytes before them were not kept.",
        },
    }
}

impl Vocabulary for SpanKind {
    type Note = Note;
    const CONTENT: Self = Self::Data;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}
