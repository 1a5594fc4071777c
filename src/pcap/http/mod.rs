//! Finds the messages of HTTP/1 in the two streams of a connection: [`dialogue`] the requests, [`answers`] the
//! responses.

mod answers;
pub mod dialogue;
