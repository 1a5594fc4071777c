//! What a word in the filter box can become: keys, names of fields, and values that were captured.

use egui::{Atom, AtomExt as _, CompletionQuery, RichText, Suggestion};

use crate::{
    filter::{KEYS, Key, Side},
    search::Known,
    ui::theme,
    words,
};

/// Names and values that are offered at most.
const OFFERED_MAX: usize = 12;
/// The signs between a key and its value.
const SIGNS: [char; 11] = ['=', '!', '<', '>', '~', ':', '≠', '≥', '≤', '⩾', '⩽'];

/// What the word at the cursor can become.
pub(super) fn of(query: &CompletionQuery<'_>, known: &Known) -> Vec<Suggestion> {
    let chars = || query.text.chars();
    let quoted = chars().take(query.word_range.start.0).filter(|c| *c == '"').count() % 2 == 1;
    let goes_on = chars().nth(query.word_range.end.0).is_some_and(char::is_alphanumeric);
    let begun = query.word.trim_start_matches(['!', '-', '(']);
    if begun.is_empty() || quoted || goes_on {
        return Vec::new();
    }
    let sign = &query.word[..query.word.len() - begun.len()];
    let (_, bare) = Side::split(begun);
    let side = &begun[..begun.len() - bare.len()];
    let before = format!("{sign}{side}");
    // The colon of is: is part of the name.
    if let Some(at) = bare.find(SIGNS).filter(|_| !begins(bare, "is:")) {
        return values(&before, bare, at, known);
    }
    if let Some(key) = KEYS.iter().find(|key| key.is_header() && begins(bare, key.beginning())) {
        let name = bare[key.beginning().len()..].to_ascii_lowercase();
        let named = known.fields().iter().filter(|(field, _)| field.starts_with(&name) && **field != *name);
        return named
            .take(OFFERED_MAX)
            .map(|(field, count)| counted(&before, key.beginning(), field, *count))
            .collect();
    }
    let meant = KEYS.iter().filter(|key| {
        let mut names = std::iter::once(key.beginning()).chain(key.aliases.iter().copied());
        let fits = side.is_empty() || !key.sides.is_empty();
        fits && names.any(|name| begins(name, bare)) && key.beginning() != bare
    });
    meant.map(|key| suggestion(&before, key)).collect()
}

/// Whether `text` begins with `prefix`. ASCII case does not matter.
fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The values that were captured of the key in front of the sign at `at`.
fn values(before: &str, bare: &str, at: usize, known: &Known) -> Vec<Suggestion> {
    let (key, rest) = bare.split_at(at);
    let value = rest.trim_start_matches(SIGNS);
    let sign = &rest[..rest.len() - value.len()];
    let fits = |text: &str| begins(text, value) && text.len() > value.len();
    let all = known.values(&key.to_ascii_lowercase()).iter().filter(|(text, _)| fits(text));
    all.take(OFFERED_MAX)
        .map(|(text, count)| counted(before, &format!("{key}{sign}"), text, *count))
        .collect()
}

fn suggestion(before: &str, key: &Key) -> Suggestion {
    let name = RichText::new(key.beginning()).font(theme::mono_font());
    let help = RichText::new(key.help).font(theme::small_font()).weak();
    // Where there is not enough room, the help wraps, not the name.
    let content = (name, Atom::grow(), help.atom_shrink(true));
    Suggestion::new(format!("{before}{}", key.beginning())).content(content)
}

/// A name or a value with the number of exchanges that have it.
fn counted(before: &str, key: &str, text: &str, count: u64) -> Suggestion {
    let quote = if text.contains(char::is_whitespace) { "\"" } else { "" };
    let name = RichText::new(format!("{key}{text}")).font(theme::mono_font());
    let exchanges = RichText::new(words::plural(count, "exchange")).font(theme::small_font()).weak();
    let content = (name, Atom::grow(), exchanges.atom_shrink(true));
    Suggestion::new(format!("{before}{key}{quote}{text}{quote}")).content(content)
}

#[cfg(test)]
mod tests {
    use egui::text::CharIndex;

    use super::*;
    use crate::{
        store::{SharedStore, Store},
        testing::script::{Script, response},
    };

    /// The suggestions for the word that ends at `|`, of what was captured.
    fn offered_of(line: &str, known: &Known) -> Vec<String> {
        let cursor = line.find('|').unwrap_or(line.len());
        let text = line.replace('|', "");
        let start = text[..cursor].rfind(' ').map_or(0, |space| space + 1);
        let word_range = CharIndex(start)..CharIndex(cursor);
        let query = CompletionQuery { text: &text, word: &text[start..cursor], word_range };
        of(&query, known).into_iter().map(|suggestion| suggestion.insert).collect()
    }

    fn offered(line: &str) -> Vec<String> {
        offered_of(line, &Known::default())
    }

    #[test]
    fn each_key_is_offered_for_each_beginning_of_its_names() {
        for key in KEYS {
            for name in std::iter::once(key.beginning()).chain(key.aliases.iter().copied()) {
                for length in 1..name.len() {
                    let begun = name[..length].to_uppercase();
                    assert!(offered(&begun).iter().any(|name| name == key.beginning()), "{begun}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_offered_where_no_key_can_stand() {
        assert_eq!(offered("a !sta|"), ["!status"]);
        assert_eq!(offered("a or (sta|"), ["(status"]);
        assert_eq!(offered("req.si|"), ["req.size"]);
        assert_eq!(offered("sta|>=400"), ["status"]);
        for line in ["|", "a |", "!|", "status|", "status=m|", "\"a sta|\"", "sta|tus", "x", "req.conn"] {
            assert!(offered(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn values_and_fields_that_were_captured_are_offered() {
        let mut script = Script::default();
        script.open(1);
        script.exchange(1, b"PATCH /a HTTP/1.1\r\nHost: a\r\nX-Trace: 1\r\n\r\n", &response(b"a"));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let known = Known::count(&SharedStore::new(store));
        for (line, expected) in [
            ("method=|", &["method=PATCH"][..]),
            ("-method!=pa|", &["-method!=PATCH"]),
            ("status>=2|", &["status>=200"]),
            ("header.x|", &["header.x-trace"]),
            ("a and req.header.ho|", &["req.header.host"]),
            ("method=PATCH|", &[]),
        ] {
            assert_eq!(offered_of(line, &known), expected, "{line}");
        }
    }
}
