//! Files that import each other, directly or around several corners.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    paths::{Modules, module_of, parent},
    sources::Source,
};

/// What imports what: files, by their paths from `src`. What a child takes from a `mod.rs` above it does not
/// count.
pub(super) fn imports(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let program: Vec<_> = sources
        .iter()
        .filter(|source| !source.is_test)
        .filter_map(|source| Some((source.in_src()?, source.named.as_slice())))
        .collect();
    let modules = Modules::new(program.iter().copied());
    let mut imports = BTreeMap::new();
    for (file, named) in &program {
        let module = module_of(file);
        let targets = named.iter().filter_map(|one| modules.target(&module, &one.parts));
        let others = targets.filter(|target| *target != module && !is_above(target, &module));
        let files = others.filter_map(|target| modules.file(&target).map(str::to_owned));
        imports.insert((*file).to_owned(), files.filter(|other| other != "lib.rs").collect());
    }
    imports
}

fn is_above(module: &str, child: &str) -> bool {
    let mut above = child.to_owned();
    while !above.is_empty() {
        above = parent(&above);
        if above == module {
            return true;
        }
    }
    false
}

/// The circles: in each, every file leads to every other.
pub(super) fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (file.as_str(), reachable(imports, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(file) {
            let back = |other: &&&str| reached.get(*other).is_some_and(|from| from.contains(file));
            circles.insert(others.iter().filter(back).map(|&other| other.to_owned()).collect());
        }
    }
    circles.into_iter().collect()
}

fn reachable<'a>(imports: &'a BTreeMap<String, BTreeSet<String>>, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = imports[file].iter().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(imports.get(file).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}
