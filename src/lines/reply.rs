//! The server's replies to messages.

use bytes::{BufMut, BytesMut};

/// Text before the message that a reply repeats.
pub const ECHO: &[u8] = b"Echo: ";
/// The message that ends a conversation.
pub const QUIT: &[u8] = b"quit";
/// The reply to [`QUIT`], without its line feed.
pub const BYE: &[u8] = b"Bye.";
/// Text before the sentence that says why there is no other reply.
const ERROR: &[u8] = b"Error: ";

/// Writes the reply to `message`, its line feed included. Returns whether another message may follow.
pub fn write(message: &[u8], out: &mut BytesMut) -> bool {
    let is_last = message == QUIT;
    let (prefix, text) = if is_last { (&b""[..], BYE) } else { (ECHO, message) };
    out.reserve(prefix.len() + text.len() + 1);
    out.put_slice(prefix);
    out.put_slice(text);
    out.put_u8(b'\n');
    !is_last
}

/// Writes a reply that says why there is no other one, its line feed included.
pub fn write_error(sentence: &str, out: &mut BytesMut) {
    out.put_slice(ERROR);
    out.put_slice(sentence.as_bytes());
    out.put_u8(b'\n');
}
