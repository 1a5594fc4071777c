//! Text from outside, made safe to show: control pictures, escapes, deceptive characters.

use std::{borrow::Cow, fmt::Write};

/// `bytes` on one line, safe to print anywhere: printable ASCII as it is, CR and LF and the other
/// control bytes as their Unicode pictures (`␍`, `␊`, `␀`), valid UTF-8 as it is (but for control,
/// invisible and direction characters), everything else as `\xNN`.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        for c in part.valid().chars() {
            if c.is_ascii_control() {
                text.push(picture(c as u8));
            } else if deceptive(c) {
                let _ = write!(text, "{}", c.escape_unicode());
            } else {
                text.push(c);
            }
        }
        part.invalid().iter().for_each(|byte| push_byte(&mut text, *byte));
    }
    text
}

/// Appends `byte` as `\xNN`.
fn push_byte(text: &mut String, byte: u8) {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    text.extend(['\\', 'x', digit(byte >> 4), digit(byte & 15)]);
}

/// `bytes` as text in which every byte can be told: what is UTF-8 as it is, everything else as `\xNN`.
#[must_use]
pub fn with_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        part.invalid().iter().for_each(|byte| push_byte(&mut text, *byte));
    }
    text.into()
}

/// `text` with control and deceptive characters written as escapes, so that it can stand in a log, a
/// refusal or a page without ending a line there, steering a terminal or pretending to be another text.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| !c.is_control() && !deceptive(c);
    if text.chars().all(harmless) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmless(c) { shown.push(c) } else { shown.extend(c.escape_default()) }
    }
    shown.into()
}

/// [`visible`], cut after `limit` characters.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => visible(text),
        Some((end, _)) => format!("{}…", visible(&text[..end])).into(),
    }
}

/// At most `most` characters of `text`; the last one is `…` if some were cut.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a character changes how its neighbours look, or cannot be seen.
#[must_use]
pub const fn deceptive(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The Unicode picture of a control byte.
pub(super) const fn picture(byte: u8) -> char {
    match byte {
        0x7f => '␡',
        _ => match char::from_u32(0x2400 + byte as u32) {
            Some(picture) => picture,
            None => '·',
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_byte_reaches_a_terminal() {
        let every: Vec<u8> = (0..=255).collect();
        let text = escaped(&every);
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert_eq!(escaped(b"a\r\n\x1b[2J\x7f\xff"), "a␍␊␛[2J␡\\xff");
        assert_eq!(escaped("é 日 \u{202e}x\u{9b}".as_bytes()), "é 日 \\u{202e}x\\u{9b}");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
    }

    #[test]
    fn what_cannot_be_seen_is_escaped_in_both_ways() {
        for c in ['\u{ad}', '\u{61c}', '\u{200b}', '\u{2060}', '\u{202e}', '\u{feff}', '\u{85}'] {
            let text = format!("a{c}b");
            let expected = format!("a\\u{{{:x}}}b", u32::from(c));
            assert_eq!(escaped(text.as_bytes()), expected);
            assert_eq!(visible(&text), expected);
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(visible("plain é"), "plain é");
        assert_eq!(visible("a\r\nb\u{1b}[31m\0"), "a\\r\\nb\\u{1b}[31m\\u{0}");
        assert_eq!(visible("\u{202e}txt"), "\\u{202e}txt");
    }

    #[test]
    fn an_excerpt_is_cut_at_a_character() {
        assert_eq!(excerpt("éé", 2), "éé");
        assert_eq!(excerpt("ééé", 2), "éé…");
    }
}
