//! The bytes of a session file: pcapng blocks, synthetic packets, and records of everything else. No IO.

mod attempt;
pub(crate) mod batch;
pub(crate) mod block;
pub(crate) mod codes;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod flow;
mod lineage;
pub(crate) mod packet;
mod parts;
pub(crate) mod pending;
pub(crate) mod read;
mod tls;
pub(crate) mod varint;
pub(crate) mod writer;
