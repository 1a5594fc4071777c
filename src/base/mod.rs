//! Plain tools that every room may use. They import nothing of ours.

pub mod calendar;
pub(crate) mod closed_list;
pub mod fair_mutex;
pub(crate) mod faults;
pub mod files;
pub mod finder;
pub(crate) mod numbered;
pub mod own_files;
pub mod pcapng;
pub mod shared_text;
pub mod stream;
pub mod task;
pub mod utf8;
