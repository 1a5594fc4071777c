//! Writes frames.

use bytes::{BufMut, BytesMut};

use super::{close_code::CloseCode, mask, opcode::Opcode};

/// The most bytes of payload that a control frame has (RFC 6455 §5.5).
pub const CONTROL_BYTES_MAX: usize = 125;

/// The most bytes before a payload.
const HEAD_BYTES_MAX: usize = 14;

/// A frame as it is to be written. It may break any rule: what is sent on purpose is not checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// Whether the message ends with this frame.
    pub fin: bool,
    /// The three reserved bits; RSV1 is 4.
    pub rsv: u8,
    /// The four bits of the opcode, which may be reserved ones.
    pub opcode: u8,
    /// The key of the mask. `None`: the payload is not masked.
    pub mask: Option<[u8; 4]>,
    /// The payload, not masked.
    pub payload: &'a [u8],
}

impl<'a> Outgoing<'a> {
    /// A whole message, or a control frame, as a server sends it.
    #[must_use]
    pub const fn server(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self { fin: true, rsv: 0, opcode: opcode.bits(), mask: None, payload }
    }

    /// Writes the frame, its length in the shortest form.
    pub fn write(&self, out: &mut BytesMut) {
        out.reserve(self.payload.len() + HEAD_BYTES_MAX);
        self.write_head(out);
        let start = out.len();
        out.put_slice(self.payload);
        if let Some(key) = self.mask {
            mask::apply(key, &mut out[start..], 0);
        }
    }

    /// Writes what stands before the payload.
    pub fn write_head(&self, out: &mut BytesMut) {
        let len = self.payload.len();
        out.put_u8(u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode & 0xF);
        let mask_bit = u8::from(self.mask.is_some()) << 7;
        // RFC 6455 §5.2: "the minimal number of bytes MUST be used to encode the length".
        match (u8::try_from(len), u16::try_from(len)) {
            (Ok(len @ 0..=125), _) => out.put_u8(mask_bit | len),
            (_, Ok(len)) => {
                out.put_u8(mask_bit | 0x7E);
                out.put_u16(len);
            }
            _ => {
                out.put_u8(mask_bit | 0x7F);
                out.put_u64(len as u64);
            }
        }
        if let Some(key) = self.mask {
            out.put_slice(&key);
        }
    }
}

/// The payload of a close frame. The reason is cut at a character where it is too long.
#[must_use]
pub fn close_payload(code: CloseCode, reason: &str) -> Vec<u8> {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    [&code.number().to_be_bytes(), &reason.as_bytes()[..end]].concat()
}
