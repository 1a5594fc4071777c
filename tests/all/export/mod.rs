//! What is exported, as other programs read it.

#[cfg(unix)]
mod curl;
mod har;
mod har_of_others;
mod secrets;
