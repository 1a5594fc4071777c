//! A session file of version 1 of the format, and what this version makes of it.
//!
//! `captures/session-v1.pcapng` was written by `byteglass --capture` of commit 3fbff23 while curl asked it for a
//! file of six bytes.

use std::fs::{self, File};

use byteglass::{
    base::{
        stream::{Direction, ExchangeId},
        task::TaskState,
    },
    capture::open::{Source, unfinished},
    export::raw,
    store::{Outcome, Store},
};

use super::{Recorded, finished};

const FILE: &str = "tests/captures/session-v1.pcapng";
const OLDER: &str = "it was written by an older version of byteglass (format 1, not 2)";

#[test]
fn its_packets_are_opened_and_its_version_is_said() {
    let (opened, task) = Recorded::open(Source::File(FILE.into()), 1 << 20);
    let said = format!("{OLDER}, so only its packets are shown");
    assert_eq!(finished(&opened, &task), TaskState::Done(Some(said.into())));
    assert_eq!(opened.capture.read(Store::counts).kept, 1);
    let detail = opened.detail(ExchangeId::nth(1));
    let exchange = &detail.exchange;
    assert_eq!((&*exchange.method, &*exchange.target, exchange.outcome), ("GET", "/a.txt", Outcome::Done));
    assert!(raw(&detail, Direction::Received).starts_with(b"GET /a.txt HTTP/1.1\r\nHost: 127.0.0.1:"));
    let response = raw(&detail, Direction::Sent);
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n") && response.ends_with(b"\r\n\r\nhello\n"));
}

#[test]
fn an_unfinished_session_of_it_is_refused_and_stays() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("session-1-0");
    fs::create_dir(&folder).unwrap();
    File::create(folder.join("lock")).unwrap();
    fs::copy(FILE, folder.join("00000001.pcapng")).unwrap();
    let found = unfinished(root.path(), std::time::SystemTime::now()).pop().unwrap();
    assert_eq!(found.bytes, 2036);
    let (opened, task) = Recorded::open(Source::Session(found), 1 << 20);
    let TaskState::Failed(why) = finished(&opened, &task) else { panic!("{:?}", task.state()) };
    assert_eq!(&*why, OLDER);
    assert_eq!(opened.capture.read(Store::counts).exchanges, 0);
    assert!(folder.join("00000001.pcapng").exists());
}
