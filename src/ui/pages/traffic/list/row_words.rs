//! The words in a row.

use crate::{
    http::Status,
    store::{FrameCounts, Outcome},
    trace::Cause,
    words,
};

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
