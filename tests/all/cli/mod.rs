//! The program from its command line.

mod own_files;
pub(crate) mod program;
mod read;
mod serve;
#[cfg(target_os = "linux")]
mod trouble;
mod tshark;
