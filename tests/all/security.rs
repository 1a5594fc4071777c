//! docs/security.md: each promise names a test, and each test that it names exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const PAGE: &str = include_str!("../../docs/security.md");

/// All files below a folder with one of these endings.
fn files(folder: &Path, endings: &[&str], into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, endings, into);
        } else if path.extension().is_some_and(|end| endings.iter().any(|known| end == *known)) {
            into.push(path);
        }
    }
}

fn text_of(folders: &[&str], endings: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        files(&root.join(folder), endings, &mut found);
    }
    found.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The words in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a word has the form of a test's name.
fn is_test(word: &str) -> bool {
    word.matches('_').count() >= 3
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
}

/// Whether a word has the form of a row's name: `HO-26`, `HG-*`.
fn is_row(word: &str) -> bool {
    word.split_once('-').is_some_and(|(kind, number)| {
        !kind.is_empty()
            && kind.bytes().all(|byte| byte.is_ascii_uppercase())
            && (number == "*" || number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Whether a word is a script of ours.
fn is_script(word: &str) -> bool {
    word.starts_with(".ci/") || word.starts_with("tests/")
}

#[test]
fn every_test_that_a_promise_names_exists() {
    let sources = text_of(&["src", "tests"], &["rs"]);
    let known: BTreeSet<&str> = sources
        .split("fn ")
        .filter_map(|after| after.split_once("()"))
        .map(|(name, _)| name)
        .filter(|name| is_test(name))
        .collect();
    let rows = text_of(&["tests/behaviours"], &["tsv"]);
    let mut named = 0;
    for word in quoted(PAGE) {
        if is_test(word) {
            assert!(known.contains(word), "docs/security.md names {word}, which is no test");
            named += 1;
        } else if is_row(word) {
            let start = word.trim_end_matches('*');
            assert!(rows.lines().any(|line| line.starts_with(start)), "there is no row {word}");
        } else if is_script(word) {
            let path = word.split(' ').next().unwrap_or_default();
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "there is no {word}");
        }
    }
    assert!(named > 40, "{named}");
}

#[test]
fn every_promise_names_a_test() {
    let mut promises = 0;
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("| promise ") {
            continue;
        }
        for row in lines.by_ref().skip(1).take_while(|line| line.starts_with('|')) {
            let (_, held) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
            assert!(quoted(held).any(|word| is_test(word) || is_script(word)), "no test holds: {row}");
            promises += 1;
        }
    }
    assert!(promises > 20, "{promises}");
}
