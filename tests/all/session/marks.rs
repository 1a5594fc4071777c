//! Marks: with an exchange wherever it is, in the session, in saved files and in what is printed of them.

use std::{fs, sync::Arc};

use byteglass::{
    base::{stream::ExchangeId, task::TaskState},
    capture::{
        open::Source,
        save::{FileFormat, Selection},
    },
    export,
    filter::Filter,
    session::Recording,
    terminal,
    testing::traffic::Traffic,
    trace::{Mark, MarkColour},
};

use super::{Recorded, finished};

fn mark(colour: MarkColour, comment: &str) -> Option<Arc<Mark>> {
    Mark::new(Some(colour), comment).map(Arc::new)
}

fn marks(recorded: &Recorded) -> Vec<(u64, String)> {
    let mut marks: Vec<(u64, String)> =
        recorded.capture.read(|store| store.marks().map(|(id, mark)| (id.get(), mark.words())).collect());
    marks.sort();
    marks
}

#[test]
fn marks_are_kept_on_disk_in_saved_files_and_in_exports() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(&root.path().join("s")), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 60_000);
    let mut traffic = Traffic::new(3, 2000);
    sender.send(traffic.open());
    for _ in 0..100 {
        sender.send(traffic.turn());
    }
    let newest = traffic.newest();
    recorded.wait(|store| store.summary(newest).filter(|row| row.outcome.ended()).map(drop));
    let [early, other, late] = [ExchangeId::nth(2), ExchangeId::nth(5), newest];
    assert!(recorded.capture.read(|store| store.exchange(early).is_none()), "it is only on disk");
    recorded.capture.set_marks(&[
        (early, mark(MarkColour::Red, "the first one")),
        (other, mark(MarkColour::Blue, "")),
        (late, mark(MarkColour::Grey, "the \"last\" one")),
    ]);
    recorded.capture.set_marks(&[(other, None)]);
    let wanted = vec![
        (2, "marked red: the first one".to_owned()),
        (newest.get(), "marked grey: the \"last\" one".to_owned()),
    ];
    assert_eq!(marks(&recorded), wanted);
    assert_eq!(recorded.detail(early).exchange.mark.unwrap().words(), wanted[0].1);

    let (all, some) = (root.path().join("all.pcapng"), root.path().join("some.pcapng"));
    assert_eq!(recorded.save(Selection::All, &all), TaskState::Done(None));
    assert_eq!(recorded.save(Selection::Exchanges(vec![early, other]), &some), TaskState::Done(None));
    let (picked, task) = Recorded::open(Source::File(some), 1 << 30);
    assert_eq!(finished(&picked, &task), TaskState::Done(None));
    assert_eq!(marks(&picked), wanted[..1]);

    // A mark that is made in an opened capture is in the copy that is saved of it, also of a copy of a copy.
    let mut from = all;
    for (turn, colour) in [MarkColour::Green, MarkColour::Pink].into_iter().enumerate() {
        let (opened, task) = Recorded::open(Source::File(from), 60_000);
        assert_eq!(finished(&opened, &task), TaskState::Done(None));
        opened.capture.set_marks(&[(other, mark(colour, "")), (late, None)]);
        from = root.path().join(format!("copy-{turn}.pcapng"));
        assert_eq!(opened.save(Selection::All, &from), TaskState::Done(None));
    }
    let (opened, task) = Recorded::open(Source::File(from.clone()), 1 << 30);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    assert_eq!(marks(&opened), [wanted[0].clone(), (5, "marked pink".to_owned())]);

    let har = root.path().join("a.har");
    let format = export::format("har").unwrap();
    assert_eq!(
        opened.save_as(Selection::Exchanges(vec![early, other]), FileFormat::Export(format), &har),
        TaskState::Done(None)
    );
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(&har).unwrap()).unwrap();
    let mut printed = Vec::new();
    let filter = Filter::parse("mark=any").unwrap();
    let which = terminal::Which { filter: Some(&filter), ..terminal::Which::default() };
    terminal::read_as(&from, which, format, &mut printed).unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    for log in [saved, printed] {
        let entries = log["log"]["entries"].as_array().unwrap();
        assert_eq!(
            (entries.len(), &entries[0]["_mark"], &entries[1]["_mark"]),
            (2, &"red".into(), &"pink".into())
        );
        assert!(
            entries[0]["comment"].as_str().unwrap().starts_with("the first one"),
            "{}",
            entries[0]["comment"]
        );
    }
}
