//! The keys that a word in the filter box can become.

use egui::{Atom, AtomExt as _, CompletionQuery, RichText, Suggestion};

use crate::{filter::KEYS, ui::theme};

/// The keys that begin with the word at the cursor, or have another name that does.
pub(super) fn of(query: &CompletionQuery<'_>) -> Vec<Suggestion> {
    let chars = || query.text.chars();
    let quoted = chars().take(query.word_range.start.0).filter(|c| *c == '"').count() % 2 == 1;
    let goes_on = chars().nth(query.word_range.end.0).is_some_and(char::is_alphanumeric);
    let begun = query.word.strip_prefix(['!', '-']).unwrap_or(query.word);
    if begun.is_empty() || quoted || goes_on {
        return Vec::new();
    }
    let sign = &query.word[..query.word.len() - begun.len()];
    let begins = |name: &&str| name.get(..begun.len()).is_some_and(|part| part.eq_ignore_ascii_case(begun));
    let meant = KEYS.iter().filter(|key| {
        let mut names = std::iter::once(key.beginning()).chain(key.aliases.iter().copied());
        names.any(|name| begins(&name)) && key.beginning() != begun
    });
    let suggestion = |key: &crate::filter::Key| {
        let name = RichText::new(key.beginning()).font(theme::mono_font());
        let help = RichText::new(key.help).font(theme::small_font()).weak();
        // Where there is not enough room, the help wraps, not the name.
        let content = (name, Atom::grow(), help.atom_shrink(true));
        Suggestion::new(format!("{sign}{}", key.beginning())).content(content)
    };
    meant.map(suggestion).collect()
}

#[cfg(test)]
mod tests {
    use egui::text::CharIndex;

    use super::*;

    /// The suggestions for the word that ends at `|`.
    fn offered(line: &str) -> Vec<String> {
        let cursor = line.find('|').unwrap_or(line.len());
        let text = line.replace('|', "");
        let start = text[..cursor].rfind(' ').map_or(0, |space| space + 1);
        let word_range = CharIndex(start)..CharIndex(cursor);
        let query = CompletionQuery { text: &text, word: &text[start..cursor], word_range };
        of(&query).into_iter().map(|suggestion| suggestion.insert).collect()
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
        assert_eq!(offered("sta|>=400"), ["status"]);
        for line in ["|", "a |", "!|", "status|", "status=m|", "\"a sta|\"", "sta|tus", "x"] {
            assert!(offered(line).is_empty(), "{line}");
        }
    }
}
