//! What a client does, written down. Knows no socket.

pub mod script;
