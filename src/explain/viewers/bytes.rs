//! The viewer of last resort, which leaves content to the byte view.

use super::{Document, MediaType, Viewer};

/// Leaves content that no other viewer can show to the byte view.
pub(super) struct Bytes;

impl Viewer for Bytes {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn priority(&self, _: Option<&MediaType>, _: &[u8]) -> Option<i8> {
        Some(i8::MIN)
    }

    fn show(&self, _: &[u8]) -> Document {
        Document::Opaque
    }
}
