//! Prints a message as it was after some of its bytes: where the parser stood, what it waited for, what was known and
//! decided, and what each next byte would have done.

use std::{
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use serde::Serialize;

use crate::{
    base::stream::{ExchangeId, Nanos},
    explain::{
        Facts,
        replay::{Decision, Limits, Moment, Replay, Side, groups, ranges},
    },
    trace::{Cause, Severity},
    words::{count, duration, plural, write_json},
};

use super::{
    Format, Options, ReadError, Which,
    read::{for_each_exchange, ignore_broken_pipe},
    style::{Paint, Tone},
};

/// A place in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The message.
    pub side: Side,
    /// Number of its bytes that were read.
    pub at: u64,
}

/// Prints a message of an exchange in a file as it was at `place`. Returns a sentence on packets that could not be
/// read. `None`: all could.
///
/// # Errors
/// The file cannot be read, or has no such exchange, or the exchange has no such place.
pub fn replay(
    path: &Path,
    place: Place,
    options: Options,
    out: &mut dyn Write,
) -> Result<Option<String>, ReadError> {
    let mut found = None;
    let only = [place.exchange];
    let which = Which { only: &only, filter: None };
    let summary = for_each_exchange(path, which, |_, detail| {
        let facts = Arc::new(Facts::new(detail.clone()));
        found = Replay::new(&facts, None, place.side, Limits::default());
        Ok(())
    })?;
    let unread = summary.unread.clone();
    summary.check(path, &only)?;
    let replay = found.ok_or(ReadError::NothingToReplay(place.side))?;
    let range = replay.range();
    let last = replay.place(range.end);
    if place.at > last {
        return Err(ReadError::NoPlace { side: place.side, asked: place.at, last });
    }
    let moment = replay.at(range.start + place.at);
    let printed = match options.format {
        Format::Text => text(&replay, &moment, place, Paint::new(options.colour), out),
        Format::Json => json(&replay, &moment, place, out),
    };
    ignore_broken_pipe(printed.and_then(|()| out.flush()))?;
    Ok(unread)
}

/// Width of the column of names.
const NAMES: usize = 18;

fn text(replay: &Replay, moment: &Moment, place: Place, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut row = |name: &str, value: &str| {
        writeln!(out, "{} {value}", paint.tone(Tone::Faint, format!("{name:NAMES$}")))
    };
    row("exchange", &format!("{}, {}", place.exchange, place.side.facts().title))?;
    let all = replay.place(replay.range().end);
    row("place", &format!("after byte {} of {}{}", count(place.at), count(all), read_words(replay, moment)))?;
    let stand = moment.stand;
    let since = moment
        .token
        .as_ref()
        .map_or_else(String::new, |(_, range)| format!(", since byte {}", count(replay.place(range.start))));
    row("stands", &format!("{}{since}", stand.title))?;
    row("waits for", stand.waits_for)?;
    let section = if stand.section.is_empty() { String::new() } else { format!(" ({})", stand.section) };
    row("", &format!("{}{section}", stand.about))?;
    row("buffer", &moment.buffer.words())?;
    if let Some(timer) = &moment.timer {
        row(&timer.guard.facts().title.to_lowercase(), &timer.words())?;
    }
    for known in &moment.known {
        let remark = if known.remark.is_empty() { String::new() } else { format!("  ({})", known.remark) };
        row(&known.name, &format!("{}{remark}", known.value))?;
    }
    writeln!(out)?;
    for (index, decision) in replay.decisions().iter().enumerate() {
        let name = format!("byte {}", count(replay.place(decision.at)));
        let words = replay.words(decision);
        let (name, words) = if index >= moment.decided {
            (
                paint.tone(Tone::Faint, format!("{name:NAMES$}")),
                paint.tone(Tone::Faint, format!("{words} (not yet)")),
            )
        } else if replay.is_fault(decision) {
            (format!("{name:NAMES$}"), paint.severity(Severity::Error, words))
        } else {
            (format!("{name:NAMES$}"), words)
        };
        writeln!(out, "{name} {words}")?;
    }
    writeln!(out)?;
    for group in groups(&replay.next_bytes(moment.at)) {
        let bytes = ranges(&group.bytes);
        writeln!(out, "{} {bytes}", paint.tone(Tone::Faint, format!("{}:", group.next.words())))?;
    }
    Ok(())
}

/// The read with the last byte, and when it came.
fn read_words(replay: &Replay, moment: &Moment) -> String {
    let Some(index) = moment.chunk else { return String::new() };
    let (chunk, all) = (&replay.chunks()[index], replay.chunks().len());
    let name = replay.read_name();
    let (number, len) = (chunk.number, plural(chunk.len, "byte"));
    let since = duration(moment.since);
    format!(", in {name} {number} ({} of {all}, {len}), {since} after the first byte", index + 1)
}

/// A moment, for programs. Places count the bytes of the message.
#[derive(Serialize)]
struct MomentJson<'a> {
    exchange: ExchangeId,
    side: Side,
    at: u64,
    of: u64,
    read: Option<ReadJson>,
    stand: StandJson,
    token: Option<TokenJson>,
    buffer: BufferJson,
    known: Vec<KnownJson<'a>>,
    timer: Option<TimerJson>,
    over: Option<u64>,
    rule: Option<&'static str>,
    decisions: Vec<DecisionJson>,
    next: Vec<NextJson>,
}

#[derive(Serialize)]
struct ReadJson {
    number: u64,
    at_ns: Nanos,
    since_ns: u64,
    start: u64,
    len: u64,
}

#[derive(Serialize)]
struct StandJson {
    key: &'static str,
    title: &'static str,
    waits_for: &'static str,
    section: &'static str,
}

#[derive(Serialize)]
struct TokenJson {
    kind: &'static str,
    range: [u64; 2],
}

#[derive(Serialize)]
struct BufferJson {
    done: u64,
    kept: u64,
    token: u64,
    unread: u64,
}

#[derive(Serialize)]
struct KnownJson<'a> {
    name: &'a str,
    value: &'a str,
    remark: &'a str,
}

#[derive(Serialize)]
struct TimerJson {
    guard: &'static str,
    ran_ns: u64,
    limit_ns: Option<u64>,
}

#[derive(Serialize)]
struct DecisionJson {
    at: u64,
    taken: bool,
    text: String,
    section: &'static str,
}

#[derive(Serialize)]
struct NextJson {
    effect: &'static str,
    text: String,
    rule: Option<&'static str>,
    bytes: Vec<u8>,
}

fn json(replay: &Replay, moment: &Moment, place: Place, out: &mut dyn Write) -> io::Result<()> {
    let read = moment.chunk.map(|index| {
        let chunk = &replay.chunks()[index];
        let start = replay.place(chunk.offset.max(replay.range().start));
        ReadJson { number: chunk.number, at_ns: chunk.at, since_ns: moment.since, start, len: chunk.len }
    });
    let decision = |(index, decision): (usize, &Decision)| DecisionJson {
        at: replay.place(decision.at),
        taken: index < moment.decided,
        text: replay.words(decision),
        section: decision.section(),
    };
    let stand = moment.stand;
    let buffer = moment.buffer;
    let json = MomentJson {
        exchange: place.exchange,
        side: place.side,
        at: place.at,
        of: replay.place(replay.range().end),
        read,
        stand: StandJson {
            key: stand.key,
            title: stand.title,
            waits_for: stand.waits_for,
            section: stand.section,
        },
        token: moment.token.as_ref().map(|(kind, range)| TokenJson {
            kind: kind.name(),
            range: [replay.place(range.start), replay.place(range.end)],
        }),
        buffer: BufferJson {
            done: buffer.done,
            kept: buffer.kept,
            token: buffer.token,
            unread: buffer.unread,
        },
        known: moment
            .known
            .iter()
            .map(|known| KnownJson { name: &known.name, value: &known.value, remark: known.remark })
            .collect(),
        timer: moment.timer.map(|timer| TimerJson {
            guard: timer.guard.key(),
            ran_ns: timer.ran,
            limit_ns: timer.limit,
        }),
        over: moment.over.map(|over| replay.place(over)),
        rule: moment.broken.as_ref().map(|broken| broken.rule.key()),
        decisions: replay.decisions().iter().enumerate().map(decision).collect(),
        next: groups(&replay.next_bytes(moment.at))
            .into_iter()
            .map(|group| NextJson {
                effect: group.next.effect().key(),
                text: group.next.words(),
                rule: group.next.rule().map(Cause::key),
                bytes: group.bytes,
            })
            .collect(),
    };
    write_json(&json, out)?;
    out.write_all(b"\n")
}
