//! pcapng: blocks, each with its length at its beginning and its end (draft-ietf-opsawg-pcapng).

use std::io::Read;

use crate::base::pcapng::{
    self, ByteOrder, ENHANCED_PACKET, INTERFACE, OBSOLETE_PACKET, SECTION_HEADER, SIMPLE_PACKET,
};

use super::{FileError, FoundPacket, ReadBuffer};

/// Upper bound on interfaces of a section. A file describes a handful; more are a sign of damage.
const INTERFACES: usize = 65_536;

/// The section that is being read.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// The byte order. `None`: no section has begun.
    order: Option<ByteOrder>,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: u16,
    /// Bytes that were captured of a packet at most. 0: all.
    snap: u32,
    /// The unit of time.
    unit: Unit,
    /// Seconds that are added to each time.
    offset_secs: i64,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    /// Seconds times ten to the power of minus this.
    Ten(u32),
    /// Seconds times two to the power of minus this.
    Two(u32),
}

impl Section {
    /// The next packet. Section headers and interfaces before it are taken in, other blocks are skipped.
    pub(super) fn packet<R: Read>(
        &mut self,
        buffer: &mut ReadBuffer<R>,
    ) -> Result<Option<FoundPacket>, FileError> {
        loop {
            let Some(head) = buffer.peek(8)? else { return Ok(None) };
            if head[..4] == SECTION_HEADER.to_le_bytes() {
                self.begin(buffer)?;
            }
            let order = self.order.ok_or(FileError::Section)?;
            let Some(head) = buffer.peek(8)? else { return Ok(None) };
            let (kind, len) = pcapng::head(head, order).ok_or(FileError::BlockLength)?;
            let Some(block) = buffer.peek(len)? else { return Ok(None) };
            let body = pcapng::body(block).ok_or(FileError::BlockLength)?;
            let found = match kind {
                INTERFACE => {
                    let interface = Interface::read(body, order).ok_or(FileError::BlockLength)?;
                    if self.interfaces.len() == INTERFACES {
                        return Err(FileError::BlockLength);
                    }
                    self.interfaces.push(interface);
                    None
                }
                ENHANCED_PACKET => Some(self.enhanced(body, order, true)?),
                OBSOLETE_PACKET => Some(self.enhanced(body, order, false)?),
                SIMPLE_PACKET => Some(self.simple(body, order)?),
                _ => None,
            };
            buffer.take(len)?;
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Begins a section: reads its byte order, and forgets the interfaces of the one before.
    fn begin<R: Read>(&mut self, buffer: &mut ReadBuffer<R>) -> Result<(), FileError> {
        let head = buffer.peek(16)?.ok_or(FileError::Cut)?;
        let order = ByteOrder::of_section(&head[8..12]).ok_or(FileError::Section)?;
        if order.u16(head, 12) != Some(1) {
            return Err(FileError::Section);
        }
        self.order = Some(order);
        self.interfaces.clear();
        Ok(())
    }

    /// Reads an Enhanced Packet Block, or its predecessor, the Packet Block, which has the interface in 16 bits.
    fn enhanced(&self, body: &[u8], order: ByteOrder, enhanced: bool) -> Result<FoundPacket, FileError> {
        let word = |at| order.u32(body, at).ok_or(FileError::PacketLength);
        let number = if enhanced { word(0)? } else { u32::from(order.u16(body, 0).unwrap_or(0)) };
        let interface = self.interface(number)?;
        let time = u64::from(word(4)?) << 32 | u64::from(word(8)?);
        let (captured, original) = (word(12)?, word(16)?);
        let data = span(20, captured, body)?;
        Ok(FoundPacket { nanos: interface.nanos(time), link: interface.link, data, original })
    }

    /// Reads a Simple Packet Block. "The Simple Packet Block does not contain the Interface ID field. Therefore, it
    /// MUST be assumed that all the Simple Packet Blocks have been captured on the interface previously specified in
    /// the first Interface Description Block."
    fn simple(&self, body: &[u8], order: ByteOrder) -> Result<FoundPacket, FileError> {
        let interface = self.interface(0)?;
        let original = order.u32(body, 0).ok_or(FileError::PacketLength)?;
        let most = if interface.snap == 0 { original } else { original.min(interface.snap) };
        let there = u32::try_from(body.len() - 4).unwrap_or(u32::MAX);
        let data = span(4, most.min(there), body)?;
        Ok(FoundPacket { nanos: 0, link: interface.link, data, original })
    }

    fn interface(&self, number: u32) -> Result<&Interface, FileError> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.interfaces.get(index).ok_or(FileError::Interface(number))
    }
}

/// Range of a packet's data in its block, counted from the block's first byte. `at` counts from the body's.
fn span(at: usize, len: u32, body: &[u8]) -> Result<std::ops::Range<usize>, FileError> {
    let len = usize::try_from(len).map_err(|_| FileError::PacketLength)?;
    let fits = body.len().checked_sub(at).is_some_and(|room| len <= room);
    fits.then_some(8 + at..8 + at + len).ok_or(FileError::PacketLength)
}

impl Interface {
    fn read(body: &[u8], order: ByteOrder) -> Option<Self> {
        let mut read =
            Self { link: order.u16(body, 0)?, snap: order.u32(body, 4)?, unit: Unit::Ten(6), offset_secs: 0 };
        let mut at = 8;
        // A malformed option ends the list: what matters of the interface is known by then.
        while let (Some(code), Some(len)) = (order.u16(body, at), order.u16(body, at + 2)) {
            let len = usize::from(len);
            let Some(value) = body.get(at + 4..at + 4 + len) else { break };
            match (code, value) {
                (0, _) => break,
                // if_tsresol: "If the Most Significant Bit is equal to zero, the remaining bits indicate the
                // resolution of the timestamp as a negative power of 10 [...]. If [it] is equal to one, [...]
                // as a negative power of 2".
                (9, [exponent]) if exponent & 0x80 == 0 => read.unit = Unit::Ten(u32::from(*exponent)),
                (9, [exponent]) => read.unit = Unit::Two(u32::from(exponent & 0x7F)),
                (14, _) => read.offset_secs = order.u64(value, 0).map_or(0, u64::cast_signed),
                _ => {}
            }
            at += 4 + len.next_multiple_of(4);
        }
        Some(read)
    }

    /// A time of this interface in nanoseconds since 1970, limited to what 64 bits can hold.
    fn nanos(&self, time: u64) -> u64 {
        const SECOND: u128 = 1_000_000_000;
        let time = u128::from(time);
        let nanos = match self.unit {
            Unit::Ten(exponent) if exponent <= 9 => time * 10_u128.pow(9 - exponent),
            Unit::Ten(exponent) => 10_u128.checked_pow(exponent - 9).map_or(0, |unit| time / unit),
            Unit::Two(exponent) => (time * SECOND).checked_shr(exponent).unwrap_or(0),
        };
        let nanos = i128::try_from(nanos).unwrap_or(i128::MAX);
        let nanos = nanos.saturating_add(i128::from(self.offset_secs) * 1_000_000_000);
        u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)
    }
}
