//! Writes one line of the byte view: its letters, and which of them stand for which byte.

use std::ops::Range;

use egui::{
    Align, Color32, FontId,
    text::{LayoutJob, TextFormat},
};

use crate::{
    ui::theme::{self, traffic},
    words,
};

/// The characters that show one byte.
pub(super) struct Cell {
    /// The columns of its characters.
    pub columns: Range<usize>,
    /// Index of the byte in its line.
    pub byte: usize,
}

/// Builds one line.
pub(super) struct Writer<'a> {
    pub job: LayoutJob,
    /// Number of letters in `job`.
    pub columns: usize,
    font: &'a FontId,
    /// The line as text, with one letter for each sign.
    pub words: String,
    /// The cells of the bytes.
    pub cells: Vec<Cell>,
    /// The columns of each box with signs.
    pub signs: Vec<Range<usize>>,
    /// Whether the last that was written is a sign.
    after_sign: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(font: &'a FontId) -> Self {
        let (words, cells, signs) = (String::new(), Vec::new(), Vec::new());
        Self { job: LayoutJob::default(), columns: 0, font, words, cells, signs, after_sign: false }
    }

    pub(super) fn write(&mut self, words: &str, color: Color32) {
        self.columns += words.chars().count();
        self.words.push_str(words);
        let after_sign = std::mem::take(&mut self.after_sign);
        // Layout costs time per section, so neighbours of the same colour share one.
        let last = self.job.sections.last_mut();
        if let Some(last) = last.filter(|last| last.format.color == color && !after_sign) {
            self.job.text.push_str(words);
            last.byte_range.end = self.job.text.len().into();
        } else {
            let lead = if after_sign { 2.0 * traffic::SIGN_PAD } else { 0.0 };
            self.job.append(words, lead, TextFormat::simple(self.font.clone(), color));
        }
    }

    /// Writes a sign, which stands in a box. `letter` stands for it in the words. `joins`: in the box of the sign
    /// before it.
    pub(super) fn sign(&mut self, sign: &str, letter: char, color: Color32, joins: bool) {
        let start = self.columns;
        self.columns += sign.len();
        self.words.push(letter);
        let lead = if self.after_sign && !joins { 4.0 } else { 2.0 } * traffic::SIGN_PAD;
        let format = TextFormat { valign: Align::Center, ..TextFormat::simple(theme::sign_font(), color) };
        self.job.append(sign, lead, format);
        match self.signs.last_mut().filter(|_| joins) {
            Some(before) => before.end = self.columns,
            None => self.signs.push(start..self.columns),
        }
        self.after_sign = true;
    }
}

/// The letters in the box of a byte that ends lines or separates columns. `None`: the byte has no box.
pub(super) const fn sign(byte: u8) -> Option<&'static str> {
    match byte {
        b'\r' => Some("CR"),
        b'\n' => Some("LF"),
        b'\t' => Some("TAB"),
        _ => None,
    }
}

/// The character that represents a byte: printable ASCII stands for itself; CR, LF and tab are control
/// pictures; all other bytes are dots.
pub(super) fn picture(byte: u8) -> char {
    match byte {
        b' '..=b'~' => char::from(byte),
        b'\r' => '␍',
        b'\n' => '␊',
        b'\t' => '␉',
        _ => '·',
    }
}

/// The first character of `bytes` and its length in bytes. A character that no font has is drawn as its bytes. `None`:
/// `bytes` does not begin with valid UTF-8, or with a character that cannot be seen or moves its neighbours.
pub(super) fn character(bytes: &[u8]) -> Option<(char, usize)> {
    let most = bytes.len().min(4);
    let valid = match str::from_utf8(&bytes[..most]) {
        Ok(valid) => valid,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let first = valid.chars().next()?;
    (!first.is_control() && !words::deceptive(first)).then_some((first, first.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cr_lf_share_a_box_and_others_have_their_own() {
        let font = theme::mono_font();
        let mut writer = Writer::new(&font);
        writer.write("a", Color32::WHITE);
        writer.sign("CR", '␍', Color32::WHITE, false);
        writer.sign("LF", '␊', Color32::WHITE, true);
        writer.sign("LF", '␊', Color32::WHITE, false);
        writer.write("b", Color32::WHITE);
        assert_eq!(writer.signs, [1..5, 5..7]);
        assert_eq!((&*writer.words, &*writer.job.text), ("a␍␊␊b", "aCRLFLFb"));
        // What follows a box does not touch it, though the colour is the same.
        assert!(writer.job.sections.last().is_some_and(|last| last.leading_space > 0.0));
    }
}
