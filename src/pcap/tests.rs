//! Captures made by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    base::stream::{Direction, ExchangeId, Nanos},
    export::raw,
    store::{Store, model::Outcome},
    testing::{
        Lcg,
        packets::{Ip, Link, Order, pcap, pcap_cut, segment},
    },
    trace::{CloseReason, NoteKind},
};

const CLIENT: u32 = 1_000;
/// A sequence number so close to the maximum that it wraps.
const SERVER: u32 = u32::MAX - 10;
const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;
const RST: u8 = 4;

/// An Ethernet frame with a VLAN tag, IPv4 and TCP.
fn frame(from_client: bool, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    Link::Vlan.wrap(Ip::V4, &segment(Ip::V4, from_client, 50_000, numbers, flags, payload))
}

fn file(frames: &[Vec<u8>]) -> Vec<u8> {
    pcap(Order::Little, false, Link::Vlan.number(Ip::V4), frames)
}

fn import(file: &[u8]) -> (Store, Summary, Option<Stop>) {
    let mut import = Import::new(file);
    let mut store = Store::new(64 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    (store, import.summary(), import.into_stop())
}

fn texts(store: &Store, id: ExchangeId) -> Vec<String> {
    let notes = store.exchange(id).unwrap().notes.iter();
    notes
        .filter_map(|(_, note)| match &note.kind {
            NoteKind::Text(text) => Some(text.to_string()),
            _ => None,
        })
        .collect()
}

const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const GET: &[u8] = b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
const CHUNKED: &[u8] = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

/// A connection with two exchanges, its segments in order.
fn conversation() -> Vec<Vec<u8>> {
    let at = |base: u32, offset: usize| base.wrapping_add(1 + u32::try_from(offset).unwrap());
    let asks = |sent: usize, received: usize| [at(CLIENT, sent), at(SERVER, received)];
    let answers = |sent: usize, received: usize| [at(SERVER, sent), at(CLIENT, received)];
    let (asked, answered) = (POST.len() + GET.len(), OK.len() + CHUNKED.len());
    vec![
        frame(true, [CLIENT, 0], SYN, b""),
        frame(false, [SERVER, at(CLIENT, 0)], SYN | ACK, b""),
        frame(true, asks(0, 0), ACK, &POST[..20]),
        frame(true, asks(20, 0), ACK, &POST[20..]),
        frame(false, answers(0, POST.len()), ACK, &OK[..10]),
        frame(false, answers(10, POST.len()), ACK, &OK[10..]),
        frame(true, asks(POST.len(), OK.len()), ACK, GET),
        frame(false, answers(OK.len(), asked), ACK, &CHUNKED[..40]),
        frame(false, answers(OK.len() + 40, asked), ACK, &CHUNKED[40..]),
        frame(true, asks(asked, answered), FIN | ACK, b""),
        frame(false, answers(answered, asked + 1), FIN | ACK, b""),
    ]
}

fn assert_conversation(store: &Store) {
    let rows: Vec<_> = store
        .exchanges()
        .map(|one| (&*one.method, &*one.target, one.status.map(|status| status.0), one.outcome))
        .collect();
    assert_eq!(rows, [("POST", "/a", Some(200), Outcome::Done), ("GET", "/b", Some(404), Outcome::Done)]);
    for (id, request, response) in [(1, POST, OK), (2, GET, CHUNKED)] {
        let detail = store.detail(ExchangeId::nth(id)).unwrap();
        assert_eq!(raw(&detail, Direction::Received), request);
        assert_eq!(raw(&detail, Direction::Sent), response);
        assert_eq!(detail.peer, Some("10.0.0.9:50000".parse().unwrap()));
        assert_eq!(detail.closed.map(|(_, reason)| reason), Some(CloseReason::Client));
    }
}

#[test]
fn a_conversation_comes_out_as_it_was() {
    let (store, summary, stop) = import(&file(&conversation()));
    assert!(stop.is_none(), "{stop:?}");
    assert_conversation(&store);
    let expected = Summary { packets: 11, connections: 1, exchanges: 2, ..Summary::default() };
    assert_eq!(summary, expected);
    let first = store.exchange(ExchangeId::nth(1)).unwrap();
    assert_eq!(
        (first.began, first.latest, first.request_content),
        (Nanos::new(2_000_000), Nanos::new(5_000_000), 5)
    );
    assert_eq!(store.wall_clock(Nanos::ZERO), Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
}

#[test]
fn order_and_repetition_within_a_direction_do_not_matter() {
    let mut dice = Lcg(4);
    let mut odd = 0;
    for _ in 0..100 {
        let mut frames = conversation();
        // Neighbours of one direction change places, and some segments come twice.
        for at in [2, 4, 7] {
            if dice.roll(2) == 0 {
                frames.swap(at, at + 1);
            }
        }
        let again = 2 + dice.index(7);
        let copy = frames[again].clone();
        frames.insert(again + 1 + dice.index(2), copy);
        let (store, summary, _) = import(&file(&frames));
        assert_conversation(&store);
        assert_eq!((summary.lost_bytes, summary.different), (0, 0));
        odd += summary.out_of_order + summary.repeated;
    }
    assert!(odd > 100, "{odd}");
}

#[test]
fn what_is_missing_is_said_where_it_is_missing() {
    // The second half of the first request's body… and all of the first response but its head.
    let mut frames = conversation();
    frames[3] = frame(true, [CLIENT + 21, SERVER.wrapping_add(1)], ACK, &POST[20..POST.len() - 3]);
    let (store, summary, _) = import(&file(&frames));
    assert_eq!(summary.lost_bytes, 3);
    assert_eq!(texts(&store, ExchangeId::nth(1)), ["3 bytes of the request are not in the capture."]);
    assert!(store.exchanges().all(|one| one.outcome == Outcome::Done || one.id == 1));
    assert_eq!(store.exchange(ExchangeId::nth(2)).map(|one| &*one.target), Some("/b"));

    // A snapshot length cuts the end of the longest packets off: the headers and 30 bytes are left.
    let snap = conversation()[0].len() + 30;
    let (store, summary, _) = import(&pcap_cut(Order::Little, false, 1, &conversation(), snap));
    assert!(summary.lost_bytes > 0);
    assert!(store.exchanges().any(|one| !texts(&store, one.id).is_empty()));
}

#[test]
fn a_capture_that_begins_in_mid_connection_begins_with_the_next_message() {
    let frames = &conversation()[5..];
    let (store, summary, _) = import(&file(frames));
    assert_eq!(summary.exchanges, 1);
    let only = store.exchange(ExchangeId::nth(1)).unwrap();
    assert_eq!(
        (&*only.target, only.status.map(|status| status.0), only.outcome),
        ("/b", Some(404), Outcome::Done)
    );
    assert_eq!(raw(&store.detail(ExchangeId::nth(1)).unwrap(), Direction::Sent), CHUNKED);

    // The response alone.
    let (store, ..) = import(&file(&conversation()[7..9]));
    assert_eq!(texts(&store, ExchangeId::nth(1))[0], "The request is not in the capture.");
    assert_eq!(
        store.exchange(ExchangeId::nth(1)).and_then(|one| one.status).map(|status| status.0),
        Some(404)
    );
}

#[test]
fn a_capture_that_ends_early_says_so() {
    let (store, ..) = import(&file(&conversation()[..5]));
    let only = store.exchange(ExchangeId::nth(1)).unwrap();
    assert_eq!(only.outcome, Outcome::Aborted);
    assert_eq!(texts(&store, ExchangeId::nth(1)), ["The response breaks off."]);

    let mut frames = conversation();
    frames.truncate(4);
    frames.push(frame(false, [SERVER.wrapping_add(1), CLIENT + 1], RST | ACK, b""));
    let (store, ..) = import(&file(&frames));
    assert_eq!(texts(&store, ExchangeId::nth(1)), ["The connection was reset."]);
    assert_eq!(
        store.detail(ExchangeId::nth(1)).unwrap().closed.map(|(_, reason)| reason),
        Some(CloseReason::Reset)
    );

    let whole = file(&conversation());
    let (store, _, stop) = import(&whole[..whole.len() - 70]);
    assert!(matches!(stop.unwrap().error, super::file::FileError::Cut));
    assert_eq!(store.exchanges().count(), 2);
}

#[test]
fn bytes_sent_again_with_other_content_are_noted() {
    let mut frames = conversation();
    let mut other = POST[20..].to_vec();
    *other.last_mut().unwrap() = b'0';
    frames.insert(4, frame(true, [CLIENT + 21, SERVER.wrapping_add(1)], ACK, &other));
    let (store, summary, _) = import(&file(&frames));
    assert_conversation(&store);
    assert_eq!(summary.different, 1);
    assert!(
        texts(&store, ExchangeId::nth(1))[0].starts_with("Some bytes were sent again with other content")
    );
}

#[test]
fn no_damage_makes_it_fail() {
    let whole = file(&conversation());
    let mut dice = Lcg(8);
    let mut exchanges = 0;
    for _ in 0..2_000 {
        let mut broken = whole.clone();
        dice.damage(&mut broken, 4);
        exchanges += import(&broken).0.exchanges().count();
    }
    assert!(exchanges > 1_000, "{exchanges}");
}
