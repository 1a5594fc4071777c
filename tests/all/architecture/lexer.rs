//! Source text without comments, strings and tests.

/// The text with comments left out, and with nothing in its strings and character literals. Every line stays
/// where it is.
pub(super) fn without_comments(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let taken = match rest {
            ['/', '/', ..] => rest.iter().position(|&letter| letter == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => quoted(rest, '"'),
            ['\'', ..] => character(rest).unwrap_or(0),
            ['r', ..] if !in_word(&letters, at) => raw_string(rest).unwrap_or(0),
            // The prefixes of byte and C strings: what follows them is looked at next.
            _ => 0,
        };
        if taken == 0 {
            code.push(letters[at]);
            at += 1;
            continue;
        }
        let skipped = &rest[..taken];
        if !matches!(skipped, ['/', ..]) {
            code.push_str("\"\"");
        }
        code.extend(skipped.iter().filter(|&&letter| letter == '\n'));
        at += taken;
    }
    code
}

/// Whether the letter at `at` goes on with a word: `for"` is no raw string. A byte string's `b` is no word.
fn in_word(letters: &[char], at: usize) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = &letters[..at];
    let before = before.strip_suffix(&['b']).or_else(|| before.strip_suffix(&['c'])).unwrap_or(before);
    before.last().is_some_and(|&letter| is_word(letter))
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A character literal. `None`: a lifetime, or a label.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', ..] => Some(quoted(rest, '\'')),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// `r"…"` or `r#"…"#`. `None`: a word that begins with r, or a raw identifier.
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&letter| letter == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let start = hashes + 2;
    let ends = |at: &usize| {
        rest[*at] == '"' && rest[*at + 1..].iter().take(hashes).filter(|&&l| l == '#').count() == hashes
    };
    let end = (start..rest.len()).find(ends)?;
    Some(end + 1 + hashes)
}

/// Code, without comments, of which the items under `#[cfg(test)]` are taken out; and the names of the files
/// that are modules under it.
pub(super) fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut kept, mut modules) = (String::new(), Vec::new());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]").or_else(|| rest.find("#[cfg(all(test")) {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let len = item_len(item);
        let words: Vec<&str> = item[..len].split_whitespace().collect();
        if let Some(place) = words.iter().position(|&word| word == "mod")
            && let Some(name) = words.get(place + 1).and_then(|name| name.strip_suffix(';'))
        {
            modules.push(name.to_owned());
        }
        kept.extend(item[..len].chars().filter(|&letter| letter == '\n'));
        rest = &item[len..];
    }
    kept.push_str(rest);
    (kept, modules)
}

/// The length of an item with its attributes: up to its semicolon, or to the end of its block.
fn item_len(item: &str) -> usize {
    let (mut depth, mut brackets) = (0, 0);
    for (at, letter) in item.char_indices() {
        match letter {
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets -= 1,
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' if depth == 0 && brackets == 0 => return at + 1,
            _ => {}
        }
        // A list of names in braces goes on to its semicolon.
        if letter == '}' && depth == 0 && !item[at + 1..].trim_start().starts_with(';') {
            return at + 1;
        }
        if letter == ',' && depth == 0 && brackets == 0 {
            return at + 1;
        }
    }
    item.len()
}
