#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{io::Read, net::TcpListener};

use super::*;
use crate::{
    base::{
        faults::{
            Call,
            plan::{self, Fault, Plan},
        },
        stream::ExchangeId,
    },
    server::{Handle, Settings, announced::Announced, settings::SiteChoice},
    trace::AgainSource,
};

fn copies(request: &str) -> Copies {
    Copies {
        again: Again { of: ExchangeId::FIRST, source: AgainSource::Capture, without_credentials: false },
        protocol: ProtocolKind::Http,
        method: Method::from_token(request.split(' ').next().unwrap().as_bytes()),
        bytes: request.as_bytes().chunks(7).map(Bytes::copy_from_slice).collect(),
        is_complete: true,
        times: 1,
        patience: Duration::from_secs(10),
    }
}

fn server() -> Handle {
    Handle::start(Settings { port: 0, site: SiteChoice::Welcome, ..Settings::default() }, None).unwrap()
}

const POST: &str =
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n";

/// Each call fails once, in turn: the sender says so or goes on, and leaves nothing behind.
#[test]
fn torture() {
    let server = server();
    let code = |number| Fault::Code(number);
    let plans = [
        (Call::Connect, code(libc::EMFILE), true),
        (Call::Prepare, code(libc::EINVAL), true),
        (Call::Register, code(libc::ENOSPC), true),
        (Call::Poll, code(libc::EBADF), true),
        (Call::Poll, code(libc::EINTR), false),
        (Call::Read, code(libc::EINTR), false),
        (Call::Read, code(libc::ECONNRESET), false),
        (Call::Read, Fault::Short(1), false),
        (Call::Write, code(libc::EINTR), false),
        (Call::Write, code(libc::EPIPE), false),
        (Call::Write, Fault::Short(1), false),
        (Call::Shutdown, code(libc::ENOTCONN), false),
        (Call::Deregister, code(libc::ENOENT), false),
    ];
    let mut asked = copies(POST);
    // The server waits for what is not sent.
    asked.patience = Duration::from_millis(100);
    asked.is_complete = false;
    for (call, fault, is_error) in plans {
        let mut runs = 0;
        for at in 0..200 {
            plan::follow(Some(Plan { call, at, times: 1, fault }));
            let sent = send_all(server.shared(), &asked, &Task::default());
            let hits = plan::hits();
            plan::follow(None);
            assert_eq!(server.shared().announced().len(), 0);
            if hits == 0 {
                break;
            }
            runs += 1;
            assert_eq!(sent.last.is_err(), is_error, "{call:?} {fault:?} at {at}: {sent:?}");
            assert_eq!(sent.count, u32::from(!is_error));
        }
        assert!(runs > 0, "{call:?} is not made");
    }
    let sent = send_all(server.shared(), &copies(POST), &Task::default());
    assert!(matches!(sent.last, Ok(Ending::Complete)), "{sent:?}");
}

#[test]
fn another_program_at_the_address_gets_no_byte() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let shared = Shared::new(Settings::default());
    shared.set_addresses(ProtocolKind::Http, vec![other.local_addr().unwrap()]);
    let asked = Copies { patience: Duration::from_millis(200), ..copies(POST) };
    let sent = send_all(&shared, &asked, &Task::default());
    assert!(matches!(sent.last, Err(AgainError::NotTaken(_))), "{sent:?}");
    let mut got = Vec::new();
    other.accept().unwrap().0.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"");
    drop(other);
    let sent = send_all(&shared, &asked, &Task::default());
    assert!(matches!(sent.last, Err(AgainError::Connect(..))), "{sent:?}");
    assert_eq!(shared.announced().len(), 0);
}

#[test]
fn a_connection_is_known_by_its_whole_address() {
    let announced = Announced::default();
    let again = copies(POST).again;
    let own: SocketAddr = "127.0.0.1:4000".parse().unwrap();
    announced.connect(again, || Ok(((), own))).unwrap();
    assert_eq!(announced.take("127.0.0.2:4000".parse().unwrap()), None);
    assert_eq!(announced.take("127.0.0.1:4001".parse().unwrap()), None);
    assert!(!announced.wait_taken(own, Duration::from_millis(1)));
    // A listener for both versions of IP sees it so.
    assert_eq!(announced.take("[::ffff:127.0.0.1]:4000".parse().unwrap()), Some(again));
    assert_eq!(announced.take(own), None);
    assert!(announced.wait_taken(own, Duration::ZERO));
}

#[test]
fn a_response_that_never_ends_is_given_up_and_stops_the_rest() {
    let server = server();
    let slow = Copies {
        patience: Duration::from_millis(150),
        times: 3,
        ..copies("GET /delay/10000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    };
    let sent = server.send_again(slow).wait().unwrap();
    assert!(matches!(sent.last, Ok(Ending::Unended(_))), "{sent:?}");
    assert_eq!(sent.count, 1);
}

#[test]
fn what_is_being_sent_can_be_stopped() {
    let server = server();
    let sending = server.send_again(copies("GET /delay/10000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    sending.task().cancel();
    let sent = sending.wait().unwrap();
    assert!(matches!(sent.last, Err(AgainError::Cancelled)), "{sent:?}");
}
