//! Slow disks: what waits for them, and what does not.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    base::faults::{
        Call,
        delay::slow,
        plan::{self, Fault},
    },
    server::{Guards, Handle, OpenedSite, Setting, Settings, SiteChoice},
    service::{FolderSettings, MiddlewareKind, MiddlewareSettings},
    testing::Client,
    trace::{self, CloseReason, Event, EventKind, Guard, Stage},
};

use super::{Effect, code, torture, torture_all};

/// The name of no file of the tests: nothing waits for it.
const QUICK: &str = "/quick.txt";

/// Torture where nothing is in the system's cache, so that threads do all of it.
fn cold(call: Call, fault: Fault, effect: Effect) {
    plan::set_cold(true);
    torture(call, fault, effect);
    plan::set_cold(false);
}

#[test]
fn the_cache_of_the_system_knows_nothing() {
    torture(Call::Cache, code(libc::EAGAIN), Effect::None);
    torture(Call::Cache, code(libc::ENOSYS), Effect::None);
    torture_all(Call::Cache, code(libc::EAGAIN), usize::MAX, Effect::None);
}

#[test]
fn the_folder_fails_on_a_slow_disk() {
    cold(Call::Stat, code(libc::EIO), Effect::OneClient);
    cold(Call::Open, code(libc::EMFILE), Effect::OneClient);
    cold(Call::List, code(libc::EIO), Effect::OneClient);
    cold(Call::List, code(libc::EINTR), Effect::None);
}

#[test]
fn a_file_fails_while_a_thread_reads_it() {
    cold(Call::FileRead, code(libc::EINTR), Effect::None);
    cold(Call::FileRead, code(libc::EIO), Effect::OneClient);
    cold(Call::FileRead, Fault::Short(0), Effect::OneClient);
}

/// A server of a folder.
struct Bed {
    folder: tempfile::TempDir,
    server: Handle,
    trace: trace::Receiver,
}

fn bed(guards: Guards) -> Bed {
    let folder = tempfile::tempdir().unwrap();
    for name in ["quick.txt", "slow.bin", "stuck.bin"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    fs::write(folder.path().join("large.bin"), vec![b'l'; 8 << 20]).unwrap();
    fs::create_dir(folder.path().join("dir")).unwrap();
    fs::write(folder.path().join("dir/page.html"), "<p>text\n".repeat(20_000)).unwrap();
    let (sender, trace) = trace::channel(64 << 20);
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::Compression, true);
    let settings = Settings {
        port: 0,
        site: SiteChoice::Folder(folder.path().to_owned()),
        folder: FolderSettings { listing: true, not_found_page: true, ..FolderSettings::default() },
        middleware,
        guards,
        ..Settings::default()
    };
    let server = Handle::start(settings, Some(sender)).unwrap();
    Bed { folder, server, trace }
}

impl Bed {
    fn client(&self) -> Client {
        Client::connect(self.server.address().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// The events up to the first one of this kind.
    fn until(&self, is_it: impl Fn(&EventKind) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        while !events.iter().any(|event: &Event| is_it(&event.kind)) {
            events.extend(self.trace.recv().unwrap().events);
        }
        events
    }
}

/// How long each of these requests took, from the shortest to the longest.
fn times(clients: &mut [Client], rounds: usize) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); clients.len()];
    for round in 0..rounds {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let began = Instant::now();
            let path = if round % 2 == 0 { QUICK } else { "/health" };
            assert_eq!(client.get(path).status, 200);
            times.push(began.elapsed());
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    times
}

/// How often the two 99th percentiles are compared.
const PARTS: usize = 9;

/// Both servers are asked in turns, so that a busy machine slows both of them down.
#[test]
fn a_slow_disk_keeps_nobody_else_waiting() {
    let (quiet, busy) = (bed(Guards::default()), bed(Guards::default()));
    let _slow = slow(busy.path("slow.bin"), Some(Duration::from_millis(300)));
    let stuck = slow(busy.path("stuck.bin"), None);
    let mut waiting: Vec<_> = ["/slow.bin", "/slow.bin", "/stuck.bin", "/stuck.bin", "/stuck.bin"]
        .map(|path| {
            let mut client = busy.client();
            client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(40));
            client
        })
        .into();
    let mut clients = [quiet.client(), busy.client()];
    let percentile = |times: &[Duration]| times[times.len() * 99 / 100].as_secs_f64();
    // In each part, other programs may hold up the one or the other; in most of them they do not.
    let mut ratios: Vec<f64> = (0..PARTS)
        .map(|_| {
            let times = times(&mut clients, 400);
            percentile(&times[1]) / percentile(&times[0])
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    println!("99th percentile beside a slow disk, as a multiple of the quiet one's: {ratios:.2?}");
    // One wait for the disk among 100 would be 300 ms.
    assert!(ratios[PARTS / 2] <= 2.0, "{ratios:.2?}");
    assert!(waiting[0].get("/slow.bin").text() == "slow.bin");
    drop(stuck);
    assert_eq!(waiting[4].response("GET").text(), "stuck.bin");
}

#[test]
fn a_disk_that_does_not_answer_is_told_and_the_connection_goes_on() {
    let bed = bed(Guards::default().with(Guard::DiskTimeout, 50));
    let stuck = slow(bed.path("stuck.bin"), None);
    let mut client = bed.client();
    let response = client.get("/stuck.bin");
    assert_eq!((response.status, response.field("Retry-After")), (503, Some("10")));
    assert!(response.text().contains("50 milliseconds (disk-timeout)"), "{}", response.text());
    assert_eq!(client.get(QUICK).text(), "quick.txt");
    let events = bed.until(|kind| matches!(kind, EventKind::Stage(Stage::ResponseSent { .. })));
    assert!(
        events
            .iter()
            .any(|event| { matches!(event.kind, EventKind::Guard { kind: Guard::DiskTimeout, limit: 50 }) })
    );
    drop(stuck);
    assert_eq!(client.get("/stuck.bin").text(), "stuck.bin");
}

#[test]
fn a_download_whose_disk_stops_answering_is_broken_off() {
    let bed = bed(Guards::default().with(Guard::DiskTimeout, 50));
    let mut client = bed.client();
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // The client does not read, so that the rest is read from the file later.
    bed.until(|kind| matches!(kind, EventKind::Stage(Stage::ResponseHead { .. })));
    let _stuck = slow(bed.path("large.bin"), None);
    let got = client.rest().unwrap_or_default();
    assert!(got.len() < 8 << 20, "{}", got.len());
    let events = bed.until(|kind| matches!(kind, EventKind::Closed(_)));
    let is_closed =
        |kind: &EventKind| matches!(kind, EventKind::Closed(CloseReason::Timeout(Guard::DiskTimeout)));
    assert!(events.iter().any(|event| is_closed(&event.kind)));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Stage(Stage::Aborted))));
}

/// What a request gets, and the events of its exchange, without what differs from run to run.
fn exchange(bed: &Bed, request: &str) -> (String, Vec<String>) {
    let mut client = bed.client();
    client.send(format!("{request}\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let got: String = client.rest().unwrap().iter().copied().map(char::from).collect();
    drop(client);
    let lines = got.split_inclusive('\n').filter(|line| !line.starts_with("Date: "));
    let got = lines.map(super::bench::without_boundary).collect();
    let events = bed.until(|kind| matches!(kind, EventKind::Closed(_)));
    let of_exchange = events.iter().filter(|event| event.exchange.is_some()).map(|event| {
        let words = format!("{:?}", event.kind);
        words.split(['(', ' ', '{']).take(2).collect::<Vec<_>>().join(" ")
    });
    (got, of_exchange.collect())
}

/// Clients get the same bytes, and the trace the same events in the same order, whether threads find them or not.
#[test]
fn a_slow_disk_changes_nothing_but_the_time() {
    let requests = [
        "GET /quick.txt HTTP/1.1",
        "HEAD /large.bin HTTP/1.1",
        "GET /large.bin HTTP/1.1\r\nRange: bytes=1000000-1200000",
        "GET /large.bin HTTP/1.1\r\nRange: bytes=0-9,70000-81000,5-20",
        "GET /large.bin HTTP/1.1\r\nRange: bytes=9000000-",
        "GET /quick.txt HTTP/1.1\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT",
        "GET /quick.txt HTTP/1.1\r\nIf-None-Match: *",
        "GET /quick.txt HTTP/1.1\r\nIf-Match: \"other\"",
        "OPTIONS /quick.txt HTTP/1.1",
        "POST /quick.txt HTTP/1.1\r\nContent-Length: 0",
        "GET /dir HTTP/1.1",
        "GET /dir/ HTTP/1.1\r\nAccept: application/json",
        "GET /dir/ HTTP/1.1\r\nAccept-Encoding: gzip",
        "GET /dir/page.html HTTP/1.1\r\nAccept-Encoding: gzip",
        "GET /dir/page.html HTTP/1.0",
        "GET /nothing HTTP/1.1",
        "GET /..%2fx HTTP/1.1",
    ];
    let bed = bed(Guards::default());
    let usual = requests.map(|request| exchange(&bed, request));
    let _slow = slow(bed.path(""), Some(Duration::from_millis(1)));
    for (request, usual) in requests.iter().zip(usual) {
        let got = exchange(&bed, request);
        assert!(got.0 == usual.0, "{request}: {:.300}\n{:.300}", got.0, usual.0);
        assert_eq!(got.1, usual.1, "{request}");
    }
}

#[test]
fn a_client_that_leaves_ends_its_exchange_at_once() {
    let bed = bed(Guards::default());
    let stuck = slow(bed.path("stuck.bin"), None);
    let mut client = bed.client();
    client.send("GET /stuck.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    bed.until(|kind| matches!(kind, EventKind::Stage(Stage::Head { .. })));
    client.reset();
    let events = bed.until(|kind| matches!(kind, EventKind::Closed(CloseReason::Reset)));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Stage(Stage::Aborted))));
    // One that only ends its side still gets the answer.
    let mut client = bed.client();
    client.send("GET /stuck.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").end();
    bed.until(|kind| matches!(kind, EventKind::Stage(Stage::Head { .. })));
    drop(stuck);
    assert_eq!(client.response("GET").text(), "stuck.bin");
}

#[test]
fn a_folder_that_is_replaced_meanwhile_answers_what_was_asked_of_it() {
    let bed = bed(Guards::default());
    let stuck = slow(bed.path("stuck.bin"), None);
    let mut client = bed.client();
    client.send("GET /stuck.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    bed.until(|kind| matches!(kind, EventKind::Stage(Stage::Head { .. })));
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("stuck.bin"), "another").unwrap();
    let site = OpenedSite::open(SiteChoice::Folder(other.path().to_owned())).unwrap();
    assert!(bed.server.wait_for(bed.server.set(Setting::Site(site))));
    assert_eq!(bed.client().get("/stuck.bin").text(), "another");
    drop(stuck);
    assert_eq!(client.response("GET").text(), "stuck.bin");
    for _ in 0..2 {
        assert_eq!(client.get("/stuck.bin").text(), "another", "and nothing of the old one is remembered");
    }
}

#[test]
fn a_server_that_stops_waits_for_no_disk() {
    let bed = bed(Guards::default());
    let _stuck = slow(bed.path("stuck.bin"), None);
    let mut client = bed.client();
    client.send("GET /stuck.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    bed.until(|kind| matches!(kind, EventKind::Stage(Stage::Head { .. })));
    // It would take two minutes.
    drop(bed.server);
    assert!(client.rest().unwrap_or_default().is_empty());
    assert!(Path::new(bed.folder.path()).exists());
}

#[test]
fn a_trial_does_not_wait_in_the_loop() {
    use crate::server::Trial;
    let bed = bed(Guards::default());
    let stuck = slow(bed.path("stuck.bin"), None);
    let trial = Trial { method: "GET".into(), target: "/stuck.bin".into(), host: "localhost".into() };
    let pending = bed.server.preview(trial);
    assert_eq!(bed.client().get(QUICK).text(), "quick.txt");
    drop(stuck);
    let preview = pending.wait().unwrap();
    assert_eq!(preview.attempts.last().unwrap().summary.words(), "file stuck.bin, 9 bytes");
}
