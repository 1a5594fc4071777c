//! Scripts of a client's actions. Knows no socket.

pub mod script;
