//! Lineage in both directions.

use bytes::BytesMut;

use super::*;
use crate::{
    explain::facts::{Fate, Passage, Source},
    http::{
        Limits, Method, RequestMachine, ResponseMachine,
        encode::{Fields, Persistence},
        forward::{
            Author, ForwardedFields, ForwardedHost, Framer, Origins, Removal, RequestForward,
            ResponseForward, Target, Trailers,
        },
    },
    trace::Lineage,
    wire::{Event, Machine, Silent},
};

const REQUEST: &[u8] = b"\r\nPOST /api/a?b HTTP/1.1\r\nHost: x\r\nConnection: X-Debug\r\nX-Debug: 1\r\nAccept:a\r\nX-Forwarded-For: 9\r\nTransfer-Encoding: chunked\r\n\r\n2;e\r\nhi\r\n0\r\nT: u\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nServer: x\r\nKeep-Alive: 5\r\nContent-Length: 2\r\n\r\nok";

/// The request as it is sent on, with its origins. It arrives at offset `base`.
fn request(base: u64) -> (Vec<u8>, Origins) {
    let mut machine = RequestMachine::starting_at(Limits::UNLIMITED, base);
    let step = machine.advance(REQUEST, &mut Silent).unwrap();
    assert_eq!(step.event, Event::Head);
    let head = machine.take_head();
    let bytes = &REQUEST[usize::try_from(head.start - base).unwrap()..];
    let copied = head.path.start + 4..head.query.as_ref().unwrap().end;
    let message = RequestForward {
        head: &head,
        bytes,
        target: &Target { written: "/v2".into(), copied },
        host: ForwardedHost::Rewritten("b:1"),
        pseudonym: "glass",
        forwarded: ForwardedFields::XForwarded,
        client: [10, 0, 0, 1].into(),
        takes_authorization: false,
        edits: None,
        framing: head.framing,
    };
    let (mut out, mut origins) = (BytesMut::new(), Origins::default());
    message.write(&mut out, Some(&mut origins));
    let framer = Framer::new(head.framing);
    let at = REQUEST.windows(2).position(|part| part == b"hi").unwrap() as u64 + base;
    framer.frame(&b"hi".to_vec().into(), at, |bytes| out.extend_from_slice(&bytes), Some(&mut origins));
    // The trailer field stays behind.
    framer.end(&Trailers::default(), &mut out, Some(&mut origins));
    (out.to_vec(), origins)
}

/// The response as it is sent to a client of HTTP/1.0, with its origins.
fn answer() -> (Vec<u8>, Origins) {
    let mut machine = ResponseMachine::starting_at(0);
    machine.answers(Method::Post);
    let interim = machine.advance(RESPONSE, &mut Silent).unwrap().consumed;
    let step = machine.advance(&RESPONSE[interim..], &mut Silent).unwrap();
    assert_eq!(step.event, Event::Head);
    let mut set = Fields::new();
    set.append("Server", "glass");
    let message = ResponseForward {
        head: machine.head(),
        bytes: &RESPONSE[interim..],
        pseudonym: "glass",
        date: "now",
        framing: Some(machine.head().framing),
        persistence: Persistence::Close,
        set: &set,
        edits: None,
    };
    let (mut out, mut origins) = (BytesMut::new(), Origins::default());
    message.write(&mut out, Some(&mut origins));
    out.extend_from_slice(b"ok");
    origins.add(2, crate::http::forward::Origin::Copied(RESPONSE.len() as u64 - 2));
    (out.to_vec(), origins)
}

/// An exchange whose request and response pass the gateway, the second one of its connection.
fn passed() -> Facts {
    let mut script = Script::default();
    script.open(1).dial(2);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"first"));
    let offset = script.read(1, REQUEST);
    let id = script.request(1, offset, REQUEST, Framing::Chunked);
    let (sent, origins) = request(offset);
    script.forward(id, 2, &sent);
    script.push(2, Some(id), crate::trace::EventKind::Lineage(Lineage::new(0, &origins)));
    script.read(2, RESPONSE);
    let (sent, origins) = answer();
    let start = response(b"first").len() as u64;
    script.push(1, Some(id), crate::trace::EventKind::Lineage(Lineage::new(start, &origins)));
    script.respond(1, id, &sent, None);
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    explained(&store).remove(1).1
}

fn find(stream: &crate::explain::facts::StreamFacts, what: &str) -> u64 {
    let bytes = stream.beginning();
    let index = bytes.windows(what.len()).position(|part| part == what.as_bytes());
    stream.own.start + index.unwrap_or_else(|| panic!("{what}")) as u64
}

/// What became of the byte with which `what` begins.
fn became(passage: &Passage<'_>, what: &str) -> (String, Fate) {
    let (range, fate) = passage.fate(find(passage.arrived, what)).unwrap();
    (String::from_utf8_lossy(passage.arrived.bytes(&range)).into_owned(), fate)
}

#[test]
fn each_byte_that_arrived_went_somewhere_or_has_a_reason() {
    let facts = passed();
    let passage = facts.request_passage(0).unwrap();
    for (what, around, removal) in [
        ("\r\nPOST", "\r\n", Removal::EmptyLine),
        (" /api", " ", Removal::StartLine),
        ("/api", "/api", Removal::Target),
        ("HTTP/1.1", "HTTP/1.1", Removal::StartLine),
        ("Host", "Host: x", Removal::Host),
        ("Connection", "Connection: X-Debug", Removal::OneConnection),
        ("X-Debug: 1", "X-Debug: 1", Removal::NamedByConnection),
        ("X-Forwarded-For", "X-Forwarded-For: 9", Removal::Forwarded),
        ("chunked", "Transfer-Encoding: chunked", Removal::Framing),
        (":a", ":", Removal::Syntax),
        ("2;e", "2", Removal::Chunk),
        (";e", ";e", Removal::Chunk),
        ("T: u", "T", Removal::Trailer),
    ] {
        assert_eq!(became(&passage, what), (around.to_owned(), Fate::Removed(removal)), "{what}");
    }
    let (_, Fate::Sent(range)) = became(&passage, "hi\r\n0") else { panic!("sent") };
    assert_eq!(passage.sent.bytes(&range), b"hi");
    // All of it is accounted for, and what was sent on is what comes from there.
    let all = passage.fates(&passage.arrived.own);
    let mut next = passage.arrived.own.start;
    for (part, fate) in &all {
        assert_eq!(part.start, next);
        next = part.end;
        if let Fate::Sent(range) = fate {
            assert_eq!(passage.sent.bytes(range), passage.arrived.bytes(part));
            assert_eq!(passage.arrived_from(range), std::slice::from_ref(part));
            assert_eq!(passage.sent_to(part), std::slice::from_ref(range));
        }
    }
    assert_eq!(next, passage.arrived.own.end);
    assert!(passage.fate(0).is_none(), "the request before is none of its own");
    let response = facts.response_passage(0).unwrap();
    for (what, removal) in [
        ("103", Removal::Interim),
        ("Link", Removal::Interim),
        ("Server", Removal::Middleware),
        ("Keep-Alive", Removal::OneConnection),
        ("Content-Length", Removal::Framing),
    ] {
        assert_eq!(became(&response, what).1, Fate::Removed(removal), "{what}");
    }
    assert!(facts.request_passage(1).is_none() && facts.response_passage(1).is_none());
}

#[test]
fn each_byte_that_was_sent_on_has_a_source() {
    let facts = passed();
    let passage = facts.request_passage(0).unwrap();
    for (what, author) in [
        ("/v2", Author::Target),
        ("Host", Author::Host),
        ("Via", Author::Via),
        ("X-Forwarded-Proto", Author::Forwarded),
        ("Transfer", Author::Framing),
        ("2\r\nhi", Author::Chunk),
    ] {
        let (range, source) = passage.source(find(passage.sent, what)).unwrap();
        assert_eq!(source, Source::Written(author), "{what}");
        assert!(range.contains(&find(passage.sent, what)));
    }
    let (range, source) = passage.source(find(passage.sent, "/a?b") + 1).unwrap();
    let from = find(passage.arrived, "/a?b");
    assert_eq!((passage.sent.bytes(&range), source), (&b"/a?b"[..], Source::Copied(from..from + 4)));
    for passage in [passage, facts.response_passage(0).unwrap()] {
        for offset in passage.sent.own.clone() {
            assert!(passage.who_wrote(&(offset..offset + 1)).is_some(), "{offset}");
        }
        assert!(passage.source(passage.sent.own.end).is_none());
    }
}

#[test]
fn the_answers_are_sentences() {
    let facts = passed();
    let passage = facts.request_passage(0).unwrap();
    let range = |stream, what: &str| {
        let start = find(stream, what);
        start..start + what.len() as u64
    };
    let became = |what: &str| passage.what_became(&range(passage.arrived, what));
    let debug = became("X-Debug: 1").unwrap();
    assert_eq!((debug.subject.as_str(), debug.section, debug.other), ("X-Debug", "RFC 9110 §7.6.1", None));
    assert_eq!(
        debug.sentence,
        "was named by Connection, so it is for this connection only. A gateway takes it out before it sends \
         the message on."
    );
    assert_eq!(became("HTTP/1.1").unwrap().subject, "");
    assert_eq!(became("X-Debug: 1\r\nAccept"), None, "one was taken out, the other was not");
    let wrote = |what: &str| passage.who_wrote(&range(passage.sent, what));
    let host = wrote("X-Forwarded-Host: x").unwrap();
    assert_eq!((host.section, host.other), ("RFC 7239 §4", None));
    assert_eq!(wrote("/v2/a?b"), None, "two answers");
    let (here, there) = (range(passage.arrived, "a?b"), range(passage.sent, "a?b"));
    // Places count from the beginning of their message.
    let words = |range: &std::ops::Range<u64>, stream: &crate::explain::facts::StreamFacts| {
        let start = stream.message_start(range.start);
        format!("{}.", crate::words::offsets(&(range.start - start..range.end - start)))
    };
    let answer = became("a?b").unwrap();
    assert_eq!(answer.sentence, format!("Sent on as it is, at {}", words(&there, passage.sent)));
    assert_eq!(answer.other, Some(there));
    let answer = wrote("a?b").unwrap();
    assert_eq!(answer.sentence, format!("As it arrived, at {}", words(&here, passage.arrived)));
    assert_eq!(answer.other, Some(here));
}
