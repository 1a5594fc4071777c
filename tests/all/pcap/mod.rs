//! Captures that another program recorded, or could have: every kind of link, both forms of files.
//! `captures/curl.pcap` is of real traffic: dumpcap on the loopback interface while curl asked byteglass three
//! times, on three connections.

mod others;
mod pairs;

use std::{
    path::Path,
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use byteglass::{
    base::stream::{Direction, ExchangeId},
    export::raw,
    pcap::{Import, Summary},
    store::{Outcome, Store},
    testing::packets::{BASE_SECS, Interface, Ip, Link, Order, conversation, pcap, pcapng},
};

const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
const GET: &[u8] = b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED: &[u8] = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

/// A response in several segments.
fn long() -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nContent-Length: 2500\r\n\r\n".as_slice(), &b"x".repeat(2500)].concat()
}

fn import(file: &[u8]) -> (Store, Summary) {
    let mut import = Import::new(file);
    let mut store = Store::new(1 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    assert!(import.stop().is_none());
    (store, import.summary())
}

/// Three exchanges on one connection.
fn packets_of(ip: Ip) -> Vec<Vec<u8>> {
    conversation(ip, 50_000, &[(POST, OK), (GET, CHUNKED), (GET, &long())])
}

fn assert_exchanges(store: &Store, ip: Ip, what: &str) {
    let rows: Vec<_> = store
        .exchanges()
        .map(|one| (&*one.method, &*one.target, one.status.map(|status| status.0), one.outcome))
        .collect();
    let done = Outcome::Done;
    assert_eq!(
        rows,
        [("POST", "/a", Some(200), done), ("GET", "/b", Some(404), done), ("GET", "/b", Some(200), done)],
        "{what}"
    );
    for (id, request, response) in [(1, POST, OK), (2, GET, CHUNKED), (3, GET, &long())] {
        let detail = store.detail(ExchangeId::nth(id)).unwrap();
        assert_eq!(raw(&detail, Direction::Received), request, "{what}");
        assert_eq!(raw(&detail, Direction::Sent), response, "{what}");
        let ends = match ip {
            Ip::V4 => ["10.0.0.9:50000", "10.0.0.1:80"],
            _ => ["[2001:db8::9]:50000", "[2001:db8::1]:80"],
        };
        assert_eq!([detail.peer, detail.local], ends.map(|end| Some(end.parse().unwrap())), "{what}");
    }
}

/// What tshark makes of the requests in a file. `None`: there is no tshark.
fn tshark(file: &Path) -> Option<String> {
    let fields =
        ["-Y", "http.request", "-T", "fields", "-e", "http.request.method", "-e", "http.request.uri"];
    let output = Command::new("tshark").arg("-r").arg(file).args(fields).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_link_and_both_versions_of_ip_are_read() {
    let (mut interfaces, mut all) = (Vec::new(), Vec::new());
    for link in Link::ALL {
        for ip in [Ip::V4, Ip::V6, Ip::V6Extended] {
            let what = format!("{link:?}-{ip:?}");
            let frames: Vec<_> = packets_of(ip).iter().map(|packet| link.wrap(ip, packet)).collect();
            let (store, summary) = import(&pcap(Order::Little, false, link.number(ip), &frames));
            assert_exchanges(&store, ip, &what);
            let packets = frames.len() as u64;
            assert_eq!(
                summary,
                Summary { packets, connections: 1, exchanges: 3, ..Summary::default() },
                "{what}"
            );
            let port = 40_000 + u16::try_from(interfaces.len()).unwrap();
            let own = conversation(
                ip,
                port,
                &[(format!("GET /{what} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(), OK)],
            );
            all.extend(own.iter().map(|packet| (interfaces.len(), link.wrap(ip, packet))));
            interfaces.push(Interface { link: link.number(ip), resolution: None, offset_secs: 0 });
        }
    }
    // Another reader sees the same in such frames, so they are what they claim to be.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pcapng");
    std::fs::write(&path, pcapng(Order::Little, &interfaces, &all)).unwrap();
    let (store, _) = import(&std::fs::read(&path).unwrap());
    let ours: Vec<_> = store.exchanges().map(|one| format!("{}\t{}", one.method, one.target)).collect();
    assert_eq!(ours.len(), interfaces.len());
    if let Some(theirs) = tshark(&path) {
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>());
    }
}

#[test]
fn classic_files_are_read_in_both_orders_and_both_units() {
    let frames: Vec<_> =
        packets_of(Ip::V4).iter().map(|packet| Link::Ethernet.wrap(Ip::V4, packet)).collect();
    for order in [Order::Little, Order::Big] {
        for nanos in [false, true] {
            let (store, _) = import(&pcap(order, nanos, 1, &frames));
            assert_exchanges(&store, Ip::V4, &format!("{order:?} {nanos}"));
            // The fourth packet is the first request.
            let began = store.wall_clock(store.exchange(ExchangeId::nth(1)).unwrap().began);
            assert_eq!(began, Some(UNIX_EPOCH + Duration::from_secs(BASE_SECS) + Duration::from_millis(3)));
        }
    }
}

#[test]
fn interfaces_of_one_file_have_links_and_clocks_of_their_own() {
    let interface = |link, resolution, offset_secs| Interface { link, resolution, offset_secs };
    let interfaces = [
        interface(1, None, 0),
        interface(101, Some(9), 0),
        interface(276, Some(0x94), 0),
        interface(113, Some(3), 1_000),
        interface(0, Some(6), 0),
    ];
    let links = [Link::Ethernet, Link::Raw, Link::LinuxSll2, Link::LinuxSll, Link::Null];
    let packets = packets_of(Ip::V6);
    for order in [Order::Little, Order::Big] {
        let frames: Vec<_> = packets
            .iter()
            .zip((0..links.len()).cycle())
            .map(|(packet, number)| (number, links[number].wrap(Ip::V6, packet)))
            .collect();
        let (store, summary) = import(&pcapng(order, &interfaces, &frames));
        assert_exchanges(&store, Ip::V6, &format!("{order:?}"));
        assert_eq!((summary.other, summary.out_of_order), (0, 0));
        // A packet a millisecond, whatever its clock counts in; the coarsest counts in 954 nanoseconds.
        for (id, packet) in [(1, 3), (2, 5), (3, 7)] {
            let began = store.wall_clock(store.exchange(ExchangeId::nth(id)).unwrap().began).unwrap();
            let late = began.duration_since(UNIX_EPOCH + Duration::from_secs(BASE_SECS)).unwrap();
            let expected = Duration::from_millis(packet);
            assert!(late >= expected && late < expected + Duration::from_micros(1), "{id}: {late:?}");
        }
    }
}

#[test]
fn what_is_no_tcp_or_on_a_link_that_is_not_known_is_counted() {
    let mut packets = packets_of(Ip::V4);
    // More fragments follow.
    packets[3][6] = 0x20;
    let (store, summary) = import(&pcap(Order::Little, false, 101, &packets));
    assert_eq!(summary.fragments, 1);
    // The request was in it: what is known of the exchange is its response.
    let targets: Vec<_> = store.exchanges().map(|one| &*one.target).collect();
    assert_eq!(targets, ["", "/b", "/b"]);
    let mut packets = packets_of(Ip::V6);
    // A fragment header in place of TCP.
    packets[3][6] = 44;
    // UDP.
    packets[4][6] = 17;
    let (_, summary) = import(&pcap(Order::Little, false, 101, &packets));
    assert_eq!((summary.fragments, summary.other), (1, 1));
    // Bluetooth.
    let (store, summary) = import(&pcap(Order::Little, false, 187, &packets));
    assert_eq!((summary.unknown_links, summary.packets), (packets.len() as u64, packets.len() as u64));
    assert_eq!(store.exchanges().count(), 0);
}

#[test]
fn curl_as_dumpcap_saw_it() {
    let (store, summary) = import(&std::fs::read("tests/captures/curl.pcap").unwrap());
    assert_eq!((summary.connections, summary.lost_bytes), (3, 0));
    let rows: Vec<_> = store.exchanges().map(|one| (&*one.method, &*one.target, one.outcome)).collect();
    let wanted = [("POST", "/api/echo"), ("HEAD", "/a.txt"), ("GET", "/stream/3")];
    assert_eq!(rows, wanted.map(|(method, target)| (method, target, Outcome::Done)));
    let sent = raw(&store.detail(ExchangeId::nth(1)).unwrap(), Direction::Received);
    assert!(sent.ends_with(b"\r\n\r\n{\"message\":\"hi\"}"));
    let chunked = raw(&store.detail(ExchangeId::nth(3)).unwrap(), Direction::Sent);
    assert!(chunked.starts_with(b"HTTP/1.1 200 OK\r\n") && chunked.ends_with(b"\r\n0\r\n\r\n"));
}

#[test]
fn compressed_files_are_read() {
    use std::io::Write;

    let frames: Vec<_> =
        packets_of(Ip::V4).iter().map(|packet| Link::Ethernet.wrap(Ip::V4, packet)).collect();
    let file = pcap(Order::Little, false, 1, &frames);
    // In two members, as programs that append write them.
    let mut compressed = Vec::new();
    for part in file.chunks(file.len() / 2 + 1) {
        let mut gzip = flate2::write::GzEncoder::new(&mut compressed, flate2::Compression::default());
        gzip.write_all(part).unwrap();
        gzip.finish().unwrap();
    }
    let (store, _) = import(&compressed);
    assert_exchanges(&store, Ip::V4, "gzip");
}

#[test]
fn a_file_of_two_recordings_has_the_times_of_both() {
    let frames: Vec<_> = packets_of(Ip::V4);
    let (late, early) = (pcap(Order::Little, false, 101, &frames), pcap(Order::Little, false, 101, &frames));
    // The second recording is ten years older than the first, and of another client.
    let mut file = late;
    let mut at = 24;
    while at < early.len() {
        let len = u32::from_le_bytes(early[at + 8..at + 12].try_into().unwrap()) as usize;
        let mut packet = early[at..at + 16 + len].to_vec();
        let secs = u32::from_le_bytes(packet[..4].try_into().unwrap()) - 315_360_000;
        packet[..4].copy_from_slice(&secs.to_le_bytes());
        // The header of IP has an option, so the client's port stands at 24 or 26 of the packet.
        let client = if packet[16 + 24..16 + 26] == 50_000_u16.to_be_bytes() { 16 + 24 } else { 16 + 26 };
        packet[client..client + 2].copy_from_slice(&50_001_u16.to_be_bytes());
        file.extend(packet);
        at += 16 + len;
    }
    let (store, summary) = import(&file);
    assert_eq!((summary.exchanges, summary.steps_back), (6, 1));
    let secs = |id| {
        let began = store.wall_clock(store.exchange(ExchangeId::nth(id)).unwrap().began).unwrap();
        began.duration_since(UNIX_EPOCH).unwrap().as_secs()
    };
    assert_eq!([secs(1), secs(4)], [BASE_SECS, BASE_SECS - 315_360_000]);
}
