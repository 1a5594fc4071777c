//! Marks: with an exchange wherever it is, in the session, in saved files and in what is printed of them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

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
    trace::{self, Mark, MarkColour},
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

/// A capture whose early exchanges are only on disk, with marks on the second and the newest one, and its sender.
fn marked(root: &Path) -> (trace::Sender, Recorded, [ExchangeId; 3]) {
    let recording = Recording::begin(Some(&root.join("s")), 1 << 30, None).unwrap();
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
    (sender, recorded, [early, other, late])
}

fn opened(path: PathBuf) -> Recorded {
    let (opened, task) = Recorded::open(Source::File(path), 60_000);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    opened
}

#[test]
fn marks_are_kept_on_disk_and_in_saved_files() {
    let root = tempfile::tempdir().unwrap();
    let (_sender, recorded, [early, other, late]) = marked(root.path());
    let wanted = [(2, "marked red: the first one"), (late.get(), "marked grey: the \"last\" one")];
    let wanted = wanted.map(|(id, words)| (id, words.to_owned()));
    assert_eq!(marks(&recorded), wanted);
    assert_eq!(recorded.detail(early).exchange.mark.unwrap().words(), wanted[0].1);

    let (all, some) = (root.path().join("all.pcapng"), root.path().join("some.pcapng"));
    assert_eq!(recorded.save(Selection::All, &all), TaskState::Done(None));
    assert_eq!(recorded.save(Selection::Exchanges(vec![early, other]), &some), TaskState::Done(None));
    assert_eq!(marks(&opened(some)), wanted[..1]);

    // A mark that is made in an opened capture is in the copy that is saved of it, also of a copy of a copy.
    let mut from = all;
    for (turn, colour) in [MarkColour::Green, MarkColour::Pink].into_iter().enumerate() {
        let opened = opened(from);
        opened.capture.set_marks(&[(other, mark(colour, "")), (late, None)]);
        from = root.path().join(format!("copy-{turn}.pcapng"));
        assert_eq!(opened.save(Selection::All, &from), TaskState::Done(None));
    }
    assert_eq!(marks(&opened(from)), [wanted[0].clone(), (5, "marked pink".to_owned())]);
}

#[test]
fn marks_are_in_exports_and_deleted_exchanges_in_no_file() {
    let root = tempfile::tempdir().unwrap();
    let (_sender, recorded, [early, other, late]) = marked(root.path());
    assert_eq!(recorded.capture.delete(&[other, late]), 2);
    recorded.capture.forget_deleted();
    let (all, har) = (root.path().join("all.pcapng"), root.path().join("a.har"));
    assert_eq!(recorded.save(Selection::All, &all), TaskState::Done(None));
    let again = opened(all.clone());
    let has = |id| again.capture.read(|store| store.summary(id).is_some());
    assert!(has(early) && !has(other) && !has(late));

    let format = export::format("har").unwrap();
    let saved = recorded.save_as(Selection::Exchanges(vec![early]), FileFormat::Export(format), &har);
    assert_eq!(saved, TaskState::Done(None));
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(&har).unwrap()).unwrap();
    let mut printed = Vec::new();
    let filter = Filter::parse("mark=any").unwrap();
    let which = terminal::Which { filter: Some(&filter), ..terminal::Which::default() };
    terminal::read_as(&all, which, format, &mut printed).unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    for log in [saved, printed] {
        let entries = log["log"]["entries"].as_array().unwrap();
        assert_eq!((entries.len(), &entries[0]["_mark"]), (1, &"red".into()));
        assert!(entries[0]["comment"].as_str().unwrap().starts_with("the first one"), "{}", entries[0]);
    }
}
