//! Captures of real traffic that another program recorded. `captures/curl.pcap`: dumpcap on the loopback
//! interface while curl asked byteglass three times, on three connections.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use byteglass::capture::{Outcome, Store, export::raw, import::Import};

#[test]
fn curl_as_dumpcap_saw_it() {
    let file = std::fs::File::open("tests/captures/curl.pcap").unwrap();
    let mut import = Import::new(file);
    let mut store = Store::new(1 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    assert_eq!(import.stop(), None);
    assert_eq!((import.summary().connections, import.summary().lost_bytes), (3, 0));
    let rows: Vec<_> = store.exchanges().map(|one| (&*one.method, &*one.target, one.outcome)).collect();
    let wanted = [("POST", "/api/echo"), ("HEAD", "/a.txt"), ("GET", "/stream/3")];
    assert_eq!(rows, wanted.map(|(method, target)| (method, target, Outcome::Done)));
    let sent = raw(&store.detail(1).unwrap(), false);
    assert!(sent.ends_with(b"\r\n\r\n{\"message\":\"hi\"}"));
    let chunked = raw(&store.detail(3).unwrap(), true);
    assert!(chunked.starts_with(b"HTTP/1.1 200 OK\r\n") && chunked.ends_with(b"\r\n0\r\n\r\n"));
}
