//! Any bytes for one of the invariants of `byteglass::testing::invariants`: the one whose name is in
//! `FUZZ_TARGET`. Without a name, or with another, it says which there are.
#![no_main]

use std::sync::LazyLock;

use byteglass::testing::invariants::{TARGETS, Target};

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let chosen = TARGETS.iter().find(|(target, _)| *target == name);
    *chosen.unwrap_or_else(|| panic!("FUZZ_TARGET is {name:?}; there are {}", names.join(" ")))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| CHOSEN.1(data));
