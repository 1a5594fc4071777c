//! Requests on disk, to be sent again.

use byteglass::{
    base::stream::ExchangeId,
    session::Recording,
    store::MESSAGE_SHARE_BYTES,
    testing::script::{Script, response},
};

use super::Recorded;

#[test]
fn a_body_that_memory_does_not_hold_comes_from_the_disk_whole() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 64 << 20);
    let body = usize::try_from(MESSAGE_SHARE_BYTES).unwrap() + 1_000_000;
    let mut request = format!("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: {body}\r\n\r\n").into_bytes();
    let head = request.len();
    request.resize(head + body, b'x');
    request[head + body - 1] = b'y';
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, &request[..head]);
    for part in request[head..].chunks(50_000) {
        script.read(1, part);
    }
    let id = script.request(1, offset, &request, byteglass::http::Framing::Length(body as u64));
    script.respond(1, id, &response(b"a"), None);
    sender.send(script.batch());
    recorded.wait(|store| store.exchange(ExchangeId::FIRST)?.status);
    assert!(recorded.capture.request(id).unwrap().bytes.concat() == request);
    // Only on disk by now.
    recorded.capture.set_budget(0);
    assert!(recorded.capture.request(id).unwrap().bytes.concat() == request);
}
