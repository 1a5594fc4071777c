//! Messages as other programs exchange them: breaches are read over with a note, and what is no HTTP/1 is named.

use byteglass::{
    base::stream::{Direction, ExchangeId},
    explain::Facts,
    export::raw,
    pcap::{Import, spoken::Spoken},
    store::Outcome,
    testing::packets::{Ip, Link, Order, conversation, pcap, segment},
    trace::{Event, EventKind, Stage},
};

use super::{OK, import};

/// A connection with these exchanges, as a file.
fn file(exchanges: &[(&[u8], &[u8])]) -> Vec<u8> {
    pcap(Order::Little, false, 101, &conversation(Ip::V4, 50_000, exchanges))
}

#[test]
fn a_breach_costs_no_message() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let cases: [(&[u8], &[u8], &str, u16); 15] = [
        (b"GET /a|{b} HTTP/1.1\r\nHost: a\r\n\r\n", OK, "/a|{b}", 200),
        (b"GET /nohost HTTP/1.1\r\n\r\n", OK, "/nohost", 200),
        (b"GET /lf HTTP/1.1\nHost: a\n\n", b"HTTP/1.1 404 No\nContent-Length: 2\n\nno", "/lf", 404),
        (
            b"HEAD /x|y HTTP/1.1\r\nHost: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
            "/x|y",
            200,
        ),
        (get, b"HTTP/1.1 201 OK\r\nServer : x\r\nContent-Length: 1\r\n\r\na", "/", 201),
        (get, b"HTTP/1.1 202 OK\r\nA: b\r\n  c\r\nContent-Length: 1\r\n\r\na", "/", 202),
        (get, b"HTTP/1.1 203 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nhi\r\n0\r\n\r\n", "/", 203),
        (b"GET /empty HTTP/1.1\r\nHost:\r\nExpect: x\r\n\r\n", OK, "/empty", 200),
        (b"GET  /two HTTP/1.1\r\nHost: a\r\n\r\n", OK, "/two", 200),
        (
            b"HEAD\t/tab\tHTTP/1.1 \r\nHost: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            "/tab",
            200,
        ),
        (get, b"HTTP/1.1  204 No\r\n\r\n", "/", 204),
        (get, b"HTTP/2.0 205 OK\r\nContent-Length: 1\r\n\r\na", "/", 205),
        (get, b"http/1.1 206 OK\r\nContent-Length: 1\r\n\r\na", "/", 206),
        (get, b"ICY 207 OK\r\nContent-Length: 1\r\n\r\na", "/", 207),
        (get, b"HTTP/1.1 208 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na", "/", 208),
    ];
    // On one connection: what follows a breach is read as well.
    let exchanges: Vec<(&[u8], &[u8])> =
        cases.iter().map(|(request, response, ..)| (*request, *response)).collect();
    let (store, _) = import(&file(&exchanges));
    assert_eq!(store.exchanges().count(), cases.len());
    for (row, (request, response, target, status)) in store.exchanges().zip(cases) {
        assert_eq!((&*row.target, row.status.map(|status| status.0)), (target, Some(status)));
        assert_eq!(row.outcome, Outcome::Done, "{target}");
        let detail = store.detail(row.id).unwrap();
        assert_eq!(raw(&detail, Direction::Received), request);
        assert_eq!(raw(&detail, Direction::Sent), response);
    }
}

#[test]
fn a_response_that_cannot_be_read_on_keeps_its_status_and_bytes() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let broken = b"HTTP/1.1 206 OK\r\nA: b\rc\r\n\r\nbody";
    let (store, _) = import(&file(&[(get, broken), (get, OK)]));
    let rows: Vec<_> =
        store.exchanges().map(|row| (row.status.map(|status| status.0), row.outcome)).collect();
    assert_eq!(rows, [(Some(206), Outcome::Aborted), (Some(200), Outcome::Done)]);
    assert_eq!(raw(&store.detail(ExchangeId::nth(1)).unwrap(), Direction::Sent), broken);
}

#[test]
fn each_response_is_told_once_and_says_which_bytes_are_none() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    // Empty lines before a status line, a chunk size that is none, a status of two digits, no end, and something else.
    let cases: [(&[u8], Option<u16>, &str); 5] = [
        (b"\r\nHTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\nab", Some(201), ""),
        (b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", Some(202), "chunk"),
        (b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nab", None, "status line"),
        (
            b"HTTP/1.1 203 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
            Some(203),
            "without the empty line",
        ),
        (b"hello, this is none\n", None, "20 bytes came that begin no response of HTTP/1."),
    ];
    for (response, status, said) in cases {
        let file = file(&[(get, OK), (get, response), (get, OK)]);
        let mut heads = 0;
        let mut events = Import::new(&file[..]);
        while let Some(batch) = events.step() {
            let is_head = |event: &&Event| matches!(event.kind, EventKind::Stage(Stage::ResponseHead { .. }));
            heads += batch.events.iter().filter(is_head).count();
        }
        assert_eq!(heads, 2 + usize::from(status.is_some()), "{}", response.escape_ascii());
        let (store, _) = import(&file);
        let rows: Vec<_> = store.exchanges().map(|row| row.status.map(|status| status.0)).collect();
        assert_eq!(rows, [Some(200), status, Some(200)], "{}", response.escape_ascii());
        let facts = Facts::new(store.detail(ExchangeId::nth(2)).unwrap());
        let is_said = facts.notes.iter().any(|note| note.sentence().contains(said));
        assert!(is_said || said.is_empty(), "{said}: {:?}", facts.notes);
    }
}

#[test]
fn of_a_request_that_is_cut_the_method_is_known_and_decides_about_the_response() {
    // The rest of the head of the second request is missing.
    let head = b"HEAD /long HTTP/1.1\r\nHost: a\r\nX: ";
    let request = [&head[..], &b"x".repeat(2_000 - head.len() - 4), b"\r\n\r\n"].concat();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut packets = conversation(Ip::V4, 50_000, &[(get, OK), (&request, answer), (get, OK)]);
    packets.remove(6);
    let (store, summary) = import(&pcap(Order::Little, false, 101, &packets));
    assert_eq!(summary.lost_bytes, 1_000);
    let rows: Vec<_> = store
        .exchanges()
        .map(|row| (&*row.method, &*row.target, row.status.map(|status| status.0)))
        .collect();
    assert_eq!(rows[1], ("HEAD", "/long", Some(200)));
    assert_eq!(rows[2], ("GET", "/", Some(200)));
    assert_eq!(raw(&store.detail(ExchangeId::nth(2)).unwrap(), Direction::Sent), answer);
}

#[test]
fn a_keep_alive_probe_is_not_sent_again() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut packets = conversation(Ip::V4, 50_000, &[(get, OK), (get, OK)]);
    let (asked, answered) = (1_001 + u32::try_from(get.len()).unwrap(), u32::MAX - 9);
    let next = answered.wrapping_add(u32::try_from(OK.len()).unwrap());
    // Between the two, with and without a byte, from both ends.
    for (from_client, seq, ack) in [(true, asked - 1, next), (false, next.wrapping_sub(1), asked)] {
        for byte in [&b""[..], b"\0"] {
            packets.insert(5, segment(Ip::V4, from_client, 50_000, [seq, ack], 16, byte));
        }
    }
    let (store, summary) = import(&pcap(Order::Little, false, 101, &packets));
    assert_eq!((summary.repeated, summary.different, summary.out_of_order), (0, 0, 0), "{summary}");
    assert!(store.exchanges().all(|row| row.outcome == Outcome::Done && row.notes.is_empty()));
}

#[test]
fn what_is_not_http_is_named_and_left_out() {
    let connections: [(&[u8], &[u8]); 6] = [
        (b"\x16\x03\x01\0\x05hello", b"\x16\x03\x03\0\x05hello"),
        (b"SSH-2.0-a\r\n", b"SSH-2.0-b\r\n"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\0\x04\0\0\0\0\0"),
        (b"\0\x01\0\0\0\x06\x01\x01", b"\0\x01\0\0\0\x04\x01\x01"),
        (b"GET /only HTTP/1.1\r\nHost: a\r\n\r\n", OK),
        (b"\x16\x03\x01\0\x05hello", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ];
    let packets: Vec<_> = connections
        .iter()
        .zip(50_000..)
        .flat_map(|(exchange, port)| conversation(Ip::V4, port, &[*exchange]))
        .collect();
    let (store, summary) = import(&pcap(Order::Little, false, 101, &packets));
    assert_eq!(summary.connections, 2, "{summary}");
    for spoken in [Spoken::Tls, Spoken::Ssh, Spoken::Http2, Spoken::Unknown] {
        assert_eq!(summary.spoken[spoken as usize], 1, "{}", spoken.facts().name);
    }
    let targets: Vec<_> = store.exchanges().map(|row| &*row.target).collect();
    assert_eq!(targets[0], "/only");
    assert!(store.messages_since(0).any(|one| one.text.contains("speaks SSH")));
}

#[test]
fn a_pair_of_ports_is_used_again_after_a_reset() {
    let first = conversation(Ip::V4, 50_000, &[(b"\0\x01\0\0\0\x06", b"\0\x01\0\0\0\x04\0\0")]);
    let mut packets: Vec<_> = first[..first.len() - 3].to_vec();
    let len = first[0].len();
    assert!(len > 0);
    // A reset, then a request without a SYN.
    packets.push(byteglass::testing::packets::segment(Ip::V4, false, 50_000, [0xFFFF_FFFE, 1_007], 4, b""));
    let get = b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
    packets.push(byteglass::testing::packets::segment(Ip::V4, true, 50_000, [9_000_000, 77], 16, get));
    packets.push(byteglass::testing::packets::segment(
        Ip::V4,
        false,
        50_000,
        [77, 9_000_000 + u32::try_from(get.len()).unwrap()],
        16,
        OK,
    ));
    let (store, _) = import(&pcap(Order::Little, false, 101, &packets));
    let rows: Vec<_> = store.exchanges().map(|row| (&*row.target, row.outcome)).collect();
    assert_eq!(rows, [("/late", Outcome::Done)]);
}

#[test]
fn atomic_fragments_and_pppoe_are_read() {
    let packets = conversation(Ip::V6, 50_000, &[(b"GET /f HTTP/1.1\r\nHost: a\r\n\r\n", OK)]);
    let atomic: Vec<_> = packets
        .iter()
        .map(|packet| {
            // A fragment header without offset and without more: RFC 6946.
            let mut with = packet[..40].to_vec();
            with[6] = 44;
            let len = u16::from_be_bytes([packet[4], packet[5]]) + 8;
            with[4..6].copy_from_slice(&len.to_be_bytes());
            with.extend([6, 0, 0, 0, 0, 0, 0, 9]);
            with.extend(&packet[40..]);
            with
        })
        .collect();
    let (store, summary) = import(&pcap(Order::Little, false, 101, &atomic));
    assert_eq!((summary.fragments, store.exchanges().count()), (0, 1));
    let session: Vec<_> = packets
        .iter()
        .map(|packet| {
            let len = u16::try_from(packet.len() + 2).unwrap().to_be_bytes();
            let mut frame = Link::Ethernet.wrap(Ip::V6, &[])[..12].to_vec();
            frame.extend([0x88, 0x64, 0x11, 0, 0, 1]);
            frame.extend(len);
            frame.extend([0, 0x57]);
            frame.extend(packet);
            frame
        })
        .collect();
    let (store, _) = import(&pcap(Order::Little, false, 1, &session));
    assert_eq!(store.exchanges().map(|row| &*row.target).collect::<Vec<_>>(), ["/f"]);
}
