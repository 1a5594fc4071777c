//! The program from its command line.

mod program;
mod read;
mod serve;
mod tshark;
