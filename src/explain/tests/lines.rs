//! Tests of the explanation of messages of lines.

use super::*;
use crate::{
    lines::{Rule, SpanKind},
    trace::ProtocolKind,
};

/// A conversation with these messages.
fn conversation(messages: &[&str]) -> Store {
    let mut script = Script::default();
    script.open_for(1, ProtocolKind::Lines);
    for message in messages {
        script.wait(MS).message(1, message);
    }
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    store
}

fn facts(store: &Store, number: u64) -> Facts {
    Facts::new(store.detail(ExchangeId::nth(number)).unwrap())
}

#[test]
fn each_part_of_a_message_and_its_reply_has_a_node() {
    let store = conversation(&["hello", "two"]);
    let facts = facts(&store, 2);
    let nodes = |direction| {
        let nodes = facts.tree(direction).into_iter();
        nodes.map(|node| (node.label, node.value, node.range.unwrap())).collect::<Vec<_>>()
    };
    let node = |label: &str, value: &str, range| (label.to_owned(), value.to_owned(), range);
    assert_eq!(nodes(Received), [node("Message", "two", 6..9), node("Line feed", "␊", 9..10)]);
    assert_eq!(
        nodes(Sent),
        [node("Prefix", "Echo: ", 12..18), node("Message", "two", 18..21), node("Line feed", "␊", 21..22)]
    );
    assert!(facts.notes.is_empty(), "{:?}", facts.notes);
    let said: Vec<String> =
        facts.timeline.iter().map(|entry| timeline::words(entry, &facts.detail.exchange)).collect();
    assert!(said.contains(&"Message complete, 3 bytes".to_owned()), "{said:?}");
    assert!(said.contains(&"Reply ready".to_owned()), "{said:?}");
}

#[test]
fn a_carriage_return_is_part_of_the_message_and_noted() {
    let store = conversation(&["hello\r"]);
    let notes = facts(&store, 1).notes;
    assert_eq!(notes.len(), 1);
    assert!(notes[0].sentence().contains("carriage return"));
    assert_eq!(notes[0].range, Some(5..6));
}

#[test]
fn a_message_that_is_too_long_is_refused_at_its_byte() {
    let mut script = Script::default();
    script.open_for(1, ProtocolKind::Lines).message(1, "one");
    script.too_long(1, "12345678", 5);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let facts = facts(&store, 2);
    let fault = facts.fault().unwrap();
    assert_eq!(fault.cause, Rule::LineTooLong.into());
    assert_eq!((fault.span, fault.found), (Some(9..10), Some(b'6')));
    assert_eq!(
        sentences_of(&facts),
        ["The message is longer than this server allows. Found 0x36 (\"6\"), at offset 5 (0x5)."]
    );
    assert_eq!(facts.notes[0].severity, Severity::Error);
    assert_eq!(timeline::outcome(&facts.detail), "refused");
    assert!(story(&facts).contains(&"0 Refusal ready".to_owned()), "{:?}", story(&facts));
    assert!(store.exchanges().all(|exchange| exchange.refusal.is_some() == (exchange.number == 2)));
}

#[test]
fn a_message_that_came_in_several_reads_is_marked_where_each_begins() {
    let mut script = Script::default();
    script.open_for(1, ProtocolKind::Lines);
    let start = script.read(1, b"two");
    let id = script.begin(1, start);
    script.wait(MS).read(1, b"gether");
    script.wait(MS).read(1, b"\n");
    script.stage(1, id, Stage::Received { word: crate::lines::WORD, content: 0..9 });
    script.stage(1, id, Stage::RequestEnd { end: 10, content: 9 });
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let facts = facts(&store, 1);
    let words: Vec<(u64, String)> = facts
        .request
        .markers
        .iter()
        .map(|marker| (marker.offset, markers::words(marker, Received)))
        .collect();
    assert_eq!(words, [(3, "the message was split across two reads".to_owned())]);
    assert_eq!(facts.request.own_leaves().next().unwrap().span.kind, Kind::Lines(SpanKind::Text));
}
