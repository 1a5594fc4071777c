//! The times of an exchange as HAR divides them.

use serde_json::{Value, json};

use crate::{
    base::stream::{ConnId, Nanos},
    store::model::Detail,
    trace::Stage,
};

/// Times in milliseconds.
#[derive(Debug)]
pub(super) struct Timings {
    /// The time until the exchange had a connection to a backend, and that of making one (`None`: it was used again).
    /// `None`: byteglass answered itself.
    upstream: Option<(f64, Option<f64>)>,
    send: f64,
    wait: f64,
    receive: f64,
}

impl Timings {
    /// The times of an exchange. Of one that was passed on, they are those of the last attempt that a backend
    /// answered.
    pub(super) fn of(detail: &Detail) -> Self {
        Self::of_upstream(detail).unwrap_or_else(|| Self::of_client(detail))
    }

    fn of_client(detail: &Detail) -> Self {
        let exchange = &detail.exchange;
        // When the last byte arrived, not when it was handled: a request is routed before its end is reported.
        let last = detail.reads.iter().rev().find(|read| read.offset < exchange.request.end);
        let sent = last.map_or(exchange.began, |read| read.at).max(exchange.began);
        let head = exchange.stages.iter().find(|(_, stage)| matches!(stage, Stage::ResponseHead { .. }));
        // A response may begin before the request is complete.
        let answered = head.map_or(exchange.latest, |(at, _)| *at).max(sent);
        Self {
            upstream: None,
            send: ms(exchange.began, sent),
            wait: ms(sent, answered),
            receive: ms(answered, exchange.latest),
        }
    }

    fn of_upstream(detail: &Detail) -> Option<Self> {
        let exchange = &detail.exchange;
        let (attempt, record) = exchange.attempts.iter().rev().find_map(|attempt| {
            let (_, record) = attempt.ended.as_ref()?;
            record.first_byte.map(|_| (attempt, record))
        })?;
        let (connected, first_byte) = (record.connected?, record.first_byte?);
        // A response may begin before the request is complete.
        let sent = record.body_sent.unwrap_or(first_byte).min(first_byte).max(connected);
        let begun = if record.idle.is_some() { connected } else { attempt.at };
        Some(Self {
            upstream: Some((
                ms(exchange.began, begun),
                record.idle.is_none().then(|| ms(attempt.at, connected)),
            )),
            send: ms(connected, sent),
            wait: ms(sent, first_byte),
            receive: ms(first_byte, exchange.latest),
        })
    }

    /// "This is the sum of all timings available in the timings object (i.e. not including -1 values)."
    pub(super) fn sum(&self) -> f64 {
        let (blocked, connect) = self.upstream.unwrap_or_default();
        blocked + connect.unwrap_or_default() + self.send + self.wait + self.receive
    }

    /// The `timings` object. "Use -1 if the timing does not apply to the current request."
    pub(super) fn json(&self) -> Value {
        let Self { upstream, send, wait, receive } = self;
        let Some((blocked, connect)) = upstream else {
            return json!({ "send": send, "wait": wait, "receive": receive });
        };
        let connect = connect.map_or_else(|| json!(-1), Value::from);
        json!({
            "blocked": blocked, "dns": -1, "connect": connect, "ssl": -1,
            "send": send, "wait": wait, "receive": receive,
        })
    }
}

/// The backend of an exchange. `None`: byteglass answered itself.
pub(super) fn upstream(detail: &Detail) -> Option<Value> {
    let exchange = &detail.exchange;
    let last = exchange.attempts.last()?;
    let backend = last.backend();
    let record = last.ended.as_ref().map(|(_, record)| record);
    let mut made = json!({
        "group": &*last.choosing.group.name,
        "backend": backend.map(|backend| &*backend.name),
        "address": backend.map(|backend| &*backend.address),
        "connection": record.and_then(|record| record.conn).as_ref().map(ConnId::to_string),
        "attempts": exchange.attempt_count(),
    });
    if let Some(failure) = record.and_then(|record| record.failure) {
        made["failure"] = failure.key().into();
    }
    Some(made)
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of an exchange, to the microsecond")]
fn ms(from: Nanos, to: Nanos) -> f64 {
    (to.saturating_sub(from) / 1_000) as f64 / 1_000.0
}
