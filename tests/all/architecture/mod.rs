//! The rules of this code that a test can hold. ARCHITECTURE.md says why they are what they are.

mod allowances;
mod circles;
mod lexer;
mod paths;
mod samples;
mod sources;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use allowances::{ARROWS, CIRCLES, LONG_FILES, LONG_FUNCTIONS, RIDDLES};
use paths::{module_of, room_named};
use sources::sources;

/// Each room, and the rooms that it may import. Those that are not here (`main`, `cli`, `window`, `testing`)
/// may import all but `testing`.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("base", ""),
    ("words", ""),
    ("wire", "base"),
    ("http", "wire base"),
    ("lines", "wire base"),
    ("websocket", "wire base"),
    ("events", "wire base"),
    ("lab", ""),
    ("filter", "base words"),
    ("gateway", "http base words"),
    ("trace", "gateway http lines websocket wire base"),
    ("service", "gateway trace filter websocket http base words"),
    ("server", "service gateway trace filter lines websocket wire http base"),
    ("stats", "base"),
    ("store", "stats trace http websocket events filter wire base words"),
    ("session", "store trace gateway http base"),
    ("pcap", "trace http wire base words"),
    ("explain", "store trace gateway lines websocket events http wire base words"),
    ("export", "explain store trace http wire base words"),
    ("search", "explain filter store trace http base words"),
    ("list", "store stats filter trace http base"),
    ("capture", "export session pcap store trace base"),
    ("diff", "explain store http words base"),
    ("config", "server service gateway base"),
    (
        "terminal",
        "capture export diff search filter explain session pcap store trace gateway http websocket events words base",
    ),
    (
        "ui",
        "capture list search filter export explain store stats server service gateway config trace http lines websocket events wire words base",
    ),
];
/// Lines of a file.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// Fails unless what is found is what is allowed, no less and no more.
fn assert_allowed<T: Ord + std::fmt::Debug>(found: &BTreeSet<T>, allowed: &BTreeSet<T>, rule: &str) {
    let list = |lines: Vec<&T>| lines.iter().map(|line| format!("  {line:?}")).collect::<Vec<_>>().join("\n");
    let new = list(found.difference(allowed).collect());
    let gone = list(allowed.difference(found).collect());
    let gone_text = "no longer needed in tests/all/architecture/allowances.rs";
    assert!(new.is_empty() && gone.is_empty(), "{rule}:\n{new}\n{gone_text}:\n{gone}");
}

fn owned(allowed: &[&str]) -> BTreeSet<String> {
    allowed.iter().map(|&line| line.to_owned()).collect()
}

#[test]
fn layers_import_only_what_they_may() {
    let may: BTreeMap<&str, Vec<&str>> =
        MAY_IMPORT.iter().map(|(room, others)| (*room, others.split(' ').collect())).collect();
    let sources = sources();
    let rooms: BTreeSet<&str> = sources.iter().filter_map(|source| source.room()).collect();
    let unknown: Vec<_> = may.keys().filter(|room| !rooms.contains(*room) && **room != "lines").collect();
    assert!(unknown.is_empty(), "there is no such room: {unknown:?}");
    let mut wrong = BTreeSet::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        let (Some(file), Some(room)) = (source.in_src(), source.room()) else { continue };
        let module = module_of(file);
        for other in source.named.iter().filter_map(|one| room_named(&module, &one.parts)) {
            let allowed = match may.get(room) {
                Some(allowed) => allowed.contains(&other.as_str()),
                None => other != "testing",
            };
            if rooms.contains(other.as_str()) && other != room && room != "lib" && !allowed {
                wrong.insert(format!("{room} -> {other}"));
            }
        }
    }
    assert_allowed(&wrong, &owned(ARROWS), "a room imports what it may not");
}

#[test]
fn no_room_hands_on_what_is_anothers() {
    let mut wrong = BTreeSet::new();
    for source in sources().iter().filter(|source| !source.is_test && source.path != "src/lib.rs") {
        let Some(file) = source.in_src() else { continue };
        for one in &source.named {
            let public = one.using.as_ref().is_some_and(|using| using.public);
            let other = room_named(&module_of(file), &one.parts);
            if public
                && MAY_IMPORT.iter().any(|(room, _)| Some(*room) == source.room())
                && other.is_some_and(|other| Some(other.as_str()) != source.room())
            {
                wrong.insert(format!("{}: {}", source.path, one.parts.join("::")));
            }
        }
    }
    assert_allowed(&wrong, &owned(allowances::HANDED_ON), "a pub use of what another room has");
}

#[test]
fn the_page_has_the_same_arrows() {
    let page = include_str!("../../../ARCHITECTURE.md");
    let (_, after) = page.split_once("## Who may import whom").unwrap();
    let table = after.split("```").nth(1).unwrap();
    let words = |text: &str| -> BTreeSet<String> {
        text.split([',', ' '])
            .filter(|word| !word.is_empty() && *word != "nothing")
            .map(str::to_owned)
            .collect()
    };
    let mut written = BTreeMap::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (rooms, may) = line.split_at(19);
        for room in words(rooms) {
            written.insert(room, words(may));
        }
    }
    let held: BTreeMap<_, _> =
        MAY_IMPORT.iter().map(|(room, may)| ((*room).to_owned(), words(may))).collect();
    assert_eq!(written, held);
}

#[test]
fn files_import_each_other_in_no_circle() {
    let circles = circles::circles(&circles::imports(&sources()));
    let files = circles.iter().map(|circle| circle.iter().cloned().collect::<Vec<_>>().join(" "));
    assert_allowed(&files.collect(), &owned(CIRCLES), "files import each other in a circle");
}

#[test]
fn sockets_and_clocks_stay_in_the_server() {
    let mut wrong = BTreeSet::new();
    for source in sources().iter().filter(|source| !source.is_test) {
        let Some(room) = source.room() else { continue };
        // The window looks at a clock to keep frames apart; everything else gets the time from the server.
        let may: &[&str] = match room {
            "server" | "testing" => continue,
            "ui" | "main" | "window" => &["Instant::now", "SystemTime::now"],
            _ => &[],
        };
        for word in ["TcpStream", "TcpListener", "UdpSocket", "Instant::now", "SystemTime::now"] {
            if source.program.contains(word) && !may.contains(&word) {
                wrong.insert(format!("{}: {word}", source.path));
            }
        }
    }
    assert_allowed(&wrong, &owned(allowances::SOCKETS_AND_CLOCKS), "a socket or a clock");
}

#[test]
fn colours_and_sizes_stand_in_the_theme() {
    let sources = sources();
    let window = sources.iter().filter(|source| {
        source.in_src().is_some_and(|file| file.starts_with("ui/") && !file.starts_with("ui/theme"))
    });
    let wrong: Vec<String> =
        window.filter(|source| !source.is_test).flat_map(text::colours_and_lengths).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_unfinished_and_nothing_unwraps() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test && source.room() != Some("testing")) {
        for word in [".unwrap()", "todo!", "unimplemented!", "dbg!"] {
            if source.program.contains(word) {
                wrong.push(format!("{}: {word}", source.path));
            }
        }
        for word in ["FIXME", "XXX"] {
            if source.text.contains(word) {
                wrong.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_enough_to_read() {
    let sources = sources();
    let long = sources.iter().filter(|source| source.text.lines().count() > FILE_LINES_MAX);
    assert_allowed(
        &long.map(|source| source.path.clone()).collect(),
        &owned(LONG_FILES),
        "a file is too long",
    );
}

#[test]
fn functions_are_short_enough_to_read() {
    let mut long = BTreeSet::new();
    for source in &sources() {
        for (name, _) in text::functions(&source.code).iter().filter(|(_, lines)| *lines > FUNCTION_LINES_MAX)
        {
            long.insert(format!("{}: {name}", source.path));
        }
    }
    assert_allowed(&long, &owned(LONG_FUNCTIONS), "a function is too long");
}

#[test]
fn documentation_names_what_it_speaks_of() {
    let sources = sources();
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in &sources {
        for (line, riddle) in text::riddles(&source.text) {
            let room = source.room().unwrap_or("tests");
            found.entry(room).or_default().push(format!("{}:{line}: {riddle}", source.path));
        }
    }
    let allowed: BTreeMap<&str, usize> = RIDDLES.iter().copied().collect();
    let new = found.iter().filter(|(room, riddles)| riddles.len() > allowed.get(*room).copied().unwrap_or(0));
    let new: Vec<String> =
        new.map(|(room, riddles)| format!("{room} has {}:\n{}", riddles.len(), riddles.join("\n"))).collect();
    assert!(new.is_empty(), "documentation that does not name what it speaks of; {}", new.join("\n"));
    let spare = allowed.iter().filter(|(room, most)| found.get(*room).map_or(0, Vec::len) < **most);
    let spare: Vec<_> = spare.map(|(room, _)| (room, found.get(room).map_or(0, Vec::len))).collect();
    assert!(spare.is_empty(), "RIDDLES in tests/all/architecture/allowances.rs can be lowered: {spare:?}");
}
