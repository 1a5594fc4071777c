//! The places at which a replay can stop.

use crate::base::closed_list::closed_list;

/// A row of the table of stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopFacts {
    /// The place, after "next" or "previous".
    pub title: &'static str,
}

closed_list! {
    /// A kind of place at which a replay can stop.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Stop: pub StopFacts {
        /// After any byte.
        Byte { title: "byte" },
        /// Between two tokens.
        Token { title: "token" },
        /// At the end of a read or a write.
        Read { title: "read" },
        /// Where something is decided.
        Decision { title: "decision" },
        /// Where a rule is broken, or a limit or a timer acted.
        Broken { title: "broken rule" },
        /// Where a field line is complete.
        Field { title: "complete field" },
        /// At the end of a read or a write that ends inside a token.
        Split { title: "read that ends inside a token" },
    }
}
