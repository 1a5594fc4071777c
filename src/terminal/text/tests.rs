#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::{
    base::stream::{ConnId, Nanos},
    http::{
        Framing, Rule,
        forward::{Author, Origin},
    },
    testing::script::{MS, Script, response},
    trace::{Again, Cause, CloseReason, Note, NoteKind},
    websocket,
};

fn printed(script: &mut Script) -> String {
    let mut text = Text::new(Paint::new(false));
    let mut out = Vec::new();
    for event in script.batch().events {
        text.print(&event, &mut out).unwrap();
    }
    assert!(text.connections.values().all(|connection| connection.active.len() < 2));
    String::from_utf8(out).unwrap()
}

#[test]
fn an_exchange_reads_from_top_to_bottom() {
    let mut script = Script::default();
    script.wait(1_500 * MS).open(2).wait(MS);
    let get = b"GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    script.exchange(2, get, &response(b"hi"));
    script.wait(MS).close(2, CloseReason::Client);
    let expected = "   1.500000    conn 2   accepted from 127.0.0.1:50002
   1.501000    conn 2   read 1: 30 bytes at offset 0 (0x0) of the connection
                   000000  47 45 54 20 2f 61 70 69  20 48 54 54 50 2f 31 2e │GET /api HTTP/1.
                   000010  31 0d 0a 48 6f 73 74 3a  20 61 0d 0a 0d 0a       │1␍␊Host: a␍␊␍␊
   1.501000    conn 2   ── request 1 begins at offset 0 (0x0) of the connection · #1 ──
   1.501000    conn 2     #1 request line: GET /api
   1.501000    conn 2     #1 head: 1 field, 30 bytes; no body
   1.501000    conn 2     #1 guards passed
   1.501000    conn 2     #1 middleware on the request: logger
   1.501000    conn 2     #1 route GET /health: no, segment 1 is \"api\", not \"health\"
   1.501000    conn 2     #1 route POST /api/echo: yes
   1.501000    conn 2   ── request 1 ends at offset 30 (0x1e) of the connection ──
   1.501500    conn 2     #1 middleware on the response: server-header; + Server: byteglass
   1.501500    conn 2     #1 response: 200 OK, head of 38 bytes
   1.501500    conn 2   write 1: 40 bytes at offset 0 (0x0) of the connection
                   000000  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d │HTTP/1.1 200 OK␍
                   000010  0a 43 6f 6e 74 65 6e 74  2d 4c 65 6e 67 74 68 3a │␊Content-Length:
                   000020  20 32 0d 0a 0d 0a                                │ 2␍␊␍␊
                   000026  68 69                                            │hi
   1.501500    conn 2     #1 done: 40 bytes written, 0.5 ms after the request began; the connection stays open
   1.502500    conn 2   closed by client
";
    assert_eq!(printed(&mut script), expected);
}

#[test]
fn frames_of_a_websocket_have_lines() {
    let mut script = Script::default();
    script.open(1).websocket(1);
    let output = printed(&mut script);
    for line in [
        "#1 frame from the client: text, 2 bytes: hi",
        "#1 frame from the server: text, 2 bytes: hi",
        "#1 frame from the client: binary, more to come, 1 byte",
        "#1 frame from the client: ping, 0 bytes",
        "#1 frame from the server: close, 5 bytes: 1001 going away, bye",
    ] {
        assert!(output.lines().any(|printed| printed.ends_with(line)), "{line}\n{output}");
    }
}

#[test]
fn a_frame_that_breaks_a_rule_has_a_line_and_the_note_of_the_server_does_not_repeat_it() {
    let mut script = Script::default();
    script.open(1);
    let id = script.websocket(1);
    script.write(1, b"\xC1\x00");
    let note =
        |rule: Cause| Note { severity: Severity::Error, span: None, kind: NoteKind::Violation(rule, None) };
    script.push(1, Some(id), EventKind::NoteAdded(note(websocket::Rule::ReservedBit.into())));
    script.push(1, Some(id), EventKind::NoteAdded(note(Rule::BareLineFeed.into())));
    let output = printed(&mut script);
    let told = output.lines().filter(|line| line.contains("RFC 6455")).collect::<Vec<_>>();
    assert!(told.len() == 1 && told[0].contains("#1 frame from the server at offset "), "{told:?}");
    assert!(output.contains("RFC 9112"), "{output}");
}

#[test]
fn events_of_a_stream_have_lines() {
    let mut script = Script::default();
    script.open(1).event_stream(1);
    let output = printed(&mut script);
    for line in ["#1 event 1, comment, 0 bytes: a", "#1 event 2, tick, id 7, 7 bytes: {\"n\":1}"] {
        assert!(output.lines().any(|printed| printed.ends_with(line)), "{line}\n{output}");
    }
    assert!(!output.contains("event 3"), "{output}");
}

#[test]
fn a_copy_says_of_which_exchange_it_is_one() {
    let mut script = Script::default();
    script.again = Some(Again::samples()[1]);
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hi"));
    let output = printed(&mut script);
    let said = "#1 byteglass sent the request of exchange #300 again, without its credentials\n";
    assert!(output.contains(said), "{output}");
}

#[test]
fn a_refusal_names_the_rule_and_the_byte() {
    let mut script = Script::default();
    script.open(1);
    script.refused(1, b"GET /\x1b[2J HTTP/1.1\r\n\r\n", Rule::TargetCharacter, 5..6);
    let output = printed(&mut script);
    assert!(!output.contains('\x1b'));
    let line = "The request target holds a byte that a URI cannot hold; it must be percent-encoded. Found 0x1B (a control byte). At offset 5 (0x5). RFC 9112 §3.2";
    assert!(output.contains(line), "{output}");
    assert!(output.contains("response: 400 Bad Request"));
    assert!(output.contains("closed by server, refused"));
}

#[test]
fn a_place_in_a_message_is_counted_from_its_first_byte_as_in_the_window() {
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hi"));
    script.refused(1, b"GET /\x1b HTTP/1.1\r\n\r\n", Rule::TargetCharacter, 5..6);
    let output = printed(&mut script);
    assert!(output.contains("read 2: 19 bytes at offset 27 (0x1b) of the connection"), "{output}");
    assert!(output.contains("Found 0x1B (a control byte). At offset 5 (0x5). RFC"), "{output}");
}

#[test]
fn long_bodies_are_cut_and_reads_tell_the_time_between_them() {
    let mut script = Script::default();
    script.open(1);
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n";
    script.read(1, head);
    let id = script.begin(1, 0);
    let end = head.len() as u64;
    script.stage(1, id, Stage::Head { start: 0, end, fields: 2, framing: Framing::Length(9_000) });
    script.wait(118 * MS).read(1, &[b'x'; 9_000]);
    let output = printed(&mut script);
    assert!(
        output.contains(
            "read 2: 9,000 bytes at offset 54 (0x36) of the connection, 118 ms after the previous one"
        ),
        "{output}"
    );
    assert!(output.contains("… 8,936 bytes more"), "{output}");
    assert!(output.lines().count() < 20);
}

#[test]
fn what_is_nothing_is_not_named() {
    let mut text = Text::new(Paint::new(false));
    let mut out = Vec::new();
    let kinds = [
        EventKind::Guard { kind: crate::trace::Guard::IdleTimeout, limit: 400 },
        EventKind::Omitted { bytes: 2_000, events: 0 },
        EventKind::Omitted { bytes: 0, events: 1 },
        EventKind::Omitted { bytes: 2_000, events: 2 },
    ];
    for (kind, conn) in kinds.into_iter().zip([7, 0, 0, 0]) {
        text.print(&Event { at: Nanos::ZERO, conn: ConnId::new(conn), exchange: None, kind }, &mut out)
            .unwrap();
    }
    let expected = "   0.000000    conn 7   Idle timeout: no request for 400 ms
   0.000000  the view fell behind: 2.0 KiB left out
   0.000000  the view fell behind: 1 event left out
   0.000000  the view fell behind: 2.0 KiB and 2 events left out
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn what_is_sent_on_is_summed_up() {
    let mut script = Script::default();
    script.open(1);
    let id = script.begin(1, 0);
    let pieces = [(3, Origin::Copied(0)), (1, Origin::Written(Author::Via)), (1, Origin::Copied(9))];
    script.lineage(id, 1, 1000, &pieces);
    script.lineage(id, 1, 1005, &[(2, Origin::Copied(10))]);
    let text = printed(&mut script);
    assert!(
        text.contains("#1 sends on from offset 1,000 (0x3e8) of the connection: 4 bytes copied, 1 byte written anew (via 1)\n"),
        "{text}"
    );
    assert!(
        text.contains("#1 sends on from offset 1,005 (0x3ed) of the connection: 2 bytes copied\n"),
        "{text}"
    );
}
