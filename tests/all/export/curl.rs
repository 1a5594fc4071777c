//! The curl commands of exchanges, run by the real shell and the real curl, where there is one.

use std::process::Command;

use byteglass::{
    base::stream::{Direction, ExchangeId},
    explain::Facts,
    export::{self, raw},
    store::Store,
    testing::Site,
};

/// The request's lines in order, the field lines sorted, and the body.
fn parts(request: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let head = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let mut lines: Vec<Vec<u8>> = request[..head].split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for line in &mut lines {
        line.retain(|byte| *byte != b'\r');
    }
    lines[1..].sort();
    (lines, request[head + 4..].to_vec())
}

#[test]
fn curl_sends_the_same_method_target_fields_and_content() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let site = Site::start();
    let address = site.server.address().unwrap();
    let mut store = Store::new(64 << 20);
    let mut following = ExchangeId::FIRST;
    let mut next = |store: &mut Store| {
        let last = following;
        following = last.next();
        while !store.exchange(last).is_some_and(|one| one.outcome.ended()) {
            store.apply(site.events.recv().unwrap());
        }
        store.detail(last).unwrap()
    };
    let long = format!("Content-Length: 5000\r\n\r\n{}", "'%\\\"$(x)`y`\n".repeat(1000).get(..5000).unwrap());
    let requests: [(&str, Vec<u8>); 8] = [
        ("GET /a.txt?b=c&d=(1-3)*!~'$HOME", b"User-Agent: x\r\nAccept: */*\r\n\r\n".to_vec()),
        (
            "GET /../%2e/a//b",
            b"X-Empty:\r\nX-Quotes: '\"`$(id)\\\r\nAccept: \xc3\xa9 \xe2\x80\xae\r\n\r\n".to_vec(),
        ),
        ("HEAD /a.txt", b"X-Opaque: a\xe9\xff\tb % d\r\n\r\n".to_vec()),
        ("OPTIONS *", b"\r\n".to_vec()),
        ("DELETE /echo", b"-X: y\r\nY: @z\r\n\r\n".to_vec()),
        ("POST /echo", b"Content-Length: 6\r\n\r\n-\x00\xff%'\\".to_vec()),
        ("PUT /echo", b"Content-Type: text/plain\r\nContent-Length: 9\r\n\r\n@not/file".to_vec()),
        ("POST /echo", long.into_bytes()),
    ];
    for (line, rest) in requests {
        let mut client = site.client();
        let request = [format!("{line} HTTP/1.1\r\nHost: {address}\r\n").as_bytes(), &rest].concat();
        client.send(&request);
        client.end();
        let detail = next(&mut store);
        let curl = export::format("curl-with-secrets").unwrap();
        let command = export::text(curl, &Facts::new(detail)).unwrap_or_else(|why| panic!("{line}: {why}"));
        let output = Command::new("sh").arg("-c").arg(&command).env("no_proxy", "*").output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let again = raw(&next(&mut store), Direction::Received);
        assert_eq!(parts(&again), parts(&request), "{command}\n{}", again.escape_ascii());
    }
}
