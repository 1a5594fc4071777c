//! The words in a row.

use std::{borrow::Cow, time::SystemTime};

use crate::{
    base::calendar::timestamp_micros,
    http::Status,
    list::{Column, Row},
    store::{FrameCounts, ItemCounts, Outcome},
    trace::{Cause, Severity},
    ui::theme::Palette,
    words,
};

/// The words in a column that shows one value of a row as it is.
pub(super) fn cell_words(column: Column, row: &Row) -> Cow<'_, str> {
    let Row::Exchange {
        id, conn, again, media_type, waited, notes, request_bytes, started, bytes, mark, ..
    } = row
    else {
        return "".into();
    };
    let size = |bytes: u64| -> Cow<'static, str> {
        if bytes == 0 { "—".into() } else { words::size(bytes).into() }
    };
    match column {
        Column::Number => id.to_string().into(),
        Column::Conn => conn.to_string().into(),
        Column::Start => started.map_or_else(|| "—".into(), |started| time_of_day(started).into()),
        Column::Type if media_type.is_empty() => "—".into(),
        Column::Type => (&**media_type).into(),
        Column::Waited => waited.map_or_else(|| "—".into(), |waited| words::duration(waited).into()),
        Column::In => size(*request_bytes),
        Column::Out => size(*bytes),
        Column::Notes => notes.0.to_string().into(),
        Column::From => (if again.is_some() { "again" } else { "client" }).into(),
        Column::Comment => mark.as_ref().map_or("", |mark| &mark.comment).into(),
        Column::Method | Column::Target | Column::Status | Column::Duration => "".into(),
    }
}

/// The colour of these words.
pub(super) fn cell_color(column: Column, row: &Row, palette: &Palette) -> egui::Color32 {
    match (column, row) {
        (Column::Notes, Row::Exchange { notes: (_, Some(severity)), .. }) => match severity {
            Severity::Error => palette.error,
            Severity::Warning => palette.warn,
            Severity::Info => palette.text,
        },
        _ => palette.dim,
    }
}

/// The time of day in UTC, to the millisecond: `14:03:01.771`.
fn time_of_day(time: SystemTime) -> String {
    let all = timestamp_micros(time);
    let start = all.find('T').map_or(0, |at| at + 1);
    all.get(start..start + 12).unwrap_or_default().to_owned()
}

/// The target as far as it is known.
pub(super) fn target_words(target: &str, opening: &str, refusal: Option<Cause>, outcome: Outcome) -> String {
    match (target.is_empty(), outcome) {
        (false, Outcome::HeadIncomplete) => format!("{target} …"),
        (false, _) => target.to_owned(),
        (true, _) if refusal.is_some() || opening.is_empty() => String::new(),
        (true, _) => format!("{opening} …"),
    }
}

/// A sentence on the fault of the message itself. Empty: the message is well-formed, though the request may
/// be refused for other reasons.
pub(super) fn fault(target: &str, refusal: Option<Cause>, outcome: Outcome) -> &'static str {
    match refusal {
        Some(cause) if target.is_empty() || cause.class().is_some() => cause.sentence(),
        _ if outcome == Outcome::Aborted => "ended early",
        _ => "",
    }
}

/// A connection that has become a WebSocket.
pub(super) fn websocket_words(FrameCounts { frames, has_gap, .. }: FrameCounts) -> String {
    let least = if has_gap { "at least " } else { "" };
    format!("WebSocket, {least}{}", words::plural(frames, "frame"))
}

/// A connection whose latest response is a stream of events or of JSON texts.
pub(super) fn stream_words(ItemCounts { format, count, is_partial }: ItemCounts) -> String {
    let facts = format.facts();
    let name = words::capitalized(facts.name);
    match (is_partial, count) {
        (true, 0) => name,
        (true, count) => format!("{name}, at least {}", words::plural(count, facts.item)),
        (false, count) => format!("{name}, {}", words::plural(count, facts.item)),
    }
}

/// The status as shown in its column, and in words.
pub(super) fn status_words(
    status: Option<Status>,
    refusal: Option<Cause>,
    outcome: Outcome,
) -> (String, String) {
    let (short, words) = match (status, outcome) {
        (Some(status), _) => return (status.0.to_string(), status.0.to_string()),
        (None, Outcome::Aborted) => ("—", "no response"),
        (None, Outcome::Done) if refusal.is_some() => ("err", "refused"),
        (None, Outcome::Done) => ("done", "answered"),
        (None, _) => ("···", "no response yet"),
    };
    (short.to_owned(), words.to_owned())
}
