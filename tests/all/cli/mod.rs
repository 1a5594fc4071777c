//! The program from its command line.

pub(crate) mod program;
mod read;
mod serve;
mod tshark;
