//! TLS on connections to backends: rustls without a socket, between the socket of a connection and its protocol.
//!
//! In reading order: [`trust`] says which certificates are good, [`verifier`] applies it to one handshake,
//! [`session`] is the encryption of one connection, [`problem`] and [`certificate`] turn what rustls says into facts
//! of the trace.

mod certificate;
mod problem;
mod session;
pub(super) mod trust;
mod verifier;

pub(super) use session::{Broken, Session};
pub(super) use trust::Trust;
