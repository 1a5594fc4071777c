//! The rows of `websocket.tsv`: the opening handshake and the frames of `/ws/echo` (RFC 6455).
//!
//! `{WS}` in `sends` is a handshake that is in order. `expect` is the status of the answer; after 101 the frames that
//! follow until the connection ends, separated by spaces: `text:hi`, `pong:`, or `close=1002` (`close=` without a code).

use byteglass::{
    lab::script::Step,
    testing::Client,
    trace::{Cause, Guard},
    websocket::{CloseCode, Opcode},
};

use super::{
    bytes, fault, has_clause, long,
    row::Table,
    short,
    site::{self, On, Server},
};

const TABLE: &str = "websocket.tsv";
const HANDSHAKE: &str = "GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[test]
fn every_row_of_a_websocket_holds() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    site::fill(folder.path(), outside.path());
    let usual = Server::start(folder.path(), long(), On::Nothing);
    let hasty = short().with(Guard::UpgradeTimeout, 300).with(Guard::FrameTimeout, 300);
    let hasty = Server::start(folder.path(), hasty, On::Nothing);
    let mut table = Table::read(TABLE);
    let update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    for row in &mut table.rows {
        let steps = row.steps(|name| if name == "WS" { HANDSHAKE.to_owned() } else { panic!("{{{name}}}") });
        let server = if steps.contains(&Step::Idle) { &hasty } else { &usual };
        let (seen, port) = play(server, &steps);
        let blamed = server
            .refusal(port)
            .map_or_else(String::new, |(_, cause, note)| fault(cause, note.range.as_ref(), &bytes(&steps)));
        if seen != row.expect {
            failures.push(format!("{}: {seen}, not {}", row.id, row.expect));
        }
        if blamed != row.fault && !update {
            failures.push(format!("{}: blames {blamed:?}, not {:?}", row.id, row.fault));
        }
        row.fault = blamed;
    }
    if update {
        table.write();
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What the document says of RFC 6455 has the clause and the code of each rule that a row breaks.
#[test]
fn the_document_names_every_close_code() {
    let document = include_str!("../../../docs/supported-http.md");
    let table = Table::read(TABLE);
    for row in table.rows.iter().filter(|row| !row.fault.is_empty()) {
        let key = row.fault.split('@').next().unwrap();
        let Some(Cause::WebSocket(rule)) = Cause::from_key(key) else { continue };
        let (code, section) = (rule.facts().close.number().to_string(), rule.facts().section);
        let clause = section.rsplit_once('§').unwrap().1;
        let says = |line: &str| has_clause(line, clause) && line.contains(&code);
        let is_end = rule.facts().close == CloseCode::Policy || key == "ws_ended_without_close";
        assert!(is_end || document.lines().any(says), "{key}: {section} {code}");
        assert!(row.clause.starts_with(char::is_numeric) && !row.why.is_empty(), "{}", row.id);
    }
}

/// Does what the row says. Returns what came back, as rows have it, and the client's port.
fn play(server: &Server, steps: &[Step]) -> (String, u16) {
    let mut client = Client::connect(server.address());
    let port = client.port();
    for step in steps {
        match step {
            Step::Send(bytes) => _ = client.try_send(bytes),
            Step::Fin => _ = client.end(),
            Step::Wait(_) | Step::Idle => {}
        }
    }
    let head = client.until("\r\n\r\n");
    let status = head.get(9..12).unwrap_or_default().to_owned();
    if status != "101" {
        return (status, port);
    }
    let frames = client.rest().map_or_else(|error| vec![format!("{error:?}")], |bytes| frames(&bytes));
    ([vec![status], frames].concat().join(" "), port)
}

/// The frames of a server in words.
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    while let [first, second, after @ ..] = bytes {
        assert_eq!((first & 0xF0, second & 0x80), (0x80, 0), "whole frames, not masked");
        let (len, after) = match second {
            126 => (usize::from(u16::from_be_bytes([after[0], after[1]])), &after[2..]),
            127 => panic!("no row sends so much"),
            len => (usize::from(*len), after),
        };
        let (payload, after) = after.split_at(len);
        bytes = after;
        let opcode = Opcode::from_bits(first & 0xF).unwrap();
        words.push(match (opcode, payload) {
            (Opcode::Close, []) => "close=".to_owned(),
            (Opcode::Close, [high, low, ..]) => format!("close={}", u16::from_be_bytes([*high, *low])),
            _ => format!("{}:{}", opcode.key(), payload.escape_ascii()),
        });
    }
    assert!(bytes.is_empty());
    words
}
