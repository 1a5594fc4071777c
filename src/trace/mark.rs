//! Marks: a colour and a comment that the user gives an exchange.

use crate::base::closed_list::{closed_list, keyed};

/// A row of the table of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkColourFacts {
    /// The stable name in files, in JSON and in filters.
    pub key: &'static str,
}

closed_list! {
    /// The colour of a mark, in the order of the keys 1 to 9.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum MarkColour: pub MarkColourFacts {
        /// The red mark.
        Red { key: "red" },
        /// The orange mark.
        Orange { key: "orange" },
        /// The yellow mark.
        Yellow { key: "yellow" },
        /// The green mark.
        Green { key: "green" },
        /// The teal mark.
        Teal { key: "teal" },
        /// The blue mark.
        Blue { key: "blue" },
        /// The purple mark.
        Purple { key: "purple" },
        /// The pink mark.
        Pink { key: "pink" },
        /// The grey mark.
        Grey { key: "grey" },
    }
}

keyed!(MarkColour);

impl MarkColour {
    /// The number of the colour, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The colour with a number, from 1. `None`: there is none.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number.checked_sub(1)?)).copied()
    }
}

/// A colour, a comment, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The colour. `None`: there is only a comment.
    pub colour: Option<MarkColour>,
    /// The comment on one line, at most [`Self::COMMENT_MAX`] bytes. Empty: there is none.
    pub comment: Box<str>,
}

impl Mark {
    /// Bytes of a comment at most.
    pub const COMMENT_MAX: usize = 1_000;

    /// A mark with this colour and this comment, whose control characters become spaces. `None`: it has neither.
    #[must_use]
    pub fn new(colour: Option<MarkColour>, comment: &str) -> Option<Self> {
        let mut line: String = comment.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        line.truncate(line.floor_char_boundary(Self::COMMENT_MAX));
        let mark = Self { colour, comment: line.into() };
        (mark != Self::default()).then_some(mark)
    }

    /// In a few words: `marked red: slow again`.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.colour, &*self.comment) {
            (Some(colour), "") => format!("marked {}", colour.key()),
            (Some(colour), comment) => format!("marked {}: {comment}", colour.key()),
            (None, comment) => format!("comment: {comment}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_a_colour_or_a_comment_of_one_line() {
        assert_eq!(Mark::new(None, " \n "), None);
        let mark = Mark::new(Some(MarkColour::Red), " slow\nagain ").expect("a mark");
        assert_eq!((&*mark.comment, mark.words().as_str()), ("slow again", "marked red: slow again"));
        let long = Mark::new(None, &"é".repeat(Mark::COMMENT_MAX)).expect("a comment");
        assert_eq!(long.comment.len(), Mark::COMMENT_MAX);
        for colour in MarkColour::ALL {
            assert_eq!(MarkColour::from_number(colour.number()), Some(colour));
        }
        assert_eq!((MarkColour::from_number(0), MarkColour::from_number(10)), (None, None));
    }
}
