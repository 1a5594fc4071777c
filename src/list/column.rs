//! The columns of the list, and what rows are sorted by.

use crate::base::closed_list::{closed_list, keyed};

/// A row of the table of columns.
#[derive(Clone, Copy, Debug)]
pub struct ColumnFacts {
    /// The stable name in the settings file: `duration`.
    pub key: &'static str,
    /// The title above the column.
    pub title: &'static str,
    /// What it shows, as a sentence.
    pub about: &'static str,
    /// Whether it is a number, whose digits stand below each other.
    pub is_number: bool,
}

closed_list! {
    /// A column of the list, in the order from left to right.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Column: pub ColumnFacts {
        /// The number of the exchange.
        Number { key: "number", title: "#", about: "The number of the exchange.", is_number: false },
        /// The time of the first byte.
        Start { key: "start", title: "Start", about: "When the first byte arrived, in UTC.", is_number: false },
        /// The connection.
        Conn { key: "conn", title: "Conn", about: "The number of the connection.", is_number: true },
        /// The method.
        Method { key: "method", title: "Method", about: "The method of the request.", is_number: false },
        /// The target.
        Target { key: "target", title: "Target", about: "The target of the request, and the backend that was asked.", is_number: false },
        /// The status.
        Status { key: "status", title: "Status", about: "The status of the response.", is_number: false },
        /// The media type.
        Type { key: "type", title: "Type", about: "The media type of the response.", is_number: false },
        /// The time until the head of the response.
        Waited { key: "waited", title: "Waited", about: "From the first byte to the head of the response.", is_number: true },
        /// Bytes of the request.
        In { key: "in", title: "In", about: "The bytes of the request.", is_number: true },
        /// Bytes of the response.
        Out { key: "out", title: "Size", about: "The bytes of the response.", is_number: true },
        /// The time in all.
        Duration { key: "duration", title: "Time", about: "From the first byte to the latest event.", is_number: true },
        /// Notes of the server.
        Notes { key: "notes", title: "Notes", about: "How many notes the server made while it answered.", is_number: true },
        /// Who sent the request.
        From { key: "from", title: "From", about: "Who sent the request: a client, or this program again.", is_number: false },
        /// The user's comment.
        Comment { key: "comment", title: "Comment", about: "The comment on the exchange.", is_number: false },
    }
}

keyed!(Column);

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By connection, each with its exchanges.
    #[default]
    ByConnection,
    /// All exchanges, sorted by a column; equal ones by number.
    Sorted {
        /// The column.
        column: Column,
        /// Whether the largest comes first.
        descending: bool,
    },
}

impl Order {
    /// All exchanges in the order in which they began.
    pub const FLAT: Self = Self::Sorted { column: Column::Number, descending: false };
}
