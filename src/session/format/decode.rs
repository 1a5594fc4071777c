//! Decodes records into events.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, ExchangeId, Leg, Nanos},
    },
    http::{Framing, Method, Status},
    session::SessionError,
    trace::{
        Cause, Choosing, CloseReason, ConnectionStart, Durations, Encryption, Event, EventKind, FieldChange,
        Guard, Lookup, MiddlewareStep, MiddlewareSteps, Mismatch, Note, NoteKind, Payload, Phase,
        ProtocolKind, RouteAttempt, RouteSummary, Severity, Stage, StepSummary, message_word,
    },
};

use super::{
    attempt::{read_attempt, read_failure, read_group, read_verdicts},
    codes::{code, stream, tag},
    flow::Flow,
    lineage::read_lineage,
    read::{keyed, read_again, read_mark, read_role, read_socket, read_wall_clock},
    tls::read_handshake,
    varint::{COUNT_MAX, Input, Malformed, TOO_LARGE, length, offset},
};

/// Finds the parts of an event that are not in its record: bytes in packets, and lists written before.
pub(crate) trait PayloadSource {
    /// The `len` bytes of a read or a write whose first packet stands `packets` bytes after the batch's first packet.
    /// `None`: the source was told to leave bytes out.
    ///
    /// # Errors
    /// The bytes are not there, or cannot be read.
    fn bytes(&mut self, packets: u64, len: u64) -> Result<Option<Bytes>, SessionError>;

    /// The list at `index` in the body of the block at offset `block` of the segment. `None`: of the block whose
    /// records are being read.
    ///
    /// # Errors
    /// The list is not there, or cannot be read.
    fn list(&mut self, block: Option<u64>, index: u64) -> Result<Arc<[u8]>, SessionError>;

    /// Remembers the list at `index` in the body of the block whose records are being read.
    fn seen(&mut self, index: u64, list: &[u8]);
}

/// Reads records of one connection.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    /// The connection. `None`: the records concern the server as a whole.
    pub conn: Option<ConnId>,
    /// The values that the next record's are relative to.
    pub flow: Flow,
    /// The records that were not read yet.
    pub input: Input<'a>,
    /// Index in the block's body of the first byte after the records.
    pub end: u64,
}

impl Decoder<'_> {
    /// The next event. `None`: all records were read.
    ///
    /// # Errors
    /// The record is malformed, or a part of it that stands elsewhere is missing or cannot be read.
    pub(crate) fn next(&mut self, source: &mut dyn PayloadSource) -> Result<Option<Event>, SessionError> {
        if self.input.is_empty() {
            return Ok(None);
        }
        let at = Nanos::new(offset(&mut self.input, self.flow.at.get())?);
        self.flow.at = at;
        let tag = self.input.byte()?;
        let kind = self.kind(tag & !(tag::SAME_EXCHANGE | tag::EXCHANGE), source)?;
        if tag & tag::EXCHANGE != 0 {
            self.flow.exchange = offset(&mut self.input, self.flow.exchange)?;
        }
        let named = tag & (tag::SAME_EXCHANGE | tag::EXCHANGE) != 0;
        let exchange = ExchangeId::new(self.flow.exchange).filter(|_| named);
        Ok(Some(Event { at, conn: self.conn, exchange, kind }))
    }

    fn kind(&mut self, tag: u8, source: &mut dyn PayloadSource) -> Result<EventKind, SessionError> {
        let input = &mut self.input;
        Ok(match tag {
            tag::EPOCH => EventKind::Epoch(read_wall_clock(input)?),
            tag::LISTENING => {
                EventKind::Listening(keyed(input, ProtocolKind::from_key)?, read_socket(input)?)
            }
            tag::STOPPED => EventKind::Stopped,
            tag::SERVER_MESSAGE => {
                EventKind::ServerMessage(keyed(input, Severity::from_key)?, input.text()?.into())
            }
            tag::OPENED => {
                let role = read_role(input)?;
                let protocol = keyed(input, ProtocolKind::from_key)?;
                ConnectionStart { role, protocol, peer: read_socket(input)?, local: read_socket(input)? }
                    .into()
            }
            tag::BYTES..tag::MESSAGE_STARTED => self.bytes(tag - tag::BYTES, source)?,
            tag::MESSAGE_STARTED..tag::END => {
                let (stream, upstream) = (stream(tag), tag & tag::UPSTREAM != 0);
                let leg = if upstream { Leg::Upstream } else { Leg::Client };
                let offset = offset(input, *self.flow.reached(stream.direction))?;
                EventKind::MessageStarted { leg, stream, offset }
            }
            tag::ENCRYPTED => {
                let handshake = read_handshake(&mut Input::new(&self.list(source)?))?;
                let is_reused = self.input.byte()? != 0;
                EventKind::Encrypted(Box::new(Encryption { handshake, is_reused }))
            }
            tag::DELETED => EventKind::Deleted,
            tag::MARKED => EventKind::Marked(read_mark(input)?),
            tag::SENT_AGAIN => EventKind::SentAgain(read_again(input)?),
            tag::ENCRYPTED_BYTES => EventKind::EncryptedBytes([input.number()?, input.number()?]),
            tag::HALF_CLOSED => EventKind::HalfClosed,
            tag::CLOSED => EventKind::Closed(keyed(input, CloseReason::from_key)?),
            tag::GUARD => EventKind::Guard { kind: keyed(input, Guard::from_key)?, limit: input.number()? },
            tag::MIDDLEWARE => self.middleware(source)?,
            tag::ROUTES_TRIED => {
                let list = self.list(source)?;
                let mut input = Input::new(&list);
                let attempts: Result<Arc<[_]>, _> =
                    (0..length(&mut input)?).map(|_| attempt(&mut input)).collect();
                EventKind::RoutesTried(attempts?)
            }
            tag::LINEAGE => {
                let authors = self.list(source)?;
                EventKind::Lineage(read_lineage(&authors, &mut self.input, &self.flow)?)
            }
            tag::BACKEND_CHOSEN => {
                let (at, number, retry) = (self.flow.at, input.small()?, read_failure(input)?);
                let verdicts = read_verdicts(input, at)?;
                let group = read_group(&mut Input::new(&self.list(source)?))?;
                EventKind::BackendChosen(Arc::new(Choosing { number, retry, group, verdicts }))
            }
            tag::ATTEMPT_ENDED => EventKind::AttemptEnded(Box::new(read_attempt(input, self.flow.at)?)),
            tag::NOTE_ADDED => EventKind::NoteAdded(note(input, &self.flow)?),
            tag::OMITTED => EventKind::Omitted { bytes: offset(input, 0)?, events: offset(input, 0)? },
            stage => EventKind::Stage(self.stage(stage)?),
        })
    }

    /// Reads bytes of a stream; `which` is the tag's lower bits.
    fn bytes(&mut self, which: u8, source: &mut dyn PayloadSource) -> Result<EventKind, SessionError> {
        let stream = stream(which);
        let input = &mut self.input;
        let (offset, len) = moved(input, self.flow.reached(stream.direction))?;
        let payload = if which & tag::DROPPED == 0 {
            source.bytes(input.number()?, len)?.map_or(Payload::Unread(len), Payload::Kept)
        } else {
            Payload::Dropped(len)
        };
        Ok(EventKind::Bytes { stream, offset, payload })
    }

    fn stage(&mut self, which: u8) -> Result<Stage, Malformed> {
        let Flow { incoming, outgoing, .. } = self.flow;
        let input = &mut self.input;
        Ok(match which {
            tag::REQUEST_LINE => {
                let method = range(input, incoming)?;
                let target = range(input, method.end)?;
                Stage::RequestLine { method, target }
            }
            tag::HEAD => {
                let Range { start, end } = range(input, incoming)?;
                Stage::Head { start, end, fields: input.small()?, framing: body(input)? }
            }
            tag::RECEIVED => {
                Stage::Received { word: keyed(input, message_word)?, content: range(input, incoming)? }
            }
            tag::ANSWERED => Stage::Answered { refusal: refusal(input)?, start: offset(input, outgoing)? },
            tag::GUARDS_PASSED => Stage::GuardsPassed,
            tag::CONTINUE => Stage::Continue,
            tag::REQUEST_END => {
                Stage::RequestEnd { end: offset(input, incoming)?, content: offset(input, 0)? }
            }
            tag::RESPONSE_HEAD => {
                let status = Status(input.small()?);
                let refusal = refusal(input)?;
                let Range { start, end } = range(input, outgoing)?;
                Stage::ResponseHead { status, refusal, start, end, framing: body(input)? }
            }
            tag::RESPONSE_SENT => {
                Stage::ResponseSent { end: offset(input, outgoing)?, keep_alive: input.byte()? != 0 }
            }
            tag::ABORTED => Stage::Aborted,
            _ => return Err(Malformed("a record is of no known kind")),
        })
    }

    fn middleware(&mut self, source: &mut dyn PayloadSource) -> Result<EventKind, SessionError> {
        let list = self.list(source)?;
        let mut input = Input::new(&list);
        let list: Result<Arc<[_]>, _> = (0..length(&mut input)?).map(|_| step(&mut input)).collect();
        let list = list?;
        let took: Result<Durations, Malformed> = list.iter().map(|_| self.input.small()).collect();
        Ok(EventKind::Middleware(MiddlewareSteps { list, took: took? }))
    }

    fn list(&mut self, source: &mut dyn PayloadSource) -> Result<Arc<[u8]>, SessionError> {
        match self.input.byte()? {
            0 => {
                let index = self.end - self.input.len() as u64;
                let list = self.input.bytes()?;
                source.seen(index, list);
                Ok(list.into())
            }
            1 => source.list(None, self.input.number()?),
            _ => {
                let block = self.input.number()?;
                source.list(Some(block), self.input.number()?)
            }
        }
    }
}

/// Reads the offset and the length of bytes of a stream.
fn moved(input: &mut Input<'_>, before: &mut u64) -> Result<(u64, u64), Malformed> {
    let (offset, len) = (input.near(*before)?, input.number()?);
    *before = offset.saturating_add(len);
    if *before > COUNT_MAX {
        return Err(TOO_LARGE);
    }
    Ok((offset, len))
}

fn range(input: &mut Input<'_>, from: u64) -> Result<Range<u64>, Malformed> {
    let start = offset(input, from)?;
    let end = offset(input, start)?;
    if end < start { Err(Malformed("a range ends before it begins")) } else { Ok(start..end) }
}

fn body(input: &mut Input<'_>) -> Result<Framing, Malformed> {
    Ok(match input.byte()? {
        0 => Framing::None,
        1 => Framing::Length(input.number()?),
        2 => Framing::Chunked,
        3 => Framing::UntilClose,
        _ => return Err(Malformed("a framing is of no known kind")),
    })
}

fn note(input: &mut Input<'_>, flow: &Flow) -> Result<Note, Malformed> {
    let severity = keyed(input, Severity::from_key)?;
    let span = if input.byte()? == 0 { None } else { Some(range(input, flow.incoming)?) };
    let kind = match input.byte()? {
        code::VIOLATION => {
            let cause = keyed(input, Cause::from_key)?;
            let (found, byte) = (input.byte()? != 0, input.byte()?);
            NoteKind::Violation(cause, found.then_some(byte))
        }
        code::FILE_SHRANK => NoteKind::FileShrank(input.number()?),
        code::FILE_FAILED => NoteKind::FileFailed(input.text()?.into()),
        code::BYTES_AFTER_LAST => NoteKind::BytesAfterLast(input.number()?),
        code::URGENT_BYTE => NoteKind::UrgentByte { byte: input.byte()?, offset: input.number()? },
        code::TROUBLE => NoteKind::Trouble(input.text()?.into()),
        code::TEXT => NoteKind::Text(input.text()?.into()),
        _ => return Err(Malformed("a note is of no known kind")),
    };
    Ok(Note { severity, span: span.map(Box::new), kind })
}

fn step(input: &mut Input<'_>) -> Result<MiddlewareStep, Malformed> {
    let name = input.text()?.to_owned().into();
    let phase = if input.byte()? == 0 { Phase::Request } else { Phase::Response };
    let answered = input.small::<u16>()?.checked_sub(1).map(Status);
    let summary = summary(input)?;
    let changes: Result<Box<[_]>, Malformed> = (0..length(input)?)
        .map(|_| {
            let name = input.text()?.to_owned().into();
            Ok(FieldChange { name, before: optional(input)?, after: optional(input)? })
        })
        .collect();
    Ok(MiddlewareStep { name, phase, answered, summary, changes: changes? })
}

fn summary(input: &mut Input<'_>) -> Result<StepSummary, Malformed> {
    Ok(match input.byte()? {
        code::WORDS => StepSummary::from(input.text()?.to_owned()),
        code::TOKEN_TAKEN => StepSummary::TokenTaken { left: input.small()? },
        code::NO_TOKEN => {
            let wait_secs = match input.number()?.checked_sub(1) {
                Some(secs) => Some(u32::try_from(secs).map_err(|_| TOO_LARGE)?),
                None => None,
            };
            StepSummary::NoToken { wait_secs }
        }
        _ => return Err(Malformed("what a middleware did is of no known kind")),
    })
}

fn optional(input: &mut Input<'_>) -> Result<Option<SharedText>, Malformed> {
    if input.byte()? == 0 { Ok(None) } else { Ok(Some(input.text()?.to_owned().into())) }
}

fn attempt(input: &mut Input<'_>) -> Result<RouteAttempt, Malformed> {
    let method = match input.bytes()? {
        b"" => None,
        token => Some(Method::from_token(token)),
    };
    let pattern = Arc::from(input.text()?);
    let summary = match input.byte()? {
        code::PARAMS => RouteSummary::Params(input.text()?.to_owned().into()),
        code::FOLDER => {
            let (name, key) = (input.text()?.to_owned().into(), input.text()?.to_owned());
            let found = Lookup::from_key(&key, input.number()?).ok_or(Malformed("a name is not known"))?;
            RouteSummary::Folder { name, found }
        }
        code::GROUP => RouteSummary::Group(input.text()?.to_owned().into()),
        _ => return Err(Malformed("what a route leads to is of no known kind")),
    };
    let mismatch = match input.byte()? {
        code::MATCHES => None,
        code::METHOD => Some(Mismatch::Method { found: input.text()?.into() }),
        code::SEGMENT => {
            let index = input.byte()?;
            let expected = input.text()?.to_owned().into();
            Some(Mismatch::Segment { index, expected, found: input.text()?.into() })
        }
        code::TOO_SHORT => Some(Mismatch::TooShort { expected: input.text()?.to_owned().into() }),
        code::TOO_LONG => Some(Mismatch::TooLong { found: input.text()?.into() }),
        _ => return Err(Malformed("a mismatch is of no known kind")),
    };
    Ok(RouteAttempt { method, pattern, mismatch, summary })
}

/// Reads why a message was refused. `None`: it was not.
fn refusal(input: &mut Input<'_>) -> Result<Option<Cause>, Malformed> {
    (input.byte()? != 0).then(|| keyed(input, Cause::from_key)).transpose()
}
