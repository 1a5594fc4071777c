//! The times of an exchange as HAR divides them.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    base::stream::{ConnId, Nanos},
    store::model::{Attempt, Detail, Exchange},
    trace::Stage,
};

/// Times in milliseconds.
#[derive(Debug)]
pub(super) struct Timings {
    /// The time until the exchange had a connection to a backend, and those of making it. `None`: byteglass answered
    /// itself.
    upstream: Option<(f64, Making)>,
    send: f64,
    wait: f64,
    receive: f64,
}

/// The times of making a connection. Each is `None` if there was no such step.
#[derive(Clone, Copy, Debug, Default)]
struct Making {
    /// The time until the address was known. A name alone has to be looked up.
    dns: Option<f64>,
    /// "Time required to create TCP connection", with the time of the TLS handshake.
    connect: Option<f64>,
    /// "Time required for SSL/TLS negotiation."
    ssl: Option<f64>,
}

impl Timings {
    /// The times of an exchange. Of one that was passed on, they are those of the last attempt that a backend
    /// answered.
    pub(super) fn of(detail: &Detail) -> Self {
        Self::of_upstream(detail).unwrap_or_else(|| Self::of_client(detail))
    }

    fn of_client(detail: &Detail) -> Self {
        let exchange = &detail.exchange;
        // What follows a head that opens a tunnel is no part of the message.
        let (mut asked_end, mut answer_end) = (exchange.request.end, None);
        let mut answered = exchange.latest;
        for (at, stage) in &exchange.stages {
            match stage {
                Stage::Head { end, .. } if is_tunnel(exchange) => asked_end = *end,
                Stage::ResponseHead { end, .. } => {
                    answered = *at;
                    answer_end = is_tunnel(exchange).then_some(*end);
                }
                _ => {}
            }
        }
        // When the last byte arrived, not when it was handled: a request is routed before its end is reported.
        let last = detail.reads.iter().rev().find(|read| read.offset < asked_end);
        let sent = last.map_or(exchange.began, |read| read.until).max(exchange.began);
        // A response may begin before the request is complete.
        let answered = answered.max(sent);
        let last = answer_end.and_then(|end| detail.writes.iter().rev().find(|write| write.offset < end));
        let received = last.map_or(exchange.latest, |write| write.at).max(answered);
        Self {
            upstream: None,
            send: ms(exchange.began, sent),
            wait: ms(sent, answered),
            receive: ms(answered, received),
        }
    }

    fn of_upstream(detail: &Detail) -> Option<Self> {
        let exchange = &detail.exchange;
        let (attempt, record) = exchange.attempts.iter().rev().find_map(|attempt| {
            let (_, record) = attempt.ended.as_ref()?;
            record.first_byte.map(|_| (attempt, record))
        })?;
        let (connected, first_byte) = (record.connected?, record.first_byte?);
        let (making, ready) = making(detail, attempt, connected);
        // A response may begin before the request is complete.
        let sent = record.body_sent.unwrap_or(first_byte).min(first_byte).max(ready);
        let begun = if record.idle.is_some() { connected } else { attempt.at };
        Some(Self {
            upstream: Some((ms(exchange.began, begun), making)),
            send: ms(ready, sent),
            wait: ms(sent, first_byte),
            receive: ms(first_byte, exchange.latest),
        })
    }

    /// "This is the sum of all timings available in the timings object (i.e. not including -1 values)."
    pub(super) fn sum(&self) -> f64 {
        let (blocked, making) = self.upstream.unwrap_or_default();
        // "If this field is defined then the time is also included in the connect field": that of TLS is no more.
        let made = making.dns.unwrap_or_default() + making.connect.unwrap_or_default();
        blocked + made + self.send + self.wait + self.receive
    }

    /// The `timings` object. "Use -1 if the timing does not apply to the current request."
    pub(super) fn json(&self) -> Value {
        let Self { upstream, send, wait, receive } = self;
        let Some((blocked, making)) = upstream else {
            return json!({ "send": send, "wait": wait, "receive": receive });
        };
        let or_none = |time: Option<f64>| time.map_or_else(|| json!(-1), Value::from);
        let [dns, connect, ssl] = [making.dns, making.connect, making.ssl].map(or_none);
        json!({
            "blocked": blocked, "dns": dns, "connect": connect, "ssl": ssl,
            "send": send, "wait": wait, "receive": receive,
        })
    }
}

/// Whether both ends speak another protocol after this exchange: RFC 9110 §15.2.2 and §9.3.6.
pub(super) fn is_tunnel(exchange: &Exchange) -> bool {
    let connects = &*exchange.method == "CONNECT";
    exchange.status.is_some_and(|status| status.opens_tunnel(connects))
}

/// The times of making the connection of an attempt, which was there at `connected`, and when it was ready for the
/// request.
fn making(detail: &Detail, attempt: &Attempt, connected: Nanos) -> (Making, Nanos) {
    let record = attempt.ended.as_ref().map(|(_, record)| record).filter(|record| record.idle.is_none());
    let Some(record) = record else { return (Making::default(), connected) };
    let leg = detail.upstream.iter().find(|leg| Some(leg.leg.conn) == record.conn);
    // The connection is dialed once its address is known. An address needs no look-up.
    let opened = leg.map_or(attempt.at, |leg| leg.opened.max(attempt.at).min(connected));
    let backend = attempt.choosing.backend();
    let is_name = backend.is_some_and(|backend| backend.address.parse::<SocketAddr>().is_err());
    let tls = leg.and_then(|leg| leg.leg.tls.as_deref());
    let secured = tls.map_or(connected, |tls| tls.ended.max(connected));
    let making = Making {
        dns: is_name.then(|| ms(attempt.at, opened)),
        connect: Some(ms(if is_name { opened } else { attempt.at }, secured)),
        ssl: tls.map(|tls| ms(tls.began, tls.ended)),
    };
    (making, secured)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use std::sync::Arc;

    use super::*;
    use crate::{
        gateway::{Policy, Reason, Verdict},
        http::Framing,
        store::Store,
        testing::{
            attempts::group,
            script::{MS, Script, response},
        },
        trace::{Choosing, EventKind, GroupRecord, Handshake},
    };

    /// The times of an exchange that was passed on over TLS, on a connection that was made for it to a backend at
    /// `address`, 1 ms after it was looked up, and in a handshake of 4 ms after a connect of 2 ms.
    fn over_tls(address: &str) -> Timings {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, get);
        let id = script.request(1, offset, get, Framing::None);
        let mut group = GroupRecord::clone(&group(Policy::RoundRobin, 1));
        group.backends[0].address = address.to_owned().into();
        let verdicts = [Verdict::Chosen(Reason::InTurn)].into();
        let choosing = Choosing { number: 1, retry: None, group: Arc::new(group), verdicts };
        script.push(1, Some(id), EventKind::BackendChosen(Arc::new(choosing)));
        script.wait(MS).dial(2);
        let connected = script.wait(2 * MS).at;
        let ended = script.wait(4 * MS).at;
        let handshake = Handshake { began: connected, ended, is_open: true, ..Handshake::default() };
        script.encrypt(id, 2, &Arc::new(handshake));
        script.forward(id, 2, get);
        script.wait(5 * MS).attempted(1, id, 1, 2, Ok(()));
        if let Some(EventKind::AttemptEnded(record)) = script.events.last_mut().map(|event| &mut event.kind) {
            (record.connected, record.body_sent, record.first_byte) =
                (Some(connected), Some(ended), Some(ended + 5 * MS));
        }
        script.respond(1, id, &response(b"hi"), None);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        Timings::of(&store.detail(id).unwrap())
    }

    #[test]
    fn the_time_of_tls_is_a_part_of_that_of_the_connection() {
        let timings = over_tls("127.0.0.1:443");
        let expected = json!({
            "blocked": 0.0, "dns": -1, "connect": 7.0, "ssl": 4.0, "send": 0.0, "wait": 5.0, "receive": 0.0
        });
        assert_eq!(timings.json(), expected);
        assert!((timings.sum() - 12.0).abs() < 1e-9, "{timings:?}");
    }

    #[test]
    fn only_a_name_is_looked_up() {
        let timings = over_tls("api.test:443");
        let expected = json!({
            "blocked": 0.0, "dns": 1.0, "connect": 6.0, "ssl": 4.0, "send": 0.0, "wait": 5.0, "receive": 0.0
        });
        assert_eq!(timings.json(), expected);
        assert!((timings.sum() - 12.0).abs() < 1e-9, "{timings:?}");
    }
}
