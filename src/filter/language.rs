//! The language of filters: from text to an expression.

use super::{
    error::FilterError,
    parse::{Expr, parse},
    subject::Subject,
    table::Vocabulary,
    test::Test,
};

/// A parsed filter. Words are looked for in method, target and status (ASCII case does not matter);
/// `status>=400`, `method=GET`, `path~api`, `conn=3`, `time>100` (ms), `size>1000` (bytes)
/// compare; `is:open` and `is:error` choose by state. Empty: everything.
///
/// Parts are joined by `and`, which may be left out, and `or`; `not` turns one around, as do `!part` and `-part`;
/// parentheses group. `and` binds tighter than `or`, `not` tighter than both.
///
/// Operators: `=` `!=` `>` `>=` `<` `<=` `~` (contains) `!~`, also written `≠` `≥` `≤`. Times take `ms`, `s` or `us`
/// at their end, sizes `k`, `m` or `g`; `status=4xx` takes a class.
/// `method:GET` is written in other programs: here it is `method=GET`, and `path:api` is `path~api`. In what text is
/// to be equal to, `*` stands for any characters: `path=/api/*`.
/// `req.` and `resp.` in front of a key choose a message: `resp.header.server=*`.
/// Quotes keep spaces: `"a b"`, `path~"a b"`; and the meaning of a word as a word: `"and"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    parts: Box<[Part]>,
}

/// One of the parts of a filter that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    expr: Expr,
    text: Box<str>,
}

/// What a filter makes of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All parts hold.
    Passes,
    /// All parts but the one with this index hold. With bytes that are not at hand, another one may fail as well.
    FailsOnly(usize),
    /// Several parts fail.
    Fails,
    /// Only bytes that are not at hand would tell.
    Unknown,
}

impl Filter {
    /// Reads a filter for captured exchanges.
    ///
    /// # Errors
    /// The first part that cannot be understood, and why.
    pub fn parse(line: &str) -> Result<Self, FilterError> {
        Self::parse_for(line, Vocabulary::Exchanges)
    }

    /// Reads a filter that uses the keys of `vocabulary`.
    ///
    /// # Errors
    /// The first part that cannot be understood, and why.
    pub fn parse_for(line: &str, vocabulary: Vocabulary) -> Result<Self, FilterError> {
        let parts = parse(line, vocabulary)?.into_iter();
        Ok(Self { parts: parts.map(|(expr, span)| Part { expr, text: line[span].into() }).collect() })
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The parts that must all hold, as they are written.
    #[must_use]
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.parts.iter().map(|part| &*part.text)
    }

    /// Whether a part asks for what only the bytes of the messages tell.
    #[must_use]
    pub fn asks_for_content(&self) -> bool {
        self.parts.iter().any(|part| part.expr.asks_for_content())
    }

    /// Whether part number `index`, from 0, asks for what only the bytes of the messages tell.
    #[must_use]
    pub fn part_asks_for_content(&self, index: usize) -> bool {
        self.parts.get(index).is_some_and(|part| part.expr.asks_for_content())
    }

    /// Whether `subject` passes. Where bytes are not at hand, nothing is in them.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject) -> bool {
        let holds = |test: &Test| Some(test.judge(subject).unwrap_or_else(|| test.holds_of_nothing()));
        self.parts.iter().all(|part| part.expr.judge(&holds) == Some(true))
    }

    /// What the filter makes of `subject`.
    #[must_use]
    pub fn judge(&self, subject: &impl Subject) -> Verdict {
        let (mut failed, mut unknown) = (None, false);
        for (index, part) in self.parts.iter().enumerate() {
            match part.expr.judge(&|test| test.judge(subject)) {
                Some(true) => {}
                Some(false) if failed.is_some() => return Verdict::Fails,
                Some(false) => failed = Some(index),
                None => unknown = true,
            }
        }
        match failed {
            Some(index) => Verdict::FailsOnly(index),
            None if unknown => Verdict::Unknown,
            None => Verdict::Passes,
        }
    }
}

impl Expr {
    /// Whether the expression holds, by what each test says. `None`: that does not tell.
    fn judge(&self, test: &impl Fn(&Test) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Test(leaf) => test(leaf),
            Self::Not(expr) => expr.judge(test).map(|holds| !holds),
            Self::All(exprs) => decided(exprs, false, test),
            Self::Any(exprs) => decided(exprs, true, test),
        }
    }

    fn asks_for_content(&self) -> bool {
        match self {
            Self::Test(leaf) => matches!(leaf, Test::Content { .. }),
            Self::Not(expr) => expr.asks_for_content(),
            Self::All(exprs) | Self::Any(exprs) => exprs.iter().any(Self::asks_for_content),
        }
    }
}

/// `settles`, if one of `exprs` is that; `None`, if one of them is not known; else the opposite.
fn decided(exprs: &[Expr], settles: bool, test: &impl Fn(&Test) -> Option<bool>) -> Option<bool> {
    let mut unknown = false;
    for expr in exprs {
        match expr.judge(test) {
            Some(holds) if holds == settles => return Some(settles),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(!settles) }
}
