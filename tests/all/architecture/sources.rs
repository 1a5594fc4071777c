//! The files of the repository that the rules are about.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    lexer::{without_comments, without_tests},
    paths::{Named, named},
};

/// A file of Rust.
pub(super) struct Source {
    /// Its path from the root of the repository.
    pub path: String,
    pub text: String,
    /// Without comments, and with nothing in its strings.
    pub code: String,
    /// [`Self::code`] without what is compiled for tests only.
    pub program: String,
    /// What [`Self::program`] names.
    pub named: Vec<Named>,
    /// All of it is compiled for tests only.
    pub is_test: bool,
}

impl Source {
    /// The path from `src`. `None`: it is elsewhere.
    pub(super) fn in_src(&self) -> Option<&str> {
        self.path.strip_prefix("src/")
    }

    /// The folder or file directly in `src`: `http`, `main`.
    pub(super) fn room(&self) -> Option<&str> {
        self.in_src()?.split(['/', '.']).next()
    }
}

/// All of them, in the order of their paths.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["src", "tests", "benches", "examples", "fuzz"].map(|one| root.join(one)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                if !name.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(read(name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(sources.len() > 200, "the walk found the sources");
    sources.sort_by(|one, other| one.0.path.cmp(&other.0.path));
    mark_tests(sources)
}

fn read(path: String, text: String) -> (Source, Vec<String>) {
    let code = without_comments(&text);
    let (program, modules) = without_tests(&code);
    let named = named(&program);
    (Source { path, text, code, program, named, is_test: false }, modules)
}

/// Modules that are declared for tests only are tests as a whole, with what is below them.
fn mark_tests(read: Vec<(Source, Vec<String>)>) -> Vec<Source> {
    let mut tests = BTreeSet::new();
    for (source, modules) in &read {
        let folder = source.path.strip_suffix("mod.rs").map_or_else(
            || source.path.strip_suffix(".rs").unwrap_or(&source.path).to_owned() + "/",
            str::to_owned,
        );
        tests.extend(modules.iter().map(|module| format!("{folder}{module}")));
    }
    let is_test = |path: &str| {
        !path.starts_with("src/")
            || tests.iter().any(|module| {
                path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
    };
    read.into_iter().map(|(source, _)| Source { is_test: is_test(&source.path), ..source }).collect()
}
