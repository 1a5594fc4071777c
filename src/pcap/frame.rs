//! Finds the TCP segment in a packet.

use std::{
    net::{IpAddr, SocketAddr},
    ops::Range,
};

use super::{file::Packet, link};

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the TCP header")]
pub(super) struct Segment {
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// Sequence number of the first byte, or of the SYN.
    pub seq: u32,
    /// The number of the next byte that the sender expects of the other end. `None`: it has received nothing.
    pub ack: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
    /// Range of its bytes in the packet's data.
    pub payload: Range<usize>,
    /// Number of bytes that follow and were not captured.
    pub lost: u32,
}

/// Why no segment is read from a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    /// The packet is not TCP over IP.
    Other,
    /// The packet is a fragment of an IP packet; fragments are not reassembled.
    Fragment,
    /// Too few bytes of the packet were captured.
    Short,
    /// The packet is of an unknown link type, with this number.
    Link(u16),
}

const TCP: u8 = 6;

/// The segment in a packet.
pub(super) fn segment(packet: &Packet<'_>) -> Result<Segment, Skip> {
    let data = packet.data;
    let ip = match packet.link {
        link::NULL | link::LOOP => 4,
        link::ETHERNET => after_type(data, 12)?,
        link::LINUX_SLL => after_type(data, 14)?,
        link::LINUX_SLL2 => {
            ip_type(half(data, 0)?)?;
            20
        }
        // 12 and 14: raw packets on old systems.
        link::RAW | link::IPV4 | link::IPV6 | 12 | 14 => 0,
        other => return Err(Skip::Link(other)),
    };
    match data.get(ip).ok_or(Skip::Short)? >> 4 {
        4 => version_4(data, ip),
        6 => version_6(data, ip),
        _ => Err(Skip::Other),
    }
}

/// Index of the IP header, if the type of what follows stands at `at`. VLAN tags are skipped.
fn after_type(data: &[u8], mut at: usize) -> Result<usize, Skip> {
    // Providers add a tag of their own, so two are usual.
    for _ in 0..4 {
        match half(data, at)? {
            0x8100 | 0x88A8 | 0x9100 => at += 4,
            kind => {
                // RFC 2516 §4: six bytes of PPPoE and the protocol of PPP (RFC 1661 §2) before the IP packet.
                if kind == 0x8864 {
                    return match half(data, at + 8)? {
                        0x0021 | 0x0057 => Ok(at + 10),
                        _ => Err(Skip::Other),
                    };
                }
                ip_type(kind)?;
                return Ok(at + 2);
            }
        }
    }
    Err(Skip::Other)
}

fn ip_type(kind: u16) -> Result<(), Skip> {
    if matches!(kind, 0x0800 | 0x86DD) { Ok(()) } else { Err(Skip::Other) }
}

/// Reads an IPv4 header: RFC 791 §3.1.
fn version_4(data: &[u8], at: usize) -> Result<Segment, Skip> {
    let header = data.get(at..at + 20).ok_or(Skip::Short)?;
    let len = usize::from(header[0] & 15) * 4;
    if header[9] != TCP {
        return Err(Skip::Other);
    }
    // "More fragments" or a fragment offset.
    if half(header, 6)? & 0x3FFF != 0 {
        return Err(Skip::Fragment);
    }
    if len < 20 {
        return Err(Skip::Short);
    }
    // 0: the network card splits a large segment after it was captured.
    let total = match usize::from(half(header, 2)?) {
        0 => None,
        total => Some(at + total),
    };
    tcp(data, at + len, total, array::<4>(header, 12)?.into(), array::<4>(header, 16)?.into())
}

/// Reads an IPv6 header and its extension headers: RFC 8200 §3 and §4.
fn version_6(data: &[u8], at: usize) -> Result<Segment, Skip> {
    let header = data.get(at..at + 40).ok_or(Skip::Short)?;
    let total = match usize::from(half(header, 4)?) {
        0 => None,
        payload => Some(at + 40 + payload),
    };
    let (mut next, mut place) = (header[6], at + 40);
    for _ in 0..8 {
        match next {
            TCP => {
                return tcp(
                    data,
                    place,
                    total,
                    array::<16>(header, 8)?.into(),
                    array::<16>(header, 24)?.into(),
                );
            }
            // Hop-by-hop options, routing, destination options.
            0 | 43 | 60 => {
                let [following, len] = array(data, place)?;
                next = following;
                place += (usize::from(len) + 1) * 8;
            }
            // RFC 6946 §4: a fragment header without further fragments, an atomic fragment, is no fragmentation.
            44 => {
                let [following, _, high, low] = array(data, place)?;
                if u16::from_be_bytes([high, low]) & 0xFFF9 != 0 {
                    return Err(Skip::Fragment);
                }
                next = following;
                place += 8;
            }
            _ => return Err(Skip::Other),
        }
    }
    Err(Skip::Other)
}

/// Reads a TCP header: RFC 9293 §3.1. `total` is the index in `data` where the packet ended on the wire; `None`: not
/// known.
fn tcp(data: &[u8], at: usize, total: Option<usize>, from: IpAddr, to: IpAddr) -> Result<Segment, Skip> {
    let header = data.get(at..).filter(|rest| rest.len() >= 20).ok_or(Skip::Short)?;
    let start = at + usize::from(header[12] >> 4) * 4;
    let wire_end = total.unwrap_or(data.len());
    if start < at + 20 || start > wire_end {
        return Err(Skip::Short);
    }
    // Short Ethernet frames are padded after the IP packet.
    let end = wire_end.min(data.len()).max(start.min(data.len()));
    let start = start.min(end);
    let flags = header[13];
    Ok(Segment {
        from: SocketAddr::new(from, half(header, 0)?),
        to: SocketAddr::new(to, half(header, 2)?),
        seq: u32::from_be_bytes(array(header, 4)?),
        fin: flags & 1 > 0,
        syn: flags & 2 > 0,
        rst: flags & 4 > 0,
        ack: if flags & 16 > 0 { Some(u32::from_be_bytes(array(header, 8)?)) } else { None },
        payload: start..end,
        lost: u32::try_from(wire_end - end).unwrap_or(u32::MAX),
    })
}

fn half(data: &[u8], at: usize) -> Result<u16, Skip> {
    array(data, at).map(u16::from_be_bytes)
}

fn array<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N], Skip> {
    data.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(Skip::Short)
}
