//! What tests, benches and fuzz targets share. Nothing else imports it.

pub mod drive;
pub mod invariants;
#[cfg(test)]
pub(crate) mod script;
