//! The committed inputs of the fuzzers: what each target asserts holds of every one of them.

use std::{fs, path::Path};

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
fn the_corpus_is_small_and_every_target_has_its_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut bytes = 0;
    for (name, _) in TARGETS {
        let source = fs::read_to_string(root.join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(
            source.starts_with("//! ") && source.contains(&format!("invariants::{name}(data)")),
            "{name}"
        );
        for entry in fs::read_dir(root.join("corpus").join(name)).unwrap() {
            bytes += entry.unwrap().metadata().unwrap().len();
        }
    }
    assert!(bytes < 300 * 1024, "the corpus has {bytes} bytes");
}
