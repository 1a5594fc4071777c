//! Walks the list of middleware through every place that depends on it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::SystemTime;

use bytes::Bytes;

use crate::{
    base::stream::ExchangeId,
    http::{Field, Framing, Head, Method, Version},
    service::{Clock, MiddlewareKind, MiddlewareSettings, Request, Service, Site},
    session::{Item, Scan, Writer},
    testing::script::Script,
    trace::{EventKind, MiddlewareStep, Phase},
};

/// A clock that stands still.
struct Stopped;

impl Clock for Stopped {
    fn nanos(&self) -> u64 {
        0
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// The steps of a GET request to a service in which only this middleware runs.
fn steps(kind: MiddlewareKind) -> Vec<MiddlewareStep> {
    let mut settings = MiddlewareSettings::default();
    for layer in &mut settings.layers {
        layer.enabled = layer.kind == kind;
    }
    let bytes = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let head = Head {
        start: 0,
        end: bytes.len() as u64,
        method: Method::Get,
        method_range: 0..3,
        target: 4..11,
        path: 4..11,
        query: None,
        authority: None,
        version: Version { minor: 1 },
        fields: vec![Field { name: 22..26, value: 28..37 }],
        framing: Framing::None,
        keep_alive: true,
        expects_continue: false,
    };
    let request = Request::new(ExchangeId::FIRST, &head, bytes, [127, 0, 0, 1].into());
    let mut service = Service::new(Site::Welcome, &settings);
    let mut opened = service.open(&request, &Stopped);
    let down = std::mem::take(&mut opened.steps);
    let up = service.answer(opened, &request, &Bytes::new(), &Stopped).steps;
    down.list.iter().chain(&*up.list).cloned().collect()
}

#[test]
fn every_middleware_is_traced_and_comes_back_out_of_a_session() {
    for kind in MiddlewareKind::ALL {
        let steps = steps(kind);
        assert!(steps.iter().all(|step| step.name == kind.key()), "{steps:?}");
        assert_eq!(steps[0].phase, Phase::Request, "{kind:?}");
        assert!(steps.iter().all(|step| !step.summary.words().is_empty()), "{steps:?}");

        let mut script = Script::default();
        script.open(1);
        let id = script.begin(1, 0);
        script.push(1, Some(id), EventKind::Middleware(steps.clone().into()));
        let mut writer = Writer::new(1);
        assert_eq!(writer.append(&script.events).events, script.events.len());
        let file = writer.pending().to_vec();
        let mut scan = Scan::new(&file[..]);
        let mut back = Vec::new();
        while let Some(item) = scan.step().unwrap() {
            let Item::Batch(stored) = item else { continue };
            for event in stored.batch.events {
                if let EventKind::Middleware(steps) = event.kind {
                    back.extend_from_slice(&steps.list);
                }
            }
        }
        assert_eq!(back, steps, "{kind:?}");
    }
}
