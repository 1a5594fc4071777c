//! The blocks of pcapng, as our own sessions and the captures of other programs have them
//! (draft-ietf-opsawg-pcapng): a type, the whole length, a body, and the length again.

/// Section Header Block: its number reads the same in both byte orders.
pub const SECTION_HEADER: u32 = 0x0A0D_0D0A;
/// Interface Description Block.
pub const INTERFACE: u32 = 1;
/// Packet Block, which is obsolete.
pub const OBSOLETE_PACKET: u32 = 2;
/// Simple Packet Block.
pub const SIMPLE_PACKET: u32 = 3;
/// Enhanced Packet Block.
pub const ENHANCED_PACKET: u32 = 6;
/// First number in the body of a section header; its byte order is that of the section.
pub const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;

/// Upper bound on the length of a block, in bytes. A block that claims to be longer is taken for damage.
pub const BLOCK_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The byte order of a file or a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

impl ByteOrder {
    /// The byte order of a section, from the bytes of its magic number. `None`: they are of neither.
    #[must_use]
    pub fn of_section(magic: &[u8]) -> Option<Self> {
        [Self::Little, Self::Big].into_iter().find(|order| order.u32(magic, 0) == Some(BYTE_ORDER_MAGIC))
    }

    /// The number at index `at` of `bytes`. `None`: it is not there whole.
    #[must_use]
    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self == Self::Little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    /// The number at index `at` of `bytes`. `None`: it is not there whole.
    #[must_use]
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self == Self::Little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// The number at index `at` of `bytes`. `None`: it is not there whole.
    #[must_use]
    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self == Self::Little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
    }
}

/// A block's type and its whole length, from its first eight bytes. `None`: the length is impossible.
#[must_use]
pub fn head(bytes: &[u8], order: ByteOrder) -> Option<(u32, usize)> {
    let len = usize::try_from(order.u32(bytes, 4)?).ok()?;
    let possible = len >= 12 && len.is_multiple_of(4) && len <= BLOCK_BYTES_MAX;
    possible.then_some((order.u32(bytes, 0)?, len))
}

/// The body of a whole block. `None`: its two lengths differ.
#[must_use]
pub fn body(block: &[u8]) -> Option<&[u8]> {
    let end = block.len().checked_sub(4)?;
    (block.get(4..8)? == block.get(end..)?).then(|| block.get(8..end)).flatten()
}

/// Appends the beginning of a block. Returns the block's start, for [`end`].
pub fn begin(out: &mut Vec<u8>, kind: u32) -> usize {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    start
}

/// Ends the block that begins at `start`: its length goes before and after its body.
pub fn end(out: &mut Vec<u8>, start: usize) {
    let len = word(out.len() + 4 - start).to_le_bytes();
    out.extend_from_slice(&len);
    out[start + 4..start + 8].copy_from_slice(&len);
}

/// Pads the bytes from `start` on to a multiple of four, as blocks and options are padded.
pub fn pad(out: &mut Vec<u8>, start: usize) {
    let over = (out.len() - start) % 4;
    if over > 0 {
        out.extend_from_slice(&[0; 3][..4 - over]);
    }
}

/// Appends an option of a block. Option 0 without a value ends the list of options.
pub fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    let start = out.len();
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(value);
    pad(out, start);
}

/// A length as it stands in a block, which is far below 4 GB.
#[must_use]
pub fn word(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_written_is_read_in_its_order_only() {
        let mut block = Vec::new();
        let start = begin(&mut block, ENHANCED_PACKET);
        option(&mut block, 1, b"hello");
        end(&mut block, start);
        assert_eq!(head(&block, ByteOrder::Little), Some((ENHANCED_PACKET, block.len())));
        assert_eq!(head(&block, ByteOrder::Big), None, "its length is impossible");
        assert_eq!(body(&block).map(<[u8]>::len), Some(12), "four bytes and five, padded");
        let last = block.len() - 1;
        block[last] = 1;
        assert_eq!(body(&block), None);
        assert_eq!(body(&block[..7]), None);
    }

    #[test]
    fn the_magic_number_says_the_order() {
        let magic = BYTE_ORDER_MAGIC;
        assert_eq!(ByteOrder::of_section(&magic.to_le_bytes()), Some(ByteOrder::Little));
        assert_eq!(ByteOrder::of_section(&magic.to_be_bytes()), Some(ByteOrder::Big));
        assert_eq!(ByteOrder::of_section(b"none"), None);
    }
}
