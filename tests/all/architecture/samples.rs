//! Whether the rules see what they look for.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    circles::circles,
    lexer::{without_comments, without_tests},
    paths::{Modules, Named, module_of, named, room_named},
    text::{functions, riddles},
};

fn paths(code: &str) -> Vec<String> {
    named(code).iter().map(|one| one.parts.join("::")).collect()
}

#[test]
fn comments_and_strings_are_left_out() {
    for (text, code) in [
        ("a // b\nc", "a \nc"),
        ("a /* b /* c */ d */ e", "a  e"),
        (r#"get("http://a"); b"#, r#"get(""); b"#),
        ("let a = '\"'; b // c", "let a = \"\"; b "),
        (r"'\''; b", "\"\"; b"),
        ("fn a<'a>(b: &'a str) {}", "fn a<'a>(b: &'a str) {}"),
        ("r#\"a \" // b\"# c", "\"\" c"),
        ("br\"\\\" c", "b\"\" c"),
        ("\"a\nb\" c", "\"\"\n c"),
        ("\"\\\"\" c", "\"\" c"),
        ("r#type", "r#type"),
    ] {
        assert_eq!(without_comments(text), code, "{text}");
    }
}

#[test]
fn what_is_for_tests_is_taken_out() {
    let code = "use a::b;\n#[cfg(test)]\nmod tests {\n fn c() { d(); }\n}\nfn e() {}\n#[cfg(test)]\nmod f;\n";
    let (program, modules) = without_tests(code);
    assert_eq!(program.split_whitespace().collect::<Vec<_>>().join(" "), "use a::b; fn e() {}");
    assert_eq!(program.lines().count(), code.lines().count());
    assert_eq!(modules, ["f"]);
    assert_eq!(without_tests("#[cfg(test)]\nuse a::{b, c};\nd").0.trim(), "d");
    assert_eq!(without_tests("x {\n#[cfg(test)]\na: b(1, 2),\nc }").0.replace('\n', ""), "x {c }");
}

#[test]
fn paths_are_taken_apart() {
    assert_eq!(
        paths("use crate::{http::{Rule, span as s}, trace::{self}};"),
        ["crate::http::Rule", "crate::http::span", "crate::trace"]
    );
    assert_eq!(paths("let x = crate::server::Handle::start(a.b);"), ["crate::server::Handle::start"]);
    assert_eq!(
        paths("use super::super::list::Row; use self::a::*;"),
        ["super::super::list::Row", "self::a::*"]
    );
    assert_eq!(paths("Vec::<crate::a::B>::new()"), ["Vec", "crate::a::B"]);
    let public = named("pub(crate) use crate::a::B; pub use c::d; use e::f;");
    let public: Vec<_> = public.iter().map(|one| one.using.as_ref().unwrap().public).collect();
    assert_eq!(public, [true, true, false]);
    let renamed: Vec<Named> = named("use crate::a::B as C;");
    assert_eq!(renamed[0].using.as_ref().unwrap().name, "C");
}

#[test]
fn rooms_are_found_from_wherever_a_path_begins() {
    let room = |module: &str, path: &str| {
        room_named(module, &path.split("::").map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(room("http::head", "crate::trace::Event").as_deref(), Some("trace"));
    assert_eq!(room("http::head", "super::super::trace::Event").as_deref(), Some("trace"));
    assert_eq!(room("http::head", "super::span").as_deref(), Some("http"));
    assert_eq!(room("main", "byteglass::ui::Window").as_deref(), Some("ui"));
    assert_eq!(room("http", "std::fs"), None);
    assert_eq!(module_of("http/mod.rs"), "http");
    assert_eq!(module_of("http/request/mod.rs"), "http::request");
}

#[test]
fn circles_are_found_through_names_that_are_handed_on() {
    let files = [
        ("a/mod.rs", "pub use b::B; mod b; mod c; pub struct Own;"),
        ("a/b.rs", "use super::c::C; use super::Own;"),
        ("a/c.rs", "use super::B;"),
    ];
    let named: Vec<_> = files.iter().map(|(file, code)| (*file, named(code))).collect();
    let modules = Modules::new(named.iter().map(|(file, named)| (*file, named.as_slice())));
    let target = |module, path: &str| {
        modules.target(module, &path.split("::").map(str::to_owned).collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(target("a::b", "super::c::C"), "a::c");
    assert_eq!(target("a::b", "super::Own"), "a");
    assert_eq!(target("a::c", "super::B"), "a::b");
    let edges = |list: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        list.iter()
            .map(|(file, to)| ((*file).to_owned(), to.iter().map(|&to| to.to_owned()).collect()))
            .collect()
    };
    assert_eq!(circles(&edges(&[("a", &["b"]), ("b", &["c"]), ("c", &[])])), []);
    let found = circles(&edges(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]));
    assert_eq!(found, [BTreeSet::from(["b".to_owned(), "c".to_owned()])]);
}

#[test]
fn lengths_and_riddles_are_seen() {
    let code =
        "impl A {\n    pub const fn a(&self) -> [u8; 3] {\n        b\n    }\n    fn c();\n}\nlet fn_d = 1;\n";
    assert_eq!(functions(code), [("a".to_owned(), 3)]);
    let text = "/// Which.\n/// \n/// Those of a head.\n/// a\n\n/// The length,\n/// that\n//! The same as before.\n/// # Errors\n";
    let found: Vec<usize> = riddles(text).iter().map(|(line, _)| *line).collect();
    assert_eq!(found, [1, 3]);
    let links = "/// [`Self::a`]\n\n/// ```text\n/// a\n/// ```\n\n/// So many bytes.\n\n/// It ends.\n\n/// Its items.\n";
    assert_eq!(riddles(links).len(), 2);
}
