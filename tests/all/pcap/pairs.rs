//! Which response answers which request, when segments are missing, late or sent again.

use byteglass::{
    base::stream::{Direction, ExchangeId, Nanos},
    export::raw,
    pcap::{Import, Summary},
    store::{Outcome, Store},
    testing::{
        Lcg,
        packets::{Ip, Link, Order, conversation, pcap},
    },
};

/// Exchanges of the conversation.
const EXCHANGES: usize = 12;
/// Bytes of a stream in one segment, as the builder cuts them.
const SEGMENT: usize = 1000;

/// Request and response of an exchange; the larger ones take several segments.
fn exchange(number: usize) -> (Vec<u8>, Vec<u8>) {
    let body = vec![b'a' + u8::try_from(number).unwrap(); 10 + number * 317];
    let status = 400 + number;
    let request = if number.is_multiple_of(3) {
        let upload = "x".repeat(number * 400);
        let len = upload.len();
        format!("POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n{upload}").into_bytes()
    } else {
        format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()
    };
    let response = if number.is_multiple_of(4) {
        let head = format!("HTTP/1.1 {status} OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", body.len());
        [head.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat()
    } else {
        let head = format!("HTTP/1.1 {status} OK\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), &body].concat()
    };
    (request, response)
}

/// The packets of a connection that is kept for all exchanges, each with the exchange that it belongs to.
fn packets() -> Vec<(Option<usize>, Vec<u8>)> {
    let exchanges: Vec<_> = (0..EXCHANGES).map(exchange).collect();
    let borrowed: Vec<(&[u8], &[u8])> = exchanges.iter().map(|(a, b)| (&a[..], &b[..])).collect();
    let frames = conversation(Ip::V4, 50_000, &borrowed);
    let mut owners = vec![None; 3];
    for (number, (request, response)) in exchanges.iter().enumerate() {
        let segments = request.len().div_ceil(SEGMENT) + response.len().div_ceil(SEGMENT);
        owners.extend(vec![Some(number); segments]);
    }
    owners.extend([None; 3]);
    assert_eq!(owners.len(), frames.len());
    owners.into_iter().zip(frames.iter().map(|packet| Link::Ethernet.wrap(Ip::V4, packet))).collect()
}

fn import(packets: &[(Option<usize>, Vec<u8>)]) -> (Store, Summary) {
    let frames: Vec<_> = packets.iter().map(|(_, frame)| frame.clone()).collect();
    let file = pcap(Order::Little, false, 1, &frames);
    let mut import = Import::new(&file[..]);
    let mut store = Store::new(16 << 20);
    let mut latest = Nanos::ZERO;
    while let Some(batch) = import.step() {
        // There is one connection only, on which times never go back.
        for event in batch.events.iter().filter(|event| event.conn.is_some()) {
            assert!(event.at >= latest, "{event:?} after {latest:?}");
            latest = event.at;
        }
        store.apply(batch);
    }
    (store, import.summary())
}

/// No request has another one's response, and every exchange but the `torn` ones is whole.
fn assert_pairs(store: &Store, torn: &[usize], what: &str) {
    let mut whole = [false; EXCHANGES];
    for row in store.exchanges() {
        let Some(number) = row.target.strip_prefix('/').and_then(|number| number.parse::<usize>().ok())
        else {
            continue;
        };
        if let Some(status) = row.status {
            assert_eq!(
                usize::from(status.0),
                400 + number,
                "{what}: {} has the response of another",
                row.target
            );
        }
        let (request, response) = exchange(number);
        if torn.contains(&number) {
            let noted = !row.notes.is_empty();
            assert!(
                noted || row.outcome == Outcome::Done,
                "{what}: nothing is said of the hole in {}",
                row.target
            );
            continue;
        }
        let detail = store.detail(row.id).unwrap();
        assert_eq!(row.outcome, Outcome::Done, "{what}: {}", row.target);
        assert!(raw(&detail, Direction::Received) == request, "{what}: {}", row.target);
        assert!(raw(&detail, Direction::Sent) == response, "{what}: {}", row.target);
        assert!(row.notes.is_empty(), "{what}: {:?}", row.notes);
        assert!(!std::mem::replace(&mut whole[number], true), "{what}: {} twice", row.target);
    }
    for (number, whole) in whole.iter().enumerate() {
        assert!(*whole || torn.contains(&number), "{what}: /{number} is missing");
    }
}

#[test]
fn each_segment_can_be_missing() {
    let all = packets();
    for dropped in 0..all.len() {
        let mut packets = all.clone();
        let (owner, _) = packets.remove(dropped);
        let (store, summary) = import(&packets);
        let torn: Vec<usize> = owner.into_iter().collect();
        assert_pairs(&store, &torn, &format!("without packet {dropped}"));
        assert_eq!(summary.lost_bytes > 0, owner.is_some(), "packet {dropped}: {summary}");
        assert_eq!(summary.out_of_order, 0, "packet {dropped}: {summary}");
    }
}

#[test]
fn losses_at_random_give_no_wrong_pair() {
    let all = packets();
    for seed in 1..=400 {
        let mut dice = Lcg(seed);
        let percent = 1 + seed % 2;
        let lost: Vec<bool> = all.iter().map(|_| dice.roll(100) < percent).collect();
        let kept: Vec<_> =
            all.iter().zip(&lost).filter(|(_, lost)| !**lost).map(|(one, _)| one.clone()).collect();
        let torn: Vec<usize> =
            all.iter().zip(&lost).filter(|(_, lost)| **lost).filter_map(|((owner, _), _)| *owner).collect();
        let (store, _) = import(&kept);
        assert_pairs(&store, &torn, &format!("seed {seed}, {percent} % lost"));
    }
}

#[test]
fn late_and_repeated_segments_change_nothing() {
    let all = packets();
    for seed in 1..=200 {
        let mut dice = Lcg(seed);
        let mut packets = all.clone();
        for _ in 0..6 {
            // The handshake and the end stay, since a connection that is over takes nothing in.
            let at = 3 + dice.index(packets.len() - 8);
            packets.swap(at, at + 1);
            let copy = packets[3 + dice.index(packets.len() - 6)].clone();
            let place = 3 + dice.index(packets.len() - 6);
            let first = packets.iter().position(|one| *one == copy).unwrap();
            packets.insert(place.max(first + 1), copy);
        }
        let (store, summary) = import(&packets);
        assert_pairs(&store, &[], &format!("seed {seed}"));
        assert_eq!((summary.lost_bytes, summary.different), (0, 0), "seed {seed}");
        assert!(summary.repeated > 0, "seed {seed}");
    }
}

#[test]
fn the_answers_of_another_tap_may_stand_before_the_requests() {
    let mut packets = packets();
    // Each answer stands before its request: the two directions were captured with clocks that differ.
    let (mut moved, mut at) = (Vec::new(), 3);
    while at < packets.len() - 3 {
        let end = packets[at..]
            .iter()
            .position(|(owner, _)| *owner != packets[at].0)
            .map_or(packets.len(), |len| at + len);
        let number = packets[at].0.unwrap();
        let requests = exchange(number).0.len().div_ceil(SEGMENT);
        moved.extend_from_slice(&packets[at + requests..end]);
        moved.extend_from_slice(&packets[at..at + requests]);
        at = end;
    }
    packets.splice(3..at, moved);
    let (store, summary) = import(&packets);
    assert_pairs(&store, &[], "answers first");
    assert_eq!((summary.lost_bytes, summary.connections), (0, 1));
    // And the SYN of the server before that of the client.
    packets.swap(0, 1);
    let (store, summary) = import(&packets);
    assert_pairs(&store, &[], "SYN of the server first");
    assert_eq!((summary.lost_bytes, summary.connections), (0, 1));
}

#[test]
fn a_response_that_nobody_asked_for_is_listed_wherever_it_begins() {
    let one = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    let three = one.repeat(3);
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let frames = conversation(Ip::V4, 50_000, &[(get, &three), (get, one)]);
    let file = pcap(Order::Little, false, 101, &frames);
    let (store, summary) = super::import(&file);
    assert_eq!(summary.exchanges, 4);
    let rows: Vec<_> =
        store.exchanges().map(|row| (&*row.target, row.status.is_some(), row.outcome)).collect();
    let done = Outcome::Done;
    assert_eq!(rows, [("/", true, done), ("", true, done), ("", true, done), ("/", true, done)]);
    assert_eq!(raw(&store.detail(ExchangeId::nth(3)).unwrap(), Direction::Sent), one);
}
