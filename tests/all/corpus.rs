//! The committed inputs of the fuzzers: what each target asserts holds of every one of them.

use std::{collections::BTreeSet, fs, path::Path};

use byteglass::testing::invariants::TARGETS;

#[test]
fn every_invariant_holds_of_the_corpus() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() >= 8, "{name} has {} inputs", inputs.len());
        for path in inputs {
            let data = fs::read(&path).unwrap();
            let held = std::panic::catch_unwind(|| target(&data));
            assert!(held.is_ok(), "{} breaks it", path.display());
            // Cut short, it is an input like any other.
            target(&data[..data.len() / 2]);
        }
    }
}

#[test]
fn the_corpus_is_small_and_every_target_has_its_folder() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let entries =
        fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let folders: BTreeSet<String> = entries.collect();
    assert_eq!(folders, TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let files = folders.iter().flat_map(|name| fs::read_dir(corpus.join(name)).unwrap());
    let bytes: u64 = files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes < 300 * 1024, "the corpus has {bytes} bytes");
}
