//! Connections that break off, before and after the handshake.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use byteglass::{
    server::Guards,
    trace::{Guard, TlsProblem},
};

use super::{Authority, Backend, Front, end, handshakes, head};

/// A backend that does this with each connection, after it has read what came first.
fn accepting(act: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let _ = socket.read(&mut [0; 4096]);
            act(socket);
        }
    });
    format!("https://127.0.0.1:{port}")
}

#[test]
fn a_handshake_that_stalls_is_a_504() {
    let url = accepting(|mut socket| drop(socket.read(&mut [0; 4096])));
    let guards = Guards::default().with(Guard::ConnectTimeout, 100);
    let front = Front::with(&[&url], &Authority::new("Test CA").0.pem(), guards, false);
    let response = front.client().get("/a");
    assert_eq!(response.status, 504, "{}", response.text());
    assert!(
        response.text().contains("did not complete the TLS handshake within 100 ms"),
        "{}",
        response.text()
    );
    let (handshake, _) = handshakes(&front.said()).remove(0);
    assert_eq!(handshake.problem, Some(TlsProblem::TimedOut));
}

#[test]
fn a_handshake_that_breaks_off_is_a_502() {
    let authority = Authority::new("Test CA");
    let ends = accepting(drop);
    let resets = accepting(|socket| {
        rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
    });
    for (url, problem, words) in [
        (ends, TlsProblem::Ended, "ended the connection during the TLS handshake"),
        (resets, TlsProblem::Reset, "reset the connection during the TLS handshake"),
    ] {
        let front = Front::new(&url, &authority);
        let response = front.client().get("/a");
        assert_eq!(response.status, 502);
        assert!(response.text().contains(words), "{}", response.text());
        let (handshake, _) = handshakes(&front.said()).remove(0);
        assert_eq!(handshake.problem, Some(problem));
    }
}

#[test]
fn a_body_that_lasts_until_the_end_is_whole_only_if_tls_ended() {
    let authority = Authority::new("Test CA");
    for ends_tls in [true, false] {
        let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), move |stream| {
            head(stream).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nall of it").unwrap();
            stream.flush().unwrap();
            if ends_tls {
                end(stream);
            }
        });
        let front = Front::new(&backend.url("localhost"), &authority);
        let mut client = front.client();
        client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if ends_tls {
            assert_eq!(client.response("GET").text(), "all of it");
        } else {
            client.until("all of it\r\n");
            assert_eq!(client.rest().unwrap_or_default(), b"");
        }
        if !ends_tls {
            let said = front.said();
            let note = said.iter().any(|event| format!("{:?}", event.kind).contains("may have been cut off"));
            assert!(note, "{said:?}");
        }
    }
}

#[test]
fn a_body_of_known_length_needs_no_end_of_tls() {
    let authority = Authority::new("Test CA");
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), |stream| {
        head(stream).unwrap();
        stream.write_all(super::OK.as_bytes()).unwrap();
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    // The connection that is gone is replaced without a word.
    for _ in 0..3 {
        assert_eq!(client.get("/a").text(), "ok");
    }
}

#[test]
fn half_a_body_is_not_filled_up() {
    let authority = Authority::new("Test CA");
    for ends_tls in [true, false] {
        let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), move |stream| {
            head(stream).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
            if ends_tls {
                end(stream);
            }
        });
        let front = Front::new(&backend.url("localhost"), &authority);
        let mut client = front.client();
        client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.until("half");
        assert_eq!(client.rest().unwrap_or_default(), b"");
    }
}

#[test]
fn bytes_that_do_not_decrypt_end_the_connection() {
    let authority = Authority::new("Test CA");
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), |stream| {
        head(stream).unwrap();
        // RFC 8446 §5.2: a record that nobody encrypted.
        stream.sock.write_all(&[23, 3, 3, 0, 20]).unwrap();
        stream.sock.write_all(&[7; 20]).unwrap();
        let _ = stream.sock.read(&mut [0; 100]);
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let response = front.client().get("/a");
    assert_eq!(response.status, 502);
    assert!(response.text().contains("broke the rules of TLS: "), "{}", response.text());
}

#[test]
fn a_client_that_takes_nothing_holds_the_backend_up() {
    const LEN: usize = 64 << 20;
    let authority = Authority::new("Test CA");
    let (sender, written) = std::sync::mpsc::channel();
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), move |stream| {
        head(stream).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {LEN}\r\n\r\n").unwrap();
        let block = vec![b'x'; 64 * 1024];
        let mut sent = 0;
        while sent < LEN && stream.write_all(&block).is_ok() {
            sent += block.len();
        }
        let _ = sender.send(sent);
    });
    let guards = Guards::default().with(Guard::WriteTimeout, 300);
    let front = Front::with(&[&backend.url("localhost")], &authority.0.pem(), guards, false);
    let mut client = front.client();
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // It is given up, and the backend's connection with it.
    let sent = written.recv_timeout(super::PATIENCE).unwrap();
    assert!(sent < LEN / 2, "{sent} bytes were taken");
}

#[test]
fn a_client_that_leaves_ends_the_backends_connection() {
    let authority = Authority::new("Test CA");
    let (sender, gone) = std::sync::mpsc::channel();
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), move |stream| {
        head(stream).unwrap();
        let _ = sender.send(false);
        let _ = stream.read(&mut [0; 100]);
        let _ = sender.send(true);
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
    assert!(!gone.recv_timeout(super::PATIENCE).unwrap());
    drop(client);
    assert!(gone.recv_timeout(super::PATIENCE).unwrap());
}
