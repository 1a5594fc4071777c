//! The paths that code names, and the files that they lead to.

use std::collections::BTreeMap;

/// A path: its parts, and whether a `use` makes it a name of the module, and of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub parts: Vec<String>,
    pub using: Option<Use>,
}

/// A name that a `use` brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub name: String,
    /// `pub use`, or `pub(…) use`.
    pub public: bool,
}

/// Words and signs, in order.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() || letter == '_' {
            let mut word = String::from(letter);
            while let Some(more) = letters.next_if(|&next| next.is_alphanumeric() || next == '_') {
                word.push(more);
            }
            tokens.push(word);
        } else if letter == ':' && letters.next_if_eq(&':').is_some() {
            tokens.push("::".to_owned());
        } else if !letter.is_whitespace() {
            tokens.push(letter.to_string());
        }
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// Every path of at least two parts, and every `use`, groups taken apart.
pub(super) fn named(code: &str) -> Vec<Named> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            at = tree(&tokens, at + 1, &[], Some(public), &mut found);
        } else if is_word(&tokens[at]) && tokens.get(at + 1).is_some_and(|next| next == "::") {
            at = tree(&tokens, at, &[], None, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// One branch of a path, from `at` on. Returns where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    using: Option<bool>,
    found: &mut Vec<Named>,
) -> usize {
    let mut parts = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") if using.is_some() || !parts.is_empty() && tokens[at - 1] == "::" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &parts, using, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some("*") if using.is_some() => {
                parts.push("*".to_owned());
                at += 1;
                break;
            }
            // Type arguments in a path end what is looked at.
            Some(word) if is_word(word) => {
                parts.push(word.to_owned());
                at += 1;
                if tokens.get(at).is_none_or(|token| token != "::") {
                    break;
                }
                at += 1;
            }
            Some("::") if parts.is_empty() => at += 1,
            _ => break,
        }
    }
    let mut name = parts.last().cloned().unwrap_or_default();
    if name == "self" && parts.len() > 1 {
        parts.pop();
        name = parts.last().cloned().unwrap_or_default();
    }
    if using.is_some() && tokens.get(at).is_some_and(|token| token == "as") {
        name = tokens.get(at + 1).cloned().unwrap_or_default();
        at += 2;
    }
    if !parts.is_empty() {
        found.push(Named { parts, using: using.map(|public| Use { name, public }) });
    }
    at.max(1)
}

/// The modules of the crate, each with its file and the names that it uses.
pub(super) struct Modules {
    /// The module's path, joined by `::`, and its file.
    files: BTreeMap<String, String>,
    /// For each module, its names and the parts of the path that each stands for.
    uses: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Modules {
    /// `sources`: files, their paths from `src`, and what they name.
    pub(super) fn new<'a>(sources: impl Iterator<Item = (&'a str, &'a [Named])>) -> Self {
        let (mut files, mut uses) = (BTreeMap::new(), BTreeMap::new());
        for (file, named) in sources {
            let module = module_of(file);
            let names = named.iter().filter_map(|one| Some((one.using.clone()?.name, one.parts.clone())));
            uses.insert(module.clone(), names.collect());
            files.insert(module, file.to_owned());
        }
        Self { files, uses }
    }

    /// The module in whose file the last part of the path is defined, as far as modules and names in use
    /// lead there. `None`: it is nothing of this crate.
    pub(super) fn target(&self, module: &str, parts: &[String]) -> Option<String> {
        self.follow(module, parts, 0)
    }

    fn follow(&self, module: &str, parts: &[String], depth: usize) -> Option<String> {
        const DEEPEST: usize = 6;
        let (mut at, mut rest) = start(module, parts).or_else(|| {
            let (first, rest) = parts.split_first()?;
            let child = join(module, first);
            self.files.contains_key(&child).then_some((child, rest))
        })?;
        while let Some((part, after)) = rest.split_first() {
            let child = join(&at, part);
            if self.files.contains_key(&child) {
                (at, rest) = (child, after);
                continue;
            }
            let stands_for = self.uses.get(&at).and_then(|names| names.get(part));
            if let Some(path) = stands_for
                && depth < DEEPEST
                && path.last() != Some(&"*".to_owned())
            {
                let path = [path, after].concat();
                return self.follow(&at, &path, depth + 1).or(Some(at));
            }
            break;
        }
        Some(at)
    }

    pub(super) fn file(&self, module: &str) -> Option<&str> {
        self.files.get(module).map(String::as_str)
    }
}

/// Where a path begins that says so: at the root of the crate, here, or further up.
fn start<'a>(module: &str, parts: &'a [String]) -> Option<(String, &'a [String])> {
    let (first, mut rest) = parts.split_first()?;
    let mut at = match first.as_str() {
        "crate" | "byteglass" => return Some((String::new(), rest)),
        "self" => module.to_owned(),
        "super" => parent(module),
        _ => return None,
    };
    while let Some((first, after)) = rest.split_first()
        && first == "super"
    {
        (at, rest) = (parent(&at), after);
    }
    Some((at, rest))
}

/// The first module of a path that begins at the root, here or further up.
pub(super) fn room_named(module: &str, parts: &[String]) -> Option<String> {
    let (at, rest) = start(module, parts)?;
    let first = at.split("::").next().unwrap_or_default();
    if first.is_empty() { rest.first().cloned() } else { Some(first.to_owned()) }
}

fn join(module: &str, part: &str) -> String {
    if module.is_empty() { part.to_owned() } else { format!("{module}::{part}") }
}

pub(super) fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or_else(String::new, |(parent, _)| parent.to_owned())
}

/// The module of a file: `http/mod.rs` and `http.rs` are `http`.
pub(super) fn module_of(file: &str) -> String {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}
