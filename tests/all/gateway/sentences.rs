//! What a client, the terminal and a program that reads events are told where no backend answered: what happened at
//! which backend after how long, or why each backend did not take the request.

use std::net::SocketAddr;

use byteglass::{
    gateway::{Duty, GatewaySettings, GroupSettings},
    server::{Guards, Setting, Settings},
    terminal::{self, Format},
    testing::Site,
    trace::{self, Guard},
};

use super::{
    backend::{Backend, Do},
    trouble::nobody,
};

fn group(backends: &[SocketAddr]) -> GroupSettings {
    GroupSettings::new(
        "app",
        "/",
        backends.iter().map(|backend| format!("http://{backend}").parse().unwrap()),
    )
}

fn site(group: GroupSettings, guards: Guards) -> Site {
    Site::start_as(|settings: &mut Settings| {
        settings.gateway = GatewaySettings { groups: vec![group], ..Default::default() };
        settings.guards = guards;
    })
}

/// What the terminal prints of all that happened at the site, as text and as JSON.
fn printed(site: Site) -> [String; 2] {
    let Site { server, events, .. } = site;
    drop(server);
    let batches: Vec<_> = std::iter::from_fn(|| events.recv()).collect();
    [Format::Text, Format::Json].map(|format| {
        let (mut sender, receiver) = trace::channel(64 << 20);
        for batch in &batches {
            sender.send(trace::Batch { events: batch.events.clone() });
        }
        drop(sender);
        let mut out = Vec::new();
        let options = terminal::Options { format, quiet: false, colour: false };
        terminal::print(&receiver, options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    })
}

/// Checks that the response says this, and the terminal and the JSON events in a note with the same words.
#[track_caller]
fn assert_told(site: Site, response: &str, wanted: &[&str]) {
    let [text, json] = printed(site);
    let says_all = |line: &&str| wanted.iter().all(|words| line.contains(words));
    assert!(says_all(&response), "{wanted:?}: {response}");
    assert!(text.lines().any(|line| says_all(&line)), "{wanted:?}: {text}");
    let is_note = |line: &&str| line.contains(r#""event":"note_added""#) && says_all(line);
    assert!(json.lines().any(|line| is_note(&line)), "{wanted:?}: {json}");
}

#[test]
fn a_503_names_each_backend_with_its_reason() {
    let busy = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let down = nobody();
    let others = [nobody(), nobody()];
    let mut only_down = group(&[down, busy.address, others[0], others[1]]);
    only_down.load.open_max = 1;
    only_down.load.waiting_max = 0;
    for backend in [1, 2, 3] {
        only_down.backends[backend].duty = Duty::Off;
    }
    let site = site(only_down.clone(), Guards::default());
    for _ in 0..3 {
        assert_eq!(site.client().get("/a").status, 503, "the others are switched off");
    }
    let set = |duties: [Duty; 4]| {
        let mut group = only_down.clone();
        for (backend, duty) in group.backends.iter_mut().zip(duties) {
            backend.duty = duty;
        }
        site.set(Setting::Gateway(GatewaySettings { groups: vec![group], ..Default::default() }));
    };
    // The second one gets a request that it never answers.
    set([Duty::Off, Duty::On, Duty::Off, Duty::Off]);
    let mut waits = site.client();
    waits.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    busy.received();
    set([Duty::On, Duty::On, Duty::Draining, Duty::Off]);
    let refused = site.client().get("/a");
    assert_eq!(refused.status, 503);
    let out = format!("app-1 ({down}): out of rotation for ");
    let full = format!("app-2 ({}): full: 1 open request.", busy.address);
    let draining = format!("app-3 ({}): draining: it takes no new requests.", others[0]);
    let off = format!("app-4 ({}): switched off.", others[1]);
    drop(waits);
    let text = refused.text();
    let wanted = [
        &*full,
        &out,
        &draining,
        &off,
        "because it refused the connection; next try in ",
        "backends have as many",
    ];
    assert_told(site, text, &wanted);
    busy.done();
}

#[test]
fn a_503_of_a_group_whose_backends_are_all_out_says_since_when_and_when_to_come_back() {
    let down = nobody();
    let site = site(group(&[down]), Guards::default());
    let mut client = site.client();
    for status in [502, 502, 502] {
        assert_eq!(client.get("/a").status, status);
    }
    let refused = client.get("/a");
    assert_eq!((refused.status, refused.field("Retry-After")), (503, Some("1")));
    let text = refused.text();
    let out = format!("app-1 ({down}): out of rotation for ");
    let first = "Try again in 1 s.";
    assert!(text.contains("No backend can take the request at the moment.\n"), "{text}");
    assert_told(site, text, &[first, &out, " ms, because it refused the connection; next try in "]);
}

#[test]
fn a_502_and_a_504_say_what_happened_at_each_backend_after_how_long() {
    let down = nobody();
    let silent = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let guards = Guards::default().with(Guard::FirstByteTimeout, 60);
    let site = site(group(&[down, silent.address]), guards);
    let late = site.client().get("/a");
    assert_eq!(late.status, 504);
    let text = late.text();
    let refused = format!("app-1 ({down}) refused the connection. The attempt took ");
    let timeout = format!("app-2 ({}) did not answer within 60 ms. The attempt took ", silent.address);
    let took = text.split("60 ms. The attempt took ").nth(1).unwrap();
    let took: u64 = took.split(" ms.").next().unwrap().parse().unwrap();
    assert!((60..5_000).contains(&took), "{text}");
    assert_told(site, text, &[&refused, &timeout]);
    silent.done();
}

#[test]
fn a_connection_that_is_not_made_says_why_and_to_which_address() {
    let down = nobody();
    let site = site(group(&[down]), Guards::default());
    assert_eq!(site.client().get("/a").status, 502);
    let [text, json] = printed(site);
    let refused = format!("refused by the backend ({down})");
    assert!(text.lines().any(|line| line.contains("conn 2") && line.contains(&refused)), "{text}");
    let closed = format!(r#""conn":2,"event":"closed","reason":"refused","text":"{refused}""#);
    assert!(json.contains(&closed), "{json}");
    assert!(!text.contains("socket failed") && !json.contains("socket failed"), "{text}");
}

#[test]
fn a_backend_that_leaves_is_no_client() {
    let resets = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Reset]);
    let site = site(group(&[resets.address]), Guards::default());
    assert_eq!(site.client().get("/a").status, 502);
    resets.done();
    for view in printed(site) {
        assert!(view.contains("reset by the backend") && !view.contains("reset by client"), "{view}");
    }
}

#[test]
fn a_failed_first_attempt_is_in_the_503_as_well() {
    let resets = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Reset]);
    let mut group = group(&[resets.address, nobody()]);
    group.backends[1].duty = Duty::Off;
    let site = site(group, Guards::default());
    let refused = site.client().get("/a");
    assert_eq!(refused.status, 503);
    let text = refused.text();
    let reset = format!("app-1 ({}) reset the connection. The attempt took ", resets.address);
    let tried = format!("app-1 ({}): tried already.", resets.address);
    assert_told(site, text, &[&reset, &tried, "): switched off."]);
    resets.done();
}
