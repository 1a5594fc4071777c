//! The program from its command line.

#[cfg(target_os = "linux")]
mod bounded;
mod diff;
#[cfg(target_os = "linux")]
mod mounts;
mod options;
mod own_files;
pub(crate) mod program;
mod read;
mod serve;
#[cfg(target_os = "linux")]
mod trouble;
mod tshark;
#[cfg(target_os = "linux")]
mod work;
