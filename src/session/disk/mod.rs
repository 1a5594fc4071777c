//! Session files in folders: written, scanned, and read back at any place.

pub(crate) mod archive;
pub(crate) mod folder;
mod pages;
pub(crate) mod reader;
pub(crate) mod recording;
pub(crate) mod scan;
