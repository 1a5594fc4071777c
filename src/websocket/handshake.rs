//! The two values that prove an opening handshake (RFC 6455 §1.3 and §4).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};

/// The version of the protocol that is spoken here (§4.1).
pub const VERSION: &str = "13";
/// The text that is added to a key before it is hashed (§1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of a key before it is encoded (§4.1).
const KEY_BYTES: usize = 16;

/// Whether `key` is a value of Sec-WebSocket-Key: §4.2.1 "a base64-encoded value that, when decoded, is 16 bytes in
/// length".
#[must_use]
pub fn is_key(key: &[u8]) -> bool {
    BASE64_STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == KEY_BYTES)
}

/// The value of Sec-WebSocket-Accept that answers `key` (§4.2.2).
#[must_use]
pub fn accept(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    BASE64_STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of §1.3.
    #[test]
    fn the_example_of_the_standard() {
        assert!(is_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_key_has_sixteen_bytes() {
        for wrong in ["", "abc", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25j", "AAAAAAAAAAAAAAAAAAAAAAA="]
        {
            assert!(!is_key(wrong.as_bytes()), "{wrong}");
        }
    }
}
