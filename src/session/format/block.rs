//! The blocks of a session file: those of pcapng that it uses, and its own.
//!
//! All numbers are little-endian. The specification is draft-ietf-opsawg-pcapng: "Block Types with the
//! most significant bit set are reserved for local use", and readers step over types that they do not know.

use bytes::Bytes;

use crate::base::{
    own_files::APPLICATION,
    pcapng::{
        self, BYTE_ORDER_MAGIC, ByteOrder, ENHANCED_PACKET, INTERFACE, SECTION_HEADER, begin, end, option,
        pad, word,
    },
};

use super::{
    pending::Pending,
    varint::{Input, Malformed},
};

/// Block type of our own blocks, which hold what pcapng has no place for: local use, "BG".
pub(crate) const OWN: u32 = 0x8000_4247;
/// The first bytes of an own block's body, since other programs may use the same block type.
const MAGIC: [u8; 4] = *b"byte";
/// The version of the session format.
pub(crate) const VERSION: u8 = 2;

/// The contents of one of our own blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The beginning of a segment: its number, the clock, the connections that are open.
    Segment,
    /// The records of a batch, without the bytes that are in packets.
    Batch,
}

/// Appends the two blocks that begin a section: the program that wrote it, raw IP packets, times in nanoseconds.
pub(crate) fn section(out: &mut Vec<u8>) {
    let start = begin(out, SECTION_HEADER);
    out.extend_from_slice(&BYTE_ORDER_MAGIC.to_le_bytes());
    out.extend_from_slice(&[1, 0, 0, 0]);
    // The length of the section is not known yet.
    out.extend_from_slice(&(-1_i64).to_le_bytes());
    option(out, 4, format!("{APPLICATION}{}", env!("CARGO_PKG_VERSION")).as_bytes());
    option(out, 0, &[]);
    end(out, start);

    let start = begin(out, INTERFACE);
    // LINKTYPE_RAW: a packet begins with its IP header. Snapshot length 0: packets are kept whole.
    out.extend_from_slice(&101_u32.to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    // if_name, if_tsresol: ten to the power of minus nine.
    option(out, 2, b"byteglass");
    option(out, 9, &[9]);
    option(out, 0, &[]);
    end(out, start);
}

/// Appends a packet, captured `nanos` nanoseconds after 1970: the headers that `fill` appends, then `payload`. An
/// empty `comment` is left out.
pub(crate) fn packet(
    out: &mut Vec<u8>,
    nanos: u64,
    payload: &[u8],
    comment: &[u8],
    fill: impl FnOnce(&mut Vec<u8>),
) {
    let start = begin(out, ENHANCED_PACKET);
    let data = packet_head(out, nanos);
    fill(out);
    out.extend_from_slice(payload);
    let len = out.len() - data;
    packet_lengths(out, data, len);
    pad(out, start);
    if !comment.is_empty() {
        option(out, 1, comment);
        option(out, 0, &[]);
    }
    end(out, start);
}

/// Appends a packet as [`packet`] does, and shares its payload.
pub(crate) fn shared_packet(out: &mut Pending, nanos: u64, payload: Bytes, fill: impl FnOnce(&mut Vec<u8>)) {
    let (made, shared) = (out.made(), payload.len());
    let start = begin(made, ENHANCED_PACKET);
    let data = packet_head(made, nanos);
    fill(made);
    let len = made.len() - data + shared;
    packet_lengths(made, data, len);
    // What `pad` and `end` append, with the payload counted in.
    let padding = len.next_multiple_of(4) - len;
    let whole = word(data - start + len + padding + 4).to_le_bytes();
    made[start + 4..start + 8].copy_from_slice(&whole);
    out.share(payload);
    let made = out.made();
    made.extend_from_slice(&[0; 3][..padding]);
    made.extend_from_slice(&whole);
}

/// Appends what a packet's block has before the packet. Returns the index of the packet's first byte.
fn packet_head(out: &mut Vec<u8>, nanos: u64) -> usize {
    // Interface 0; the time, its upper half first; the two lengths are filled in later.
    let time = nanos.to_le_bytes();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&time[4..]);
    out.extend_from_slice(&time[..4]);
    out.extend_from_slice(&[0; 8]);
    out.len()
}

/// Fills in the lengths of the packet whose first byte stands at `data`: captured, and as it was.
fn packet_lengths(out: &mut [u8], data: usize, len: usize) {
    let len = word(len).to_le_bytes();
    out[data - 8..data - 4].copy_from_slice(&len);
    out[data - 4..data].copy_from_slice(&len);
}

/// Appends one of our own blocks.
pub(crate) fn own(out: &mut Vec<u8>, kind: Kind, content: &[u8]) {
    let start = begin(out, OWN);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[u8::from(kind == Kind::Batch), VERSION, 0, 0]);
    out.extend_from_slice(&word(content.len()).to_le_bytes());
    out.extend_from_slice(content);
    pad(out, start);
    end(out, start);
}

/// The format version in the body of an own block. `None`: another program's block.
pub(crate) fn own_version(body: &[u8]) -> Option<u8> {
    let mut input = Input::new(body);
    let magic: [u8; 4] = input.array().ok()?;
    let [_, version, ..] = input.array::<4>().ok()?;
    (magic == MAGIC).then_some(version)
}

/// Reads an own block's body. `None`: another program's block, or an unknown kind or version.
pub(crate) fn own_content(body: &[u8]) -> Option<(Kind, &[u8])> {
    let mut input = Input::new(body);
    let magic: [u8; 4] = input.array().ok()?;
    let [kind, version, ..] = input.array::<4>().ok()?;
    let kind = match kind {
        0 => Kind::Segment,
        1 => Kind::Batch,
        _ => return None,
    };
    let len = usize::try_from(u32::from_le_bytes(input.array().ok()?)).ok()?;
    (magic == MAGIC && version == VERSION).then_some((kind, input.take(len).ok()?))
}

/// The type and the total length of a block, from its first eight bytes.
pub(crate) fn head(bytes: &[u8]) -> Result<(u32, usize), Malformed> {
    pcapng::head(bytes, ByteOrder::Little).ok_or(Malformed("the length of a block is impossible"))
}

/// The body of a complete block, whose two length fields must agree.
pub(crate) fn body(block: &[u8]) -> Result<&[u8], Malformed> {
    pcapng::body(block).ok_or(Malformed("the two lengths of a block differ"))
}

/// Appends to `data` the payload of the TCP packets from index `at` of `blocks` on, until `data` has `len`
/// bytes.
pub(crate) fn payload(blocks: &[u8], mut at: usize, len: usize, data: &mut Vec<u8>) -> Result<(), Malformed> {
    const GONE: Malformed = Malformed("the bytes of a read or a write are not where they should be");
    while data.len() < len {
        let rest = blocks.get(at..).ok_or(GONE)?;
        let (kind, whole) = head(rest)?;
        let body = body(rest.get(..whole).ok_or(GONE)?)?;
        let captured = body.get(12..16).and_then(|bytes| bytes.first_chunk()).ok_or(GONE)?;
        let captured = usize::try_from(u32::from_le_bytes(*captured)).unwrap_or(usize::MAX);
        let packet = body.get(20..).and_then(|rest| rest.get(..captured)).ok_or(GONE)?;
        let ip = if packet.first().is_some_and(|first| first >> 4 == 4) { 20 } else { 40 };
        let tcp = usize::from(packet.get(ip + 12).ok_or(GONE)? >> 4) * 4;
        let part =
            packet.get(ip + tcp..).filter(|part| !part.is_empty() && kind == ENHANCED_PACKET).ok_or(GONE)?;
        if part.len() > len - data.len() {
            return Err(GONE);
        }
        data.extend_from_slice(part);
        at += whole;
    }
    Ok(())
}
