//! What the trace says of the attempts at having a request answered.

use std::net::SocketAddr;

use byteglass::{
    base::stream::ExchangeId,
    gateway::{Failure, GatewaySettings, GroupSettings, Policy, Reason, Verdict},
    store::{Exchange, Store},
    testing::Site,
    trace::AttemptOutcome,
};

use super::{
    backend::{Backend, Do},
    trouble::{OK, nobody},
};

/// A gateway whose trace is kept.
fn site(backends: &[SocketAddr]) -> Site {
    let addresses = backends.iter().map(|backend| format!("http://{backend}").parse().unwrap());
    let mut group = GroupSettings::new("app", "/api", addresses);
    group.policy = Policy::FewestOpen;
    Site::start_as(|settings| {
        settings.gateway = GatewaySettings { groups: vec![group], ..Default::default() }
    })
}

/// The exchange, once it is over.
fn ended(site: &Site, store: &mut Store, number: u64) -> Exchange {
    loop {
        let exchange = store.exchange(ExchangeId::nth(number));
        if let Some(exchange) = exchange.filter(|exchange| exchange.outcome.ended()) {
            return exchange.clone();
        }
        store.apply(site.events.recv().unwrap());
    }
}

#[test]
fn each_backend_that_was_looked_at_has_its_verdict() {
    let (backend, down) = (Backend::answering(&[OK, OK]), nobody());
    let site = site(&[down, backend.address]);
    let mut client = site.client();
    assert_eq!(client.get("/api/a").text(), "ok");
    assert_eq!(client.get("/api/b").text(), "ok");
    let mut store = Store::new(1 << 20);
    let exchange = ended(&site, &mut store, 1);
    let [first, second] = &exchange.attempts[..] else { panic!("{:?}", exchange.attempts) };

    let fewest = Verdict::Chosen(Reason::FewestOpen { open: 0 });
    assert_eq!(&*first.choosing.verdicts, [fewest, Verdict::NotChosen { open: 0 }]);
    assert_eq!((first.choosing.number, first.choosing.retry), (1, None));
    let (_, record) = first.ended.as_ref().unwrap();
    assert_eq!((record.outcome, record.failure), (AttemptOutcome::Failed, Some(Failure::Refused)));
    assert_eq!((&*record.dialed, record.connected), (&[down][..], None));
    assert!(first.backend().is_none(), "it was never connected");

    assert_eq!(&*second.choosing.verdicts, [Verdict::Tried, fewest]);
    assert_eq!((second.choosing.number, second.choosing.retry), (2, Some(Failure::Refused)));
    let (end, record) = second.ended.as_ref().unwrap();
    assert_eq!((record.outcome, record.failure, record.idle), (AttemptOutcome::Answered, None, None));
    let times = [record.connected, record.head_sent, record.body_sent, record.first_byte, Some(*end)];
    assert!(times.iter().all(Option::is_some) && times.is_sorted(), "{times:?}");
    assert_eq!(exchange.upstream[0].conn, record.conn.unwrap());
    let backend_of = second.backend().unwrap();
    assert_eq!((&*backend_of.name, &*backend_of.address), ("app-2", &*backend.address.to_string()));
    assert_eq!((&*second.choosing.group.name, &*second.choosing.group.prefix), ("app", "/api"));

    let next = ended(&site, &mut store, 2);
    let last = next.attempts.last().unwrap();
    let (_, again) = last.ended.as_ref().unwrap();
    assert_eq!(again.conn, record.conn, "the connection is used again");
    assert!(again.idle.is_some() && again.dialed.is_empty(), "{again:?}");
    backend.done();
}

#[test]
fn a_kept_connection_that_was_closed_is_an_attempt_of_its_own() {
    let head = "\r\n\r\n";
    let ok = || Do::Send(OK.into());
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect(head),
        ok(),
        Do::Expect(head),
        Do::Finish,
        Do::Accept,
        Do::Expect(head),
        ok(),
    ]);
    let site = site(&[backend.address]);
    let mut client = site.client();
    for _ in 0..2 {
        assert_eq!(client.get("/api/a").text(), "ok");
    }
    let exchange = ended(&site, &mut Store::new(1 << 20), 2);
    let [first, second] = &exchange.attempts[..] else { panic!("{:?}", exchange.attempts) };
    assert_eq!(first.ended.as_ref().unwrap().1.failure, Some(Failure::Reset));
    assert_eq!(&*second.choosing.verdicts, [Verdict::Again]);
    assert_eq!(second.choosing.retry, Some(Failure::Reset));
    let record = &second.ended.as_ref().unwrap().1;
    assert_eq!((record.outcome, record.idle), (AttemptOutcome::Answered, None));
    assert_eq!((exchange.attempt_count(), exchange.upstream.len()), (2, 2));
    backend.done();
}

#[test]
fn where_no_backend_is_left_each_has_its_reason() {
    let down = nobody();
    let site = site(&[down]);
    let mut client = site.client();
    for status in [502, 502, 502, 503] {
        assert_eq!(client.get("/api/a").status, status);
    }
    let exchange = ended(&site, &mut Store::new(1 << 20), 4);
    let [none] = &exchange.attempts[..] else { panic!("{:?}", exchange.attempts) };
    assert!(matches!(*none.choosing.verdicts, [Verdict::Out { failure: Failure::Refused, .. }]));
    assert!(none.choosing.backend().is_none() && none.ended.is_none());
    assert_eq!(exchange.attempt_count(), 0);
}
