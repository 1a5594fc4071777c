//! The tokens of the filter language: words, parentheses, and the words that join them.

use std::ops::Range;

use super::{
    error::{FilterError, FilterErrorKind},
    named::Named,
    operator::Operator,
    table::Vocabulary,
};

/// A token, and the bytes of the line that it is.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// The kind of a token.
#[derive(Debug)]
pub(super) enum TokenKind {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `and`, `&&`
    And,
    /// `or`, `||`
    Or,
    /// `not`, or a sign in front of a part: `!`, `-`.
    Not,
    /// Anything else: a word to look for, or a comparison.
    Word(Word),
}

/// A word of the line, quotes removed.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// Byte index in `text` of the first quoted character: what follows is meant literally.
    pub(super) quoted: Option<usize>,
    /// Where in the line each byte of `text` stands.
    places: Vec<usize>,
}

impl Word {
    /// What stands before the quotes, where an operator can be.
    pub(super) fn plain(&self) -> &str {
        &self.text[..self.quoted.unwrap_or(self.text.len())]
    }

    /// The mistake that a part of `text` is. The part is not empty.
    pub(super) fn error(&self, part: &Range<usize>, kind: FilterErrorKind) -> FilterError {
        let at = |index: usize| self.places.get(index).copied().unwrap_or_default();
        FilterError { span: at(part.start)..at(part.end - 1) + 1, kind }
    }

    fn push(&mut self, index: usize, c: char) {
        self.text.push(c);
        self.places.extend(index..index + c.len_utf8());
    }

    /// Appends the word that follows.
    fn append(&mut self, next: Self) {
        let len = self.text.len();
        self.quoted = self.quoted.or(next.quoted.map(|index| len + index));
        self.text.push_str(&next.text);
        self.places.extend(next.places);
    }
}

/// The tokens of a line.
pub(super) fn tokens(line: &str, vocabulary: Vocabulary) -> Result<Vec<Token>, FilterError> {
    let mut scanner = Scanner { line, tokens: Vec::new(), depth: 0 };
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
        } else {
            at = scanner.token(at)?;
        }
    }
    Ok(joined(scanner.tokens, vocabulary))
}

struct Scanner<'a> {
    line: &'a str,
    tokens: Vec<Token>,
    /// Number of open parentheses.
    depth: usize,
}

impl Scanner<'_> {
    fn add(&mut self, kind: TokenKind, span: Range<usize>) {
        self.tokens.push(Token { kind, span });
    }

    /// Reads the token at `start`, which is not white space. Returns where the next one may begin.
    fn token(&mut self, start: usize) -> Result<usize, FilterError> {
        let rest = &self.line[start..];
        let second = rest.chars().nth(1).filter(|c| !c.is_whitespace());
        match rest.chars().next() {
            Some('(') => {
                self.depth += 1;
                self.add(TokenKind::Open, start..start + 1);
                Ok(start + 1)
            }
            Some(')') => {
                self.depth = self.depth.checked_sub(1).ok_or_else(|| unopened(start))?;
                self.add(TokenKind::Close, start..start + 1);
                Ok(start + 1)
            }
            Some('!' | '-') if second == Some('(') => {
                self.add(TokenKind::Not, start..start + 1);
                Ok(start + 1)
            }
            _ => self.word(start),
        }
    }

    fn word(&mut self, start: usize) -> Result<usize, FilterError> {
        let (mut word, mut end) = self.read_word(start)?;
        let sign = word.text.len() > 1 && word.quoted != Some(0) && word.text.starts_with(['!', '-']);
        if sign {
            self.add(TokenKind::Not, start..start + 1);
            word.text.remove(0);
            word.places.remove(0);
            word.quoted = word.quoted.map(|index| index - 1);
        }
        let kind = match word.text.to_ascii_lowercase().as_str() {
            _ if word.quoted.is_some() => None,
            "and" | "&&" => Some(TokenKind::And),
            "or" | "||" => Some(TokenKind::Or),
            "not" => Some(TokenKind::Not),
            _ => None,
        };
        let start = start + usize::from(sign);
        if word.text.is_empty() {
            end = end.max(start);
        } else {
            self.add(kind.unwrap_or(TokenKind::Word(word)), start..end);
        }
        Ok(end)
    }

    /// Reads a word, and where it ends. Inside quotes it has spaces and parentheses; outside of them, parentheses in
    /// pairs.
    fn read_word(&self, start: usize) -> Result<(Word, usize), FilterError> {
        let (mut word, mut opened, mut inner) = (Word::default(), None, 0_usize);
        for (index, c) in self.line[start..].char_indices().map(|(index, c)| (start + index, c)) {
            match c {
                '"' => {
                    opened = if opened.is_none() { Some(index) } else { None };
                    word.quoted.get_or_insert(word.text.len());
                }
                c if opened.is_some() => word.push(index, c),
                c if c.is_whitespace() => return Ok((word, index)),
                ')' if inner == 0 && self.depth > 0 => return Ok((word, index)),
                ')' if inner == 0 => return Err(unopened(index)),
                c => {
                    inner = if c == ')' { inner - 1 } else { inner + usize::from(c == '(') };
                    word.push(index, c);
                }
            }
        }
        match opened {
            Some(quote) => {
                Err(FilterError { span: quote..self.line.len(), kind: FilterErrorKind::QuoteOpen })
            }
            None => Ok((word, self.line.len())),
        }
    }
}

const fn unopened(at: usize) -> FilterError {
    FilterError { span: at..at + 1, kind: FilterErrorKind::NotOpened }
}

/// Joins what is one comparison although there are spaces around its operator: `status >= 400`.
fn joined(tokens: Vec<Token>, vocabulary: Vocabulary) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let Some(Token { kind: TokenKind::Word(before), span }) = joined.last_mut() else {
            joined.push(token);
            continue;
        };
        match token {
            Token { kind: TokenKind::Word(word), span: next } if belongs(before, &word, vocabulary) => {
                before.append(word);
                span.end = next.end;
            }
            token => joined.push(token),
        }
    }
    joined
}

/// Whether `next` is the rest of a comparison that begins with `word`.
fn belongs(word: &Word, next: &Word, vocabulary: Vocabulary) -> bool {
    if word.quoted.is_some() {
        return false;
    }
    let begins = Operator::find(next.plain()).is_some_and(|found| found.at == 0);
    if begins {
        return Named::find(&word.text, vocabulary).is_some();
    }
    let ends = Operator::find(&word.text).is_some_and(|found| {
        found.at + found.sign.len() == word.text.len()
            && Named::find(&word.text[..found.at], vocabulary).is_some()
    });
    let compares = Operator::find(next.plain())
        .is_some_and(|found| Named::find(&next.text[..found.at], vocabulary).is_some());
    ends && !compares
}
