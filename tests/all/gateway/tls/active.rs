//! Active checks of backends that are reached over TLS.

use std::time::{Duration, Instant};

use byteglass::{
    gateway::{CheckSettings, Failure, Standing},
    server::{BackendInfo, Setting},
};

use super::{Authority, Backend, Front};

/// Has the backend checked every 50 ms.
fn check(front: &Front) {
    let mut gateway = front.server.settings().gateway.clone();
    let check = CheckSettings { path: "/health".to_owned(), interval_ms: 50, ..CheckSettings::default() };
    gateway.groups[0].check = Some(check);
    assert!(front.server.wait_for(front.server.set(Setting::Gateway(gateway))));
}

/// Waits until the backend is so.
fn until(front: &Front, is: impl Fn(&BackendInfo) -> bool) {
    let began = Instant::now();
    loop {
        let live = front.server.live();
        let info = &live.groups[0].backends[0];
        if is(info) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{info:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn last(info: &BackendInfo) -> Option<Result<u16, Failure>> {
    info.check?.last.map(|last| last.outcome)
}

#[test]
fn a_check_is_made_inside_tls_and_asks_for_the_name() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["localhost"], |_| {}).config());
    let front = Front::new(&backend.url("localhost"), &authority);
    check(&front);
    until(&front, |info| last(info) == Some(Ok(200)) && info.standing == Standing::Healthy);
    assert_eq!(backend.names.recv().unwrap().as_deref(), Some("localhost"));
}

#[test]
fn a_certificate_that_is_not_trusted_takes_the_backend_out_and_a_trusted_one_brings_it_back() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let backend = Backend::answering(other.issue(&["localhost"], |_| {}).config());
    let front = Front::new(&backend.url("localhost"), &authority);
    check(&front);
    until(&front, |info| matches!(info.standing, Standing::Out { failure: Failure::Tls, .. }));
    assert_eq!(last(&front.server.live().groups[0].backends[0]), Some(Err(Failure::Tls)));
    // No request has to find out.
    assert_eq!(front.client().get("/a").status, 503);
    let mut gateway = front.server.settings().gateway.clone();
    let file = front.folder.path().join("other.pem");
    std::fs::write(&file, other.0.pem()).unwrap();
    gateway.tls.ca_file = Some(file);
    assert!(front.server.wait_for(front.server.set(Setting::Gateway(gateway))));
    until(&front, |info| last(info) == Some(Ok(200)));
    until(&front, |info| matches!(info.standing, Standing::Starting { .. }));
    assert_eq!(front.client().get("/a").text(), "ok");
}
