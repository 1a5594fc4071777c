//! Session files in folders: written, read from the beginning, and read at any place.

pub(crate) mod archive;
pub(crate) mod folder;
pub(crate) mod marks;
mod pages;
pub(crate) mod reader;
pub(crate) mod recording;
pub(crate) mod scan;
pub(crate) mod worker;
