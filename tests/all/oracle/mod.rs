//! Other readings of the same bytes: requests that nobody thought of, read by our machine and by
//! `httparse`; responses that our encoder wrote, read by `httparse`, a strict client and our own machine.
//!
//! Where two readings differ, one of them is wrong, or the difference is in a table here with the clause
//! that makes ours right. Each case of the tables is met, so that none outlives its reason.

mod request;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
};

use byteglass::{
    http::{
        Framing, Leniencies, Method, RequestMachine, Rule, Status,
        encode::{self, Fields, Persistence},
        head::slice,
        replay,
    },
    testing::LIMITS,
    wire::{Event, Machine as _, Silent},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use request::{Request, request};

use crate::strict;

/// Generated cases for each seed.
const CASES: u32 = 4000;

/// The seeds that are the same each time. One more is drawn, and printed.
const SEEDS: [u64; 4] = [1, 2, 3, 4];

/// Where we refuse what httparse reads, and the clause that asks for it.
const STRICTER: &[(Rule, &str)] = &[
    (Rule::BareLineFeed, "RFC 9112 §2.2: to recognise a single LF as a line terminator is a MAY"),
    (Rule::TargetForm, "RFC 9112 §3.2: a target has one of four forms"),
    (Rule::TargetCharacter, "RFC 9112 §3.2: a target holds what a URI can hold"),
    (Rule::TargetUserInfo, "RFC 9110 §4.2.4: userinfo in a target is an error"),
    (Rule::TargetScheme, "RFC 9110 §7.4: https needs a secured connection"),
    (Rule::MethodTooLong, "RFC 9112 §3: a method longer than any that is implemented SHOULD be a 501"),
    (Rule::HostMissing, "RFC 9112 §3.2: 400 to a request that lacks Host"),
    (Rule::HostRepeated, "RFC 9112 §3.2: 400 to more than one Host field line"),
    (Rule::HostMalformed, "RFC 9112 §3.2: 400 to an invalid Host"),
    (Rule::LengthMalformed, "RFC 9112 §6.3: an invalid Content-Length is an unrecoverable error"),
    (Rule::LengthRepeated, "RFC 9112 §6.3: a list of lengths, rejected as it may be"),
    (Rule::LengthOverflow, "RFC 9110 §8.6: prevent integer conversion overflows"),
    (Rule::LengthAndChunked, "RFC 9112 §6.1: a server MAY reject a request that contains both"),
    (Rule::CodingMalformed, "RFC 9112 §6.3: 400 where the final coding is not chunked"),
    (Rule::CodingNotImplemented, "RFC 9112 §6.1: 501 to a coding it does not understand"),
    (Rule::CodingBeforeHttp11, "RFC 9112 §6.1: Transfer-Encoding before HTTP/1.1 is faulty framing"),
    (Rule::ExpectationUnknown, "RFC 9110 §10.1.1: 417 to another expectation"),
    (Rule::BodyTooLarge, "RFC 9110 §15.5.14: 413 before the body comes"),
];

/// Where we read what httparse refuses.
const WIDER: &[(&str, &str)] = &[(
    "invalid HTTP version",
    "RFC 9110 §2.5: a higher minor version is processed as the highest that is known",
)];

/// What was made of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    Head { method: Vec<u8>, target: Vec<u8>, minor: u8, fields: Vec<(Vec<u8>, Vec<u8>)> },
    Partial,
    Ours(Rule),
    Theirs(String),
}

#[test]
fn requests_mean_what_another_reader_takes_them_for() {
    let met = RefCell::new(BTreeSet::new());
    for seed in SEEDS {
        run(seed, request(), |bytes| compare(bytes, &met));
    }
    let unmet: Vec<&str> = STRICTER
        .iter()
        .map(|(rule, clause)| (format!("{rule:?}"), *clause))
        .chain(WIDER.iter().map(|(reason, clause)| ((*reason).to_owned(), *clause)))
        .filter_map(|(case, clause)| (!met.borrow().contains(&case)).then_some(clause))
        .collect();
    assert_eq!(unmet, Vec::<&str>::new(), "no generated request is about these");
    run(drawn_seed(), request(), |bytes| compare(bytes, &met));
}

#[test]
fn responses_are_read_as_they_were_written() {
    for seed in SEEDS.into_iter().chain([drawn_seed()]) {
        run(seed, response(), Response::check);
    }
}

fn drawn_seed() -> u64 {
    let seed = RandomState::new().hash_one("a seed");
    println!("seed drawn: {seed}");
    seed
}

fn run<T: std::fmt::Debug>(
    seed: u64,
    strategy: impl Strategy<Value = T>,
    check: impl Fn(&T) -> Result<(), String>,
) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&strategy, |value| check(&value).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("seed {seed}: {reason}\nfor {value:?}"),
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

/// Whether both readings agree, or differ as they may. `met`: the cases of the tables that were seen.
fn compare(request: &Request, met: &RefCell<BTreeSet<String>>) -> Result<(), String> {
    let bytes = &request.0;
    let (ours, theirs) = (read_by_us(bytes), read_by_them(bytes));
    let known = match (&ours, &theirs) {
        (Reading::Ours(rule), Reading::Head { .. }) => {
            STRICTER.iter().any(|(known, _)| known == rule).then(|| format!("{rule:?}"))
        }
        (Reading::Head { .. }, Reading::Theirs(reason)) => {
            WIDER.iter().any(|(known, _)| known == reason).then(|| reason.clone())
        }
        // Neither takes it; or it cannot become a request any more, which one says at once and the other
        // when the head is complete.
        (Reading::Ours(_), Reading::Theirs(_) | Reading::Partial) => Some(String::new()),
        (Reading::Partial, Reading::Theirs(reason)) => {
            let whole = [bytes, &b"\r\n\r\n"[..]].concat();
            let refused = matches!(read_by_us(&whole), Reading::Ours(_));
            let wider = WIDER.iter().any(|(known, _)| known == reason);
            (refused || wider).then(String::new)
        }
        (ours, theirs) => (ours == theirs).then(String::new),
    };
    let Some(case) = known else { return Err(format!("ours {ours:?}, theirs {theirs:?}")) };
    met.borrow_mut().insert(case);
    Ok(())
}

fn read_by_us(bytes: &[u8]) -> Reading {
    let mut machine = RequestMachine::new(LIMITS);
    let mut rest = bytes;
    loop {
        match machine.advance(rest, &mut Silent) {
            Err(violation) => return Reading::Ours(violation.rule),
            Ok(step) if step.event == Event::NeedData => return Reading::Partial,
            Ok(step) if step.event == Event::Head => {
                let head = machine.head();
                let start = usize::try_from(head.start).unwrap();
                let own = &bytes[start..];
                let of = |range| slice(own, range).to_vec();
                return Reading::Head {
                    method: of(&head.method_range),
                    target: of(&head.target),
                    minor: head.version.minor,
                    fields: head.fields.iter().map(|field| (of(&field.name), of(&field.value))).collect(),
                };
            }
            Ok(step) => rest = &rest[step.consumed..],
        }
    }
}

fn read_by_them(bytes: &[u8]) -> Reading {
    let mut headers = [httparse::EMPTY_HEADER; 200];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Err(error) => Reading::Theirs(error.to_string()),
        Ok(httparse::Status::Partial) => Reading::Partial,
        Ok(httparse::Status::Complete(_)) => Reading::Head {
            method: request.method.unwrap().into(),
            target: request.path.unwrap().into(),
            minor: request.version.unwrap(),
            fields: fields(request.headers),
        },
    }
}

fn fields(headers: &[httparse::Header<'_>]) -> Vec<(Vec<u8>, Vec<u8>)> {
    headers.iter().map(|header| (header.name.into(), header.value.trim_ascii().into())).collect()
}

/// A response as the server might make one.
#[derive(Clone, Debug)]
struct Response {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    chunk_bytes: Option<usize>,
    persistence: Persistence,
    method: &'static str,
}

fn response() -> impl Strategy<Value = Response> {
    let status = select(vec![200, 201, 204, 205, 301, 304, 400, 403, 404, 418, 426, 431, 500, 503, 599]);
    let name = select(vec![
        "X-A",
        "Upgrade",
        "Cache-Control",
        "Date",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
    ]);
    // What comes from a path or a setting: anything.
    let field = (name.prop_map(str::to_owned), any::<String>());
    let persistence = select(vec![Persistence::Close, Persistence::Keep, Persistence::KeepAlive]);
    let chunks = proptest::option::of(1..40_usize);
    (
        status,
        vec(field, 0..6),
        vec(any::<u8>(), 0..200),
        chunks,
        persistence,
        select(vec!["GET", "HEAD", "POST"]),
    )
        .prop_map(|(status, fields, body, chunk_bytes, persistence, method)| Response {
            status,
            fields,
            body,
            chunk_bytes,
            persistence,
            method,
        })
}

impl Response {
    /// Writes it, and reads it by three readers.
    fn check(&self) -> Result<(), String> {
        let bodiless = self.status == 204 || self.status == 304 || self.method == "HEAD";
        let written = self.written(bodiless);
        let strict = strict_reading(&written, self.method)?;
        if strict.status != self.status || strict.body != (if bodiless { &[] } else { &self.body[..] }) {
            return Err(format!("the strict client read {strict:?}"));
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(&written).map_err(|error| error.to_string())?;
        let (code, theirs) = (response.code, fields(response.headers));
        let lines =
            strict.fields.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()));
        if parsed.is_partial() || code != Some(self.status) || theirs != lines.collect::<Vec<_>>() {
            return Err(format!("httparse read {code:?} {theirs:?}"));
        }
        let read = replay::responses(
            &written,
            0,
            &[Method::from_token(self.method.as_bytes())],
            true,
            Leniencies::NONE,
        );
        match &read.messages[..] {
            [one] if read.violation.is_none() && one.complete && one.content == strict.body.len() as u64 => {
                Ok(())
            }
            _ => Err(format!("our machine read {read:?}")),
        }
    }

    fn written(&self, bodiless: bool) -> Vec<u8> {
        let mut fields = Fields::new();
        for (name, value) in &self.fields {
            fields.append(name.clone(), value.clone());
        }
        let framing = match self.chunk_bytes {
            Some(_) => Framing::Chunked,
            None => Framing::Length(self.body.len() as u64),
        };
        let mut written = Vec::new();
        let date = "Tue, 02 Jan 2024 03:04:05 GMT";
        encode::head(&mut written, Status(self.status), &fields, framing, self.persistence, date);
        match self.chunk_bytes {
            _ if bodiless => {}
            None => written.extend_from_slice(&self.body),
            Some(len) => {
                for chunk in self.body.chunks(len) {
                    encode::chunk_head(&mut written, chunk.len());
                    written.extend_from_slice(chunk);
                    written.extend_from_slice(encode::CHUNK_END);
                }
                written.extend_from_slice(encode::LAST_CHUNK);
            }
        }
        written
    }
}

/// By the strict client, which also asks for fields that only a whole server sends.
fn strict_reading(bytes: &[u8], method: &str) -> Result<strict::Message, String> {
    let mut messages = strict::framed(bytes, &[method.to_owned()], true)?.messages;
    if messages.len() == 1 { Ok(messages.remove(0)) } else { Err(format!("{} messages", messages.len())) }
}
