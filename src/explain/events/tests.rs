#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use crate::{
    events::Path,
    explain::Facts,
    http::{Framing, Status},
    store::Store,
    testing::script::{MS, Script},
    trace::{Payload, Stage},
};

use super::{join::Join, *};

const REQUEST: &[u8] = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A piece of a response: sent, or sent and not kept.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Kept(&'a [u8]),
    Dropped(u64),
}

/// The facts about a response with these fields, whose body is written in these pieces, each 10 ms after the one before.
fn facts(fields: &str, framing: Framing, pieces: &[Sent<'_>], is_closed: bool) -> Facts {
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, REQUEST);
    let id = script.request(1, offset, REQUEST, Framing::None);
    let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let end = head.len() as u64;
    script.stage(1, id, Stage::ResponseHead { status: Status(200), refusal: None, start: 0, end, framing });
    script.write(1, head.as_bytes());
    let mut at = end;
    for piece in pieces {
        script.wait(10 * MS);
        match piece {
            Sent::Kept(bytes) => at = script.write(1, bytes) + bytes.len() as u64,
            Sent::Dropped(len) => {
                let kind = crate::trace::EventKind::bytes(Direction::Sent, at, Payload::Dropped(*len));
                script.push(1, None, kind);
                script.skip_sent(1, *len);
                at += len;
            }
        }
    }
    if is_closed {
        script.close(1, crate::trace::CloseReason::Client);
    }
    let mut store = Store::new(1 << 28);
    script.batch().events.into_iter().for_each(|event| store.take(event));
    Facts::new(store.detail(id).unwrap())
}

fn chunked(content_type: &str, pieces: &[&[u8]]) -> Facts {
    let fields = format!("Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n");
    let framed: Vec<Vec<u8>> = pieces
        .iter()
        .map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat())
        .collect();
    let framed: Vec<Sent<'_>> = framed.iter().map(|piece| Sent::Kept(piece)).collect();
    facts(&fields, Framing::Chunked, &framed, false)
}

/// The rows: milliseconds, the writes, the type and the data.
fn rows(stream: &EventStream) -> Vec<String> {
    (0..stream.rows())
        .map(|index| {
            let row = stream.row(index).unwrap();
            let open = if stream.is_open(index) { " open" } else { "" };
            let [first, last] = row.chunks;
            let (kind, data) = (type_words(stream, &row.item), data_words(stream, row));
            format!("{} {first}-{last} {kind} {data}{open}", row.at.get() / MS)
        })
        .collect()
}

#[test]
fn events_are_read_across_chunks_with_their_times() {
    let facts = chunked(
        "text/event-stream; charset=utf-8",
        &[
            b": hello\n\nda",
            b"ta: one\nid: 7\n",
            b"\nevent: tick\ndata: two\ndata\n\n",
            b"retry: 9\n\ndata: thr",
        ],
    );
    let [stream] = &facts.events[..] else { panic!("{:?}", facts.events.len()) };
    assert_eq!(
        rows(stream),
        [
            "10 2-2 comment  hello",
            "30 2-4 message one",
            "30 4-4 tick two␊",
            "40 5-5 no event ",
            "40 5-5 no event  open"
        ],
    );
    let words = |row: usize| about(stream, row, stream.row(row).unwrap()).0;
    assert_eq!(
        words(1),
        "An event of type message with 3 bytes of data. A client that connects again sends Last-Event-ID: 7."
    );
    assert_eq!(words(2), "An event of type tick with 4 bytes in 2 lines of data.");
    assert_eq!(words(4), "The empty line that ends the event has not come yet.");
    assert_eq!(stream.content(stream.last_id.as_ref().unwrap(), 9), &b"7"[..]);
    assert_eq!((stream.retry, stream.comments, stream.timing.count), (Some(9), 1, 2));
    assert_eq!((stream.timing.to_first(), stream.timing.longest), (Some(30 * MS), Some((0, 2))));
}

#[test]
fn every_byte_of_an_item_is_a_part_of_it_or_of_the_framing() {
    let facts = chunked("text/event-stream", &[b"data: a\nda", b"ta: b\n\nid: 1\rdata: c\r", b"\r:x"]);
    let stream = &facts.events[0];
    for index in 0..stream.rows() {
        let row = stream.row(index).unwrap();
        let mut at = row.range.start;
        for leaf in stream.leaves(row, &facts.response) {
            assert!(leaf.span.range.start <= at && at < leaf.span.range.end, "{index} {leaf:?} at {at}");
            at = leaf.span.range.end;
        }
        assert_eq!(at, row.range.end, "{index}");
    }
    // The first event has the framing between two chunks in it.
    let row = stream.row(0).unwrap();
    let wire = facts.response.bytes(&row.range);
    assert_eq!(wire, b"data: a\nda\r\n15\r\nta: b\n\n");
    let named = |row: usize| -> Vec<String> {
        let parts = parts(stream, stream.row(row).unwrap());
        parts.iter().map(|part| format!("{}={}", part.name, part.value)).collect()
    };
    assert_eq!(named(0), ["data=a", "data=b", "end of event=␊"]);
    assert_eq!(named(1), ["id=1", "data=c", "end of event=␍"]);
    assert_eq!(named(2), ["comment=:x"]);
    let part = &parts(stream, row)[1];
    assert_eq!(facts.response.bytes(&part.range), b"da\r\n15\r\nta: b");
}

#[test]
fn lines_of_json_are_read_in_both_directions() {
    let mut script = Script::default();
    script.open(1);
    let request = b"POST /bulk HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 14\r\n\r\n{\"a\":1}\n{\"a\":2";
    let response =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nContent-Length: 6\r\n\r\n1\n\n2\n3";
    let id = script.exchange(1, request, response);
    let mut store = Store::new(1 << 20);
    script.batch().events.into_iter().for_each(|event| store.take(event));
    let facts = Facts::new(store.detail(id).unwrap());
    let all: Vec<_> = facts.events.iter().map(|stream| (stream.direction, rows(stream))).collect();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(all[0], (Direction::Sent, texts(&["0 1-1 JSON 1", "0 1-1 JSON 2", "0 1-1 JSON 3"])));
    assert_eq!(all[1], (Direction::Received, texts(&["0 1-1 JSON {\"a\":1}", "0 1-1 JSON {\"a\":2"])));
    let words = |row: usize| about(&facts.events[1], row, facts.events[1].row(row).unwrap()).0;
    assert_eq!(words(0), "A whole JSON text of 7 bytes.");
    assert!(words(1).starts_with("This is no JSON: EOF while parsing an object at line 1"), "{}", words(1));
}

#[test]
fn a_coded_stream_is_decoded_write_by_write() {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut pieces = Vec::new();
    for event in [&b"data: one\n\n"[..], b"data: two\n\n"] {
        coder.write_all(event).unwrap();
        coder.flush().unwrap();
        pieces.push(std::mem::take(coder.get_mut()));
    }
    let sent: Vec<Sent<'_>> = pieces.iter().map(|piece| Sent::Kept(piece)).collect();
    let fields = "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n";
    let gzip = facts(fields, Framing::UntilClose, &sent, false);
    assert_eq!(rows(&gzip.events[0]), ["10 2-2 message one", "20 3-3 message two"]);
    assert_eq!(gzip.events[0].decoded, [Coding::Gzip]);
    // On the wire an event is the write that carried it.
    let row = gzip.events[0].row(1).unwrap();
    assert_eq!(gzip.response.bytes(&row.range), pieces[1]);
    let zstd = facts(&fields.replace("gzip", "zstd"), Framing::UntilClose, &sent, false);
    assert_eq!((zstd.events[0].rows(), zstd.events[0].undecoded.len()), (0, 1));
    assert_eq!(zstd.events[0].unread, pieces.iter().map(Vec::len).sum::<usize>() as u64);
}

#[test]
fn what_follows_bytes_that_were_not_kept_is_not_read() {
    let fields = "Content-Type: text/event-stream\r\n";
    let pieces = [Sent::Kept(b"data: 1\n\ndata"), Sent::Dropped(100), Sent::Kept(b"data: 2\n\n")];
    let gap = facts(fields, Framing::UntilClose, &pieces, true);
    let stream = &gap.events[0];
    assert_eq!((rows(stream).len(), stream.unread), (2, 109));
    assert!(gap.notes.iter().any(|note| note.sentence().starts_with("109 bytes of the event stream")));
}

#[test]
fn notes_say_what_is_ignored_and_what_is_no_text() {
    let pieces = [Sent::Kept(b"data: \xFF\n\ndata: \xFE\n\nretry: x\n\ndata: 1")];
    let odd = facts("Content-Type: text/event-stream\r\n", Framing::UntilClose, &pieces, true);
    let notes: Vec<String> = odd.notes.iter().map(super::super::notes::Note::sentence).collect();
    assert!(notes.iter().any(|note| note.starts_with("This is not UTF-8") && note.ends_with("Twice in the event stream.")), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("A retry is a number of milliseconds")), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("The stream ended before the empty line")), "{notes:?}");
    let one = &odd.events[0];
    let part = &parts(one, one.row(0).unwrap())[0];
    assert!(part.words.starts_with("This is not UTF-8"), "{part:?}");
}

#[test]
fn joined_the_stream_reads_as_the_text_that_it_carries() {
    let event = |text: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{text}}}}}]}}\n\n");
    let body = [
        event("\"Hel\""),
        event("\"lo, \\u00e9\""),
        event("null"),
        ":x\n\ndata: {}\n\ndata: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let facts = chunked("text/event-stream", &[body.as_bytes()]);
    let stream = &facts.events[0];
    let path = Path::parse("choices[0].delta.content").unwrap();
    for step in [1, 2, 100] {
        let mut join = Join::new(path.clone());
        while !join.take(stream, step) {}
        assert_eq!(join.text, "Hello, é");
        assert_eq!((join.found, join.missing, join.not_json), (3, 1, 1));
        assert_eq!(join.first_not_json, Some(5));
    }
    let mut whole = Join::new(Path::default());
    assert!(whole.take(stream, usize::MAX));
    assert!(whole.text.starts_with("{\"choices\":"));
}

#[test]
fn a_long_event_is_counted_and_cut_where_it_is_shown() {
    let long = vec![b'x'; 4 << 20];
    let pieces = [Sent::Kept(b"data: "), Sent::Kept(&long), Sent::Kept(b"\n\n")];
    let facts = facts("Content-Type: text/event-stream\r\n", Framing::UntilClose, &pieces, false);
    let stream = &facts.events[0];
    let row = stream.row(0).unwrap();
    assert_eq!(row.item.data_bytes, 4 << 20);
    assert!(data_words(stream, row).len() < 200 && data_words(stream, row).ends_with(" …"));
    assert!(parts(stream, row)[0].value.len() < 200);
    let mut join = Join::new(Path::default());
    join.take(stream, 1);
    assert_eq!((join.not_json, join.text.len()), (1, 0));
}

#[test]
fn more_items_than_are_listed_are_counted() {
    let body = "data\n\n".repeat(LISTED + 7);
    let facts = facts(
        "Content-Type: text/event-stream\r\n",
        Framing::UntilClose,
        &[Sent::Kept(body.as_bytes())],
        false,
    );
    let stream = &facts.events[0];
    assert_eq!((stream.items.len(), stream.not_listed), (LISTED, 7));
    assert_eq!(stream.timing.count, LISTED as u64 + 7);
}

#[test]
fn other_content_has_no_items() {
    for fields in ["", "Content-Type: text/plain\r\n", "Content-Type: ;\r\n"] {
        assert!(facts(fields, Framing::UntilClose, &[Sent::Kept(b"data: 1\n\n")], false).events.is_empty());
    }
}
