//! Classic pcap: a header of 24 bytes, then packets, each after a header of 16 bytes.

use std::io::Read;

use crate::base::pcapng::{BLOCK_BYTES_MAX, ByteOrder};

use super::{FileError, FoundPacket, ReadBuffer};

/// The header of a file.
#[derive(Debug)]
pub(super) struct Header {
    order: ByteOrder,
    /// Nanoseconds in one unit of the fraction of a second: 1,000 or 1.
    unit: u32,
    link: u16,
}

/// The byte order and the unit of time, in nanoseconds, from the first four bytes. `None`: no classic file.
/// draft-ietf-opsawg-pcap: 0xA1B2C3D4 for microseconds, 0xA1B23C4D for nanoseconds, in the writer's order.
pub(super) fn order(magic: [u8; 4]) -> Option<(ByteOrder, u32)> {
    match magic {
        [0xD4, 0xC3, 0xB2, 0xA1] => Some((ByteOrder::Little, 1000)),
        [0x4D, 0x3C, 0xB2, 0xA1] => Some((ByteOrder::Little, 1)),
        [0xA1, 0xB2, 0xC3, 0xD4] => Some((ByteOrder::Big, 1000)),
        [0xA1, 0xB2, 0x3C, 0x4D] => Some((ByteOrder::Big, 1)),
        _ => None,
    }
}

impl Header {
    /// Reads the header. `None`: another major version.
    pub(super) fn read(bytes: &[u8], (order, unit): (ByteOrder, u32)) -> Option<Self> {
        // The upper half of the last word describes frame check sequences.
        let link = order.u32(bytes, 20)? & 0xFFFF;
        (order.u16(bytes, 4)? == 2).then_some(Self { order, unit, link: u16::try_from(link).ok()? })
    }

    /// The next packet.
    pub(super) fn packet<R: Read>(
        &self,
        buffer: &mut ReadBuffer<R>,
    ) -> Result<Option<FoundPacket>, FileError> {
        let Some(head) = buffer.peek(16)? else { return Ok(None) };
        let word = |at| self.order.u32(head, at).ok_or(FileError::Cut);
        let (seconds, fraction, len, original) = (word(0)?, word(4)?, word(8)?, word(12)?);
        let len =
            usize::try_from(len).ok().filter(|len| *len <= BLOCK_BYTES_MAX).ok_or(FileError::PacketLength)?;
        buffer.take(16 + len)?;
        let nanos = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * u64::from(self.unit);
        Ok(Some(FoundPacket { nanos, link: self.link, data: 16..16 + len, original }))
    }
}
