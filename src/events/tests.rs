#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::{Format, Item, ItemMachine, Note, SpanKind};
use crate::{
    testing::drive::drive,
    wire::{Event, Machine, Recorded, Silent, replay},
};

/// The complete items of `pieces`, and what is said of them. `is_over`: whether the stream ends after them.
fn read<'a>(
    format: Format,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    is_over: bool,
) -> (Vec<Item>, Recorded<SpanKind>) {
    let mut machine = ItemMachine::new(format);
    let mut sink = Recorded::default();
    let (mut items, mut buffer) = (Vec::new(), Vec::new());
    let pieces = pieces.into_iter().map(Some).chain([None]);
    for piece in pieces {
        match piece {
            Some(piece) => buffer.extend_from_slice(piece),
            None if is_over => machine.end_of_input(&mut sink).unwrap(),
            None => {}
        }
        loop {
            let step = machine.advance(&buffer, &mut sink).unwrap();
            buffer.drain(..step.consumed);
            match step.event {
                Event::End => items.push(machine.item().clone()),
                _ => break,
            }
        }
        assert!(buffer.len() < 3, "what is read is not held");
    }
    (items, sink)
}

/// An item in words: `type|id|retry|data`, in which what is missing is empty.
fn words(item: &Item, bytes: &[u8]) -> String {
    let text = |range: &std::ops::Range<u64>| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        String::from_utf8_lossy(&bytes[range]).into_owned()
    };
    let optional = |range: &Option<std::ops::Range<u64>>| range.as_ref().map_or_else(String::new, text);
    let retry = item.retry.map_or_else(String::new, |retry| retry.to_string());
    let data = super::item::data(item, &bytes[usize::try_from(item.range.start).unwrap()..], usize::MAX);
    let data = item.is_dispatched().then(|| String::from_utf8_lossy(&data).into_owned());
    let data = data.unwrap_or_else(|| "-".to_owned());
    format!("{}|{}|{retry}|{data}", optional(&item.kind), optional(&item.id))
}

/// The items in words; they are the same whole and split at every byte, and every byte lies in one span.
fn said(format: Format, bytes: &[u8]) -> Vec<String> {
    let whole = read(format, [bytes], true);
    for at in 0..=bytes.len() {
        assert_eq!(whole, read(format, [&bytes[..at], &bytes[at..]], true), "split at {at}");
    }
    assert_eq!(whole, read(format, bytes.chunks(1), true), "single bytes");
    covered(format, bytes);
    whole.0.iter().map(|item| words(item, bytes)).collect()
}

fn covered(format: Format, bytes: &[u8]) {
    let found = replay::run(&mut ItemMachine::new(format), bytes, true, |_, _| {});
    let mut at = 0;
    for leaf in &found.leaves {
        assert_eq!(leaf.range.start, at, "{found:?}");
        assert!(leaf.range.end > at && leaf.kind != SpanKind::Unparsed, "{found:?}");
        at = leaf.range.end;
    }
    assert_eq!(at, bytes.len() as u64);
}

fn events(text: &str) -> Vec<String> {
    said(Format::EventStream, text.as_bytes())
}

/// §9.2.6, all of them.
#[test]
fn the_examples_of_the_standard() {
    assert_eq!(events("data: YHOO\ndata: +2\ndata: 10\n\n"), ["|||YHOO\n+2\n10"]);
    assert_eq!(
        events(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event"),
        ["|||-", "|1||first event", "|||second event"],
    );
    assert_eq!(events("data\n\ndata\ndata\n\ndata:"), ["|||", "|||\n"]);
    assert_eq!(events("data:test\n\ndata: test\n\n"), ["|||test", "|||test"]);
}

/// §9.2.2 and §9.2.4.
#[test]
fn the_examples_of_the_introduction() {
    assert_eq!(
        events("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n"),
        ["add|||73857293", "remove|||2153", "add|||113411"],
    );
    assert_eq!(events("retry: 10000\ndata: x\n\n"), ["||10000|x"]);
}

#[test]
fn a_line_ends_with_any_of_three_ends() {
    for end in ["\n", "\r", "\r\n"] {
        let text = ":c|data: a|data: b||id: 1|data: c||".replace('|', end);
        assert_eq!(events(&text), ["|||a\nb", "|1||c"], "{end:?}");
    }
    assert_eq!(events("data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r"), ["|||a\nb\nc", "|||d"]);
    // An LF after a CR is the end of the same line, a CR after an LF is not.
    assert_eq!(events("data: a\n\rdata: b\r\n\r\n"), ["|||a", "|||b"]);
    assert_eq!(events("\r\n\r\n\n\r\rdata: a\r\r\r\n\n"), ["|||a"]);
}

#[test]
fn one_mark_at_the_beginning_is_skipped() {
    assert_eq!(events("\u{feff}data: a\n\n"), ["|||a"]);
    // The second one is a part of the name.
    assert_eq!(events("\u{feff}\u{feff}data: a\n\n"), ["|||-"]);
    assert_eq!(events("data: a\n\n\u{feff}data: b\n\n"), ["|||a", "|||-"]);
    assert_eq!(said(Format::EventStream, b"\xEF\xBBdata: a\n\n"), ["|||-"]);
    assert_eq!(said(Format::EventStream, b"\xEF"), [""; 0]);
}

#[test]
fn only_four_names_count_and_their_case_matters() {
    assert_eq!(events("Data: a\nDATA: b\n data: c\ndatas: d\ndat: e\ndata : f\n\n"), ["|||-"]);
    assert_eq!(events("data:\u{a0}a\n\n"), ["|||\u{a0}a"]);
    assert_eq!(events("data:\ta\n\n"), ["|||\ta"]);
    assert_eq!(events("data: a:b: c\n\n"), ["|||a:b: c"]);
    let (items, sink) = read(Format::EventStream, [&b"Data: a\ndata: b\n\n"[..]], false);
    assert_eq!((items[0].ignored, sink.notes), (1, vec![(Note::UnknownField, 0..4)]));
}

#[test]
fn ids_and_retries_that_cannot_be_are_ignored() {
    assert_eq!(events("id: 1\nid: 2\0\ndata: a\n\n"), ["|1||a"]);
    assert_eq!(events("id: 1\nid\ndata: a\n\n"), ["|||a"]);
    for wrong in ["-1", "1.5", "1s", " 1", "x", "", "1\0", "١"] {
        assert_eq!(events(&format!("retry: 7\nretry: {wrong}\ndata: a\n\n")), ["||7|a"], "{wrong}");
    }
    assert_eq!(events("retry: 007\ndata\n\n"), ["||7|"]);
    let large = "9".repeat(30);
    assert_eq!(events(&format!("retry: {large}\ndata\n\n")), [format!("||{}|", u64::MAX)]);
    let (_, sink) = read(Format::EventStream, [&b"id: \0\nretry\n\n"[..]], false);
    assert_eq!(sink.notes, [(Note::IdWithNul, 4..5), (Note::RetryNotDigits, 6..11)]);
}

#[test]
fn what_is_not_complete_at_the_end_is_discarded() {
    assert_eq!(events("data: a\n\ndata: b\n"), ["|||a"]);
    assert_eq!(events("data: a\n\ndata: b"), ["|||a"]);
    assert_eq!(events("data: a\n"), [""; 0]);
    // A client acts on the CR and does not wait for what follows.
    let mut machine = ItemMachine::new(Format::EventStream);
    let step = machine.advance(b"data: a\r\r", &mut Silent).unwrap();
    assert_eq!((step.event, machine.is_as_good_as_complete()), (Event::NeedData, true));
    machine.advance(b"d", &mut Silent).unwrap();
    assert!(!machine.is_as_good_as_complete());
}

#[test]
fn invalid_utf8_is_a_note_where_it_stands() {
    for (bytes, range) in [
        (&b"data: a\xFFb\xFF\n\n"[..], 7..8),
        (b"data: \xE2\x82\n\n", 6..8),
        (b"da\xC3:x\n\n", 2..3),
        (b"data: \xE2\x28\n\n", 7..8),
        (b":\xED\xA0\x80\n\n", 2..3),
    ] {
        said(Format::EventStream, bytes);
        let (items, sink) = read(Format::EventStream, [bytes], false);
        let notes: Vec<_> = sink.notes.iter().filter(|note| note.0 == Note::NotUtf8).collect();
        assert_eq!(notes, [&(Note::NotUtf8, range.clone())], "{}", bytes.escape_ascii());
        assert_eq!(items[0].not_utf8, Some(range.start));
    }
    let (items, _) = read(Format::EventStream, ["data: é\u{1f600}\n\n".as_bytes()], false);
    assert_eq!(items[0].not_utf8, None);
}

#[test]
fn each_line_of_ndjson_is_a_text() {
    assert_eq!(said(Format::Lines, b"{\"a\":1}\n[2]\r\n\n \t\r\n3"), ["|||{\"a\":1}", "|||[2]", "|||3"]);
    assert_eq!(read(Format::Lines, [&b"1\n2"[..]], false).0.len(), 1, "the second may go on");
    assert_eq!(said(Format::Lines, b"a\rb\n\r\r\n"), ["|||a\rb"]);
    assert_eq!(said(Format::Lines, b""), [""; 0]);
}

#[test]
fn each_text_of_a_sequence_has_a_separator() {
    let texts = said(Format::Sequence, b"\x1E{\"a\":\n1}\n\x1E\x1E[2]\n\x1E 3\x1E4");
    assert_eq!(texts, ["|||{\"a\":\n1}", "|||[2]", "||| 3", "|||4"]);
    let (_, sink) = read(Format::Sequence, [&b"0\n\x1E1\n\x1E2\x1E"[..]], false);
    assert_eq!(sink.notes, [(Note::NoSeparator, 0..1), (Note::NoLineFeed, 6..7)]);
}

#[test]
fn an_event_of_any_length_is_counted_and_not_held() {
    let mut machine = ItemMachine::new(Format::EventStream);
    let block = vec![b'x'; 1 << 20];
    assert_eq!(machine.advance(b"data:", &mut Silent).unwrap().consumed, 5);
    for _ in 0..100 {
        assert_eq!(machine.advance(&block, &mut Silent).unwrap().consumed, block.len());
    }
    let step = machine.advance(b"\n\n", &mut Silent).unwrap();
    assert_eq!((step.event, machine.item().data_bytes), (Event::End, 100 << 20));
    assert!(size_of::<ItemMachine>() < 400);
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let parts: [&[u8]; 18] = [
        b"data",
        b"event",
        b"id",
        b"retry",
        b":",
        b": ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"12",
        b"x",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xFF",
        b"\x1E",
        b"{}",
        b" ",
    ];
    let part = prop::sample::select(parts.to_vec());
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// The events of a stream as the standard's own words say, with the whole of it at hand.
fn by_the_letter(bytes: &[u8]) -> Vec<(String, String, String)> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut data, mut kind, mut id, mut events) = (String::new(), String::new(), String::new(), Vec::new());
    let Some((lines, _)) = text.rsplit_once('\n') else { return events };
    for line in lines.split('\n') {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "" if line.is_empty() => {
                if let Some(data) = data.strip_suffix('\n') {
                    events.push((kind.clone(), id.clone(), data.to_owned()));
                }
                data.clear();
                kind.clear();
            }
            "data" => data = format!("{data}{value}\n"),
            "event" => value.clone_into(&mut kind),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    events
}

proptest! {
    #[test]
    fn any_stream_reads_as_the_standard_says(bytes in stream()) {
        let (items, _) = read(Format::EventStream, [&bytes[..]], true);
        let mut id = String::new();
        let mut found = Vec::new();
        for item in &items {
            let said = words(item, &bytes);
            let mut parts = said.splitn(4, '|');
            let (kind, own, _, data) =
                (parts.next().unwrap(), parts.next().unwrap(), parts.next(), parts.next().unwrap());
            if item.id.is_some() {
                own.clone_into(&mut id);
            }
            if item.is_dispatched() {
                found.push((kind.to_owned(), id.clone(), data.to_owned()));
            }
        }
        prop_assert_eq!(found, by_the_letter(&bytes));
    }

    #[test]
    fn any_bytes_are_read_alike_in_any_pieces(bytes in stream()) {
        for format in Format::ALL {
            said(format, &bytes);
            let go_on = |_: &mut ItemMachine, _: &_| ControlFlow::Continue(());
            let machine = || ItemMachine::new(format);
            let whole = drive(&mut machine(), &mut Recorded::default(), [&bytes[..]], go_on);
            whole.assert_same(&drive(&mut machine(), &mut Recorded::default(), bytes.chunks(1), go_on), "bytes");
            drive(&mut machine(), &mut Silent, bytes.chunks(3), go_on).assert_same_events(&whole, "silent");
        }
    }
}
