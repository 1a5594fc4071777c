//! Each protocol through everything that shows or keeps what was said in it.

use std::{fs, io::Cursor};

use byteglass::{
    base::stream::{Direction, ExchangeId},
    explain::{Facts, timeline},
    export::{Export, FORMATS},
    filter::Filter,
    session::{Item, Recording, Scan},
    store::{Outcome, Store},
    terminal::{self, Format},
    testing::script::Script,
    trace::{self, Batch, Event, ProtocolKind, Severity},
};

/// The events of a conversation: a message that is answered, and one that is refused.
fn conversation(protocol: ProtocolKind) -> (Vec<Event>, [ExchangeId; 2]) {
    let mut script = Script::default();
    let exchanges = script.conversation(1, protocol);
    (script.events, exchanges)
}

fn store_of(events: Vec<Event>) -> Store {
    let mut store = Store::new(1 << 20);
    store.apply(Batch { events });
    store
}

fn printed(events: Vec<Event>, format: Format) -> String {
    let (mut sender, receiver) = trace::channel(1 << 20);
    sender.send(Batch { events });
    drop(sender);
    let mut out = Vec::new();
    terminal::print(&receiver, terminal::Options { format, quiet: false, colour: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_is_explained_by_its_own_table() {
    for protocol in ProtocolKind::ALL {
        let (events, [answered, refused]) = conversation(protocol);
        let store = store_of(events);
        for id in [answered, refused] {
            let facts = Facts::new(store.detail(id).unwrap());
            for leaf in facts.request.own_leaves() {
                assert!(facts.kinds().contains(&leaf.span.kind), "{protocol:?}: {leaf:?}");
            }
            let tree = facts.tree(Direction::Received);
            assert!(tree.iter().all(|node| node.sentence.is_some()), "{protocol:?}: {tree:?}");
        }
        let facts = Facts::new(store.detail(answered).unwrap());
        assert!(Direction::ALL.iter().all(|direction| !facts.tree(*direction).is_empty()), "{protocol:?}");
        assert!(facts.request.complete && facts.fault().is_none(), "{protocol:?}");
        let facts = Facts::new(store.detail(refused).unwrap());
        let fault = facts.fault().unwrap();
        assert!(fault.span.is_some_and(|span| !span.is_empty()), "{protocol:?}");
        assert_eq!(Some(fault.cause), facts.detail.exchange.refusal, "{protocol:?}");
        assert_eq!(facts.notes[0].severity, Severity::Error, "{protocol:?}");
        assert!(facts.kinds().iter().all(|kind| kind.facts().about.ends_with('.')), "{protocol:?}");
        assert!(!timeline::outcome(&facts.detail).is_empty());
    }
}

#[test]
fn each_is_found_by_the_filter_and_stands_in_the_list() {
    let mut script = Script::default();
    for (protocol, conn) in ProtocolKind::ALL.into_iter().zip(1..) {
        script.conversation(conn, protocol);
    }
    let store = store_of(script.events);
    for protocol in ProtocolKind::ALL {
        let filter = Filter::parse(&format!("protocol={}", protocol.key())).unwrap();
        let found: Vec<_> = store.summaries().filter(|row| filter.matches(row)).collect();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|row| row.protocol == protocol && row.outcome == Outcome::Done));
        assert_eq!(found.iter().filter(|row| row.refusal.is_some()).count(), 1);
        let words = protocol.facts().words;
        assert!(found.iter().all(|row| words.is_empty() || words.contains(&row.method)), "{protocol:?}");
    }
}

#[test]
fn each_is_written_to_a_session_and_read_back() {
    for protocol in ProtocolKind::ALL {
        let (events, _) = conversation(protocol);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("session.pcapng");
        let mut recording = Recording::begin(None, 0, Some(&file)).unwrap();
        recording.take(&events);
        recording.finish();
        let mut scan = Scan::new(Cursor::new(fs::read(&file).unwrap()));
        let mut back = Vec::new();
        while let Some(item) = scan.step().unwrap() {
            if let Item::Batch(stored) = item {
                back.extend(stored.batch.events);
            }
        }
        let said = |events: &[Event]| events.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>();
        assert_eq!(said(&back), said(&events));
    }
}

#[test]
fn each_is_printed_as_json_and_text_and_exported() {
    for protocol in ProtocolKind::ALL {
        let (events, [answered, refused]) = conversation(protocol);
        let cause = store_of(events.clone()).detail(refused).unwrap().exchange.refusal.unwrap();
        let json = printed(events.clone(), Format::Json);
        let lines: Vec<serde_json::Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.iter().filter(|line| line["protocol"] == protocol.key()).count(), 1);
        assert!(lines.iter().any(|line| line["refusal"] == cause.key()), "{json}");
        assert!(lines.iter().any(|line| line["rule"] == cause.key()), "{json}");
        let text = printed(events.clone(), Format::Text);
        assert!(text.contains(&format!("because: {}", cause.sentence())), "{text}");
        let facts = Facts::new(store_of(events).detail(answered).unwrap());
        for format in FORMATS.iter().copied() {
            let mut out = Vec::new();
            let mut export = Export::begin(format, &mut out).unwrap();
            export.add(&facts, None).unwrap();
            export.end("").unwrap();
        }
    }
}
