//! The rules of the house that a test can hold.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every source file, its path from `src` and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(files.len() > 40, "the walk found the sources");
    files.sort();
    files
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let end = text.find("\nmod tests {").unwrap_or(text.len());
    text[..end].lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The layers of this crate that the code names: in paths from `crate::`, grouped or not.
fn layers_named(code: &str) -> Vec<String> {
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut layers = Vec::new();
    for (at, _) in flat.match_indices("crate::") {
        let rest = flat[at + "crate::".len()..].trim_start();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ if depth > 0 => {}
                    ',' => layers.push(std::mem::take(&mut word)),
                    letter => word.push(letter),
                }
            }
            layers.push(word);
        } else {
            layers.push(rest.to_owned());
        }
    }
    let head = |path: &str| -> String {
        path.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    layers.iter().map(|path| head(path)).filter(|layer| !layer.is_empty()).collect()
}

#[test]
fn layers_import_only_what_they_may() {
    // What is still to be undone stands behind the line: an arrow of today that the map does not have.
    let may: [(&str, &[&str]); 18] = [
        ("base", &[]),
        ("words", &["trace"]),
        ("wire", &["base"]),
        ("http", &["wire", "base"]),
        ("lines", &["wire", "base"]),
        ("filter", &["explain", "base", "words", "http", "store", "trace"]),
        ("trace", &["http", "base", "service"]),
        ("service", &["trace", "http", "base", "words"]),
        ("server", &["service", "trace", "filter", "wire", "http", "base"]),
        ("store", &["trace", "http", "filter", "base", "words", "session"]),
        ("session", &["store", "trace", "http", "base"]),
        ("pcap", &["trace", "http", "wire", "base", "words"]),
        ("explain", &["store", "trace", "http", "wire", "base", "words"]),
        ("export", &["explain", "store", "trace", "http", "base", "words"]),
        ("list", &["http", "store", "filter", "base", "capture", "trace"]),
        ("capture", &["export", "session", "pcap", "store", "trace", "base", "words"]),
        (
            "terminal",
            &[
                "capture", "export", "explain", "store", "trace", "words", "base", "session", "pcap", "http",
                "server",
            ],
        ),
        ("config", &["server", "service", "base"]),
    ];
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let layer = name.split(['/', '.']).next().unwrap();
        let Some((_, allowed)) = may.iter().find(|(of, _)| *of == layer) else { continue };
        if name.ends_with("tests.rs") || name.contains("/tests/") {
            continue;
        }
        for named in layers_named(&code(&text)) {
            if named != layer && !allowed.contains(&named.as_str()) {
                wrong.push(format!("src/{name} imports {named}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_servers_face_is_used_from_outside() {
    for (name, text) in sources() {
        if !(name.starts_with("ui/") || name.starts_with("terminal/") || name == "main.rs") {
            continue;
        }
        let code = code(&text);
        for (at, _) in code.match_indices("server::") {
            let next: String = code[at + "server::".len()..].chars().take(1).collect();
            // A lower-case word is a module: an inside. The window has a page of that name.
            let inside = next.chars().all(|c| c.is_ascii_lowercase());
            let own_page = code[..at].ends_with("pages::") || code[..at].ends_with("mod ");
            assert!(!inside || own_page || code[..at].ends_with("use "), "src/{name} looks into the server");
        }
    }
}

#[test]
fn sockets_and_clocks_stay_in_the_server() {
    for (name, text) in sources() {
        if ![
            "base/", "words/", "wire/", "http/", "filter/", "trace/", "service/", "store/", "session/",
            "pcap/", "explain/", "export/", "list/", "capture/",
        ]
        .iter()
        .any(|layer| name.starts_with(layer))
        {
            continue;
        }
        let code = code(&text);
        for word in ["TcpStream", "TcpListener", "Instant::now", "SystemTime::now"] {
            assert!(!code.contains(word), "src/{name} names {word}");
        }
    }
}

#[test]
fn colours_and_sizes_stand_in_the_theme() {
    let colours = [
        "Color32::from",
        "Color32::WHITE",
        "Color32::BLACK",
        "Color32::RED",
        "Color32::GRAY",
        "Rgba::from",
        "Hsva::",
        "rgb(",
    ];
    // What takes a length in points, when a number is written there.
    let lengths = [
        ".size(",
        "add_space(",
        "vec2(",
        "exact_size(",
        "FontId::new(",
        "FontId::proportional(",
        "FontId::monospace(",
        "Margin::same(",
        "set_width(",
        "set_height(",
        "set_min_width(",
        "set_min_height(",
        "desired_width(",
        "inner_margin(",
        "corner_radius(",
        "Stroke::new(",
        "splat(",
    ];
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        if !name.starts_with("ui/") || name.starts_with("ui/theme") {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            let has_colour = colours.iter().any(|pattern| line.contains(pattern));
            let has_length = lengths.iter().any(|pattern| {
                line.match_indices(pattern).any(|(at, _)| {
                    let rest = &line[at + pattern.len()..];
                    let zero = rest.starts_with("0.0,") || rest.starts_with("0.0)");
                    rest.starts_with(|c: char| c.is_ascii_digit()) && !zero
                })
            });
            if has_colour || has_length {
                wrong.push(format!("src/{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_unfinished_and_nothing_unwraps() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        if name.ends_with("tests.rs")
            || name.contains("/tests/")
            || name.ends_with("testing.rs")
            || name.ends_with("playbook.rs")
            || name.starts_with("server/torture/")
            || name.starts_with("testing/")
        {
            continue;
        }
        for word in [".unwrap()", "todo!", "unimplemented!", "dbg!", "FIXME", "XXX"] {
            if code(&text).contains(word) {
                wrong.push(format!("src/{name}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_enough_to_read() {
    for (name, text) in sources() {
        assert!(text.lines().count() <= 500, "src/{name} has {} lines", text.lines().count());
    }
}

#[test]
fn the_rules_see_what_they_look_for() {
    assert_eq!(layers_named("use crate::{http::{Rule, span}, trace};"), ["http", "trace"]);
    assert_eq!(layers_named("let x = crate::server::Handle::start();"), ["server"]);
    assert_eq!(code("a // b\n#[cfg(test)]\nmod tests {}"), "a \n#[cfg(test)]");
}
