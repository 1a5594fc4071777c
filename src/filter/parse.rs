//! From tokens to an expression.
//!
//! ```text
//! line   = [ or ]
//! or     = and *( "or" and )
//! and    = not *( [ "and" ] not )
//! not    = *( "not" / "!" / "-" ) ( "(" or ")" / word )
//! ```

use std::{iter::Peekable, ops::Range, vec::IntoIter};

use super::{
    error::{FilterError, FilterErrorKind},
    table::Vocabulary,
    test::Test,
    token::{Token, TokenKind, tokens},
};

/// Parentheses and negations that may stand inside each other.
const DEPTH_MAX: usize = 100;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    Test(Test),
    Not(Box<Self>),
    All(Box<[Self]>),
    Any(Box<[Self]>),
}

/// An expression, and the bytes of the line that it is.
pub(super) type Placed = (Expr, Range<usize>);

/// Reads a line: the parts all of which must hold.
pub(super) fn parse(line: &str, vocabulary: Vocabulary) -> Result<Vec<Placed>, FilterError> {
    let tokens = tokens(line, vocabulary)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), vocabulary, depth: 0, end: line.len() };
    let Some(first) = parser.tokens.peek().map(|token| token.span.start) else { return Ok(Vec::new()) };
    let mut alternatives = parser.alternatives()?;
    // A parenthesis without a partner is found by the tokens.
    if alternatives.len() == 1
        && let Some(parts) = alternatives.pop()
    {
        return Ok(parts);
    }
    let end = alternatives.last().and_then(|parts| parts.last()).map_or(line.len(), |(_, span)| span.end);
    Ok(vec![(any(alternatives), first..end)])
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    vocabulary: Vocabulary,
    depth: usize,
    /// Length of the line.
    end: usize,
}

impl Parser {
    /// Reads parts that are joined by `or`, each with those that are joined by `and`.
    fn alternatives(&mut self) -> Result<Vec<Vec<Placed>>, FilterError> {
        let mut alternatives = vec![self.all(None)?];
        while let Some(or) = self.tokens.next_if(|token| matches!(token.kind, TokenKind::Or)) {
            alternatives.push(self.all(Some(or.span))?);
        }
        Ok(alternatives)
    }

    /// Reads at least one part, and those that are joined to it. `joint`: the word in front of them.
    fn all(&mut self, joint: Option<Range<usize>>) -> Result<Vec<Placed>, FilterError> {
        let mut parts = vec![self.part(joint)?];
        loop {
            let joint = self.tokens.next_if(|token| matches!(token.kind, TokenKind::And));
            match (joint, self.tokens.peek().map(|token| &token.kind)) {
                (None, None | Some(TokenKind::Or | TokenKind::Close)) => return Ok(parts),
                (joint, _) => parts.push(self.part(joint.map(|token| token.span))?),
            }
        }
    }

    /// Reads one part. `joint`: the word in front of it, which needs it.
    fn part(&mut self, joint: Option<Range<usize>>) -> Result<Placed, FilterError> {
        let missing = |span: Range<usize>| FilterError { span, kind: FilterErrorKind::PartMissing };
        let ends = |token: &Token| matches!(token.kind, TokenKind::And | TokenKind::Or | TokenKind::Close);
        let Some(token) = self.tokens.next_if(|token| joint.is_none() || !ends(token)) else {
            let end = self.end;
            return Err(missing(joint.unwrap_or_else(|| end.saturating_sub(1)..end)));
        };
        match token.kind {
            TokenKind::Word(word) => Ok((Expr::Test(Test::parse(&word, self.vocabulary)?), token.span)),
            TokenKind::Not => {
                self.deeper(&token.span)?;
                let (expr, span) = self.part(Some(token.span.clone()))?;
                self.depth -= 1;
                Ok((Expr::Not(Box::new(expr)), token.span.start..span.end))
            }
            TokenKind::Open => {
                self.deeper(&token.span)?;
                if let Some(close) = self.tokens.next_if(|token| matches!(token.kind, TokenKind::Close)) {
                    return Err(missing(token.span.start..close.span.end));
                }
                if self.tokens.peek().is_none() {
                    return Err(FilterError { span: token.span, kind: FilterErrorKind::NotClosed });
                }
                let alternatives = self.alternatives()?;
                let Some(close) = self.tokens.next_if(|token| matches!(token.kind, TokenKind::Close)) else {
                    return Err(FilterError { span: token.span, kind: FilterErrorKind::NotClosed });
                };
                self.depth -= 1;
                Ok((any(alternatives), token.span.start..close.span.end))
            }
            TokenKind::And | TokenKind::Or | TokenKind::Close => Err(missing(token.span)),
        }
    }

    fn deeper(&mut self, span: &Range<usize>) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(FilterError { span: span.clone(), kind: FilterErrorKind::TooDeep });
        }
        Ok(())
    }
}

/// One of these, each of which is all of its parts.
fn any(alternatives: Vec<Vec<Placed>>) -> Expr {
    let all = |parts: Vec<Placed>| one_or(parts.into_iter().map(|(expr, _)| expr).collect(), Expr::All);
    one_or(alternatives.into_iter().map(all).collect(), Expr::Any)
}

/// The only expression, or what `join` makes of several.
fn one_or(mut exprs: Vec<Expr>, join: impl FnOnce(Box<[Expr]>) -> Expr) -> Expr {
    match exprs.pop() {
        Some(only) if exprs.is_empty() => only,
        last => {
            exprs.extend(last);
            join(exprs.into())
        }
    }
}
