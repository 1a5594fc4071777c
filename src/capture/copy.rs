//! An exchange as something to paste elsewhere.

use super::model::Detail;

/// The request as a curl command line that sends the same. `None`: its head is incomplete or its
/// bytes were left out.
#[must_use]
pub fn curl(_detail: &Detail) -> Option<String> {
    None
}

/// The bytes of the request (of the response, if `outgoing`) as far as they are kept.
#[must_use]
pub fn raw(_detail: &Detail, _outgoing: bool) -> Vec<u8> {
    Vec::new()
}
