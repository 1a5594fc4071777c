//! The packets that would have carried what happened on a connection.
//!
//! The packets are synthetic, but their addresses, ports, times and bytes are real, and so are the boundaries of reads
//! and writes: the last packet of each has the flag PSH. TCP checksums are 0, as on a machine whose network card
//! computes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::base::stream::{ConnId, Direction};

/// The TCP flags that are used.
pub(crate) mod flags {
    pub(crate) const FIN: u8 = 0x01;
    pub(crate) const SYN: u8 = 0x02;
    pub(crate) const RST: u8 = 0x04;
    pub(crate) const PSH: u8 = 0x08;
    pub(crate) const ACK: u8 = 0x10;
}

/// Most bytes of payload in a packet. RFC 791 §3.1: the total length has 16 bits and counts the IP header, here 20
/// bytes, and the TCP header, 20 bytes as well. IPv6 would have room for 20 more.
pub(crate) const PAYLOAD_MAX: usize = 65_535 - 40;

/// TCP options of a SYN. RFC 9293 §3.7.1: the maximum segment size, 65,495 bytes. Then a no-operation as padding. RFC
/// 7323 §2: a window of 65,535 << 14 is larger than what any connection has in flight, so that no reader takes a
/// synthetic acknowledgement for a full window.
const SYN_OPTIONS: [u8; 8] = [2, 4, 0xFF, 0xD7, 1, 3, 3, 14];

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    peer: IpAddr,
    peer_port: u16,
    local: IpAddr,
    local_port: u16,
    /// Initial sequence numbers. They differ between connections, since a reader takes a second SYN with the same
    /// number for a retransmission, not for another connection from the same port.
    peer_start: u32,
    local_start: u32,
}

impl Ends {
    /// The ends of connection `conn`. An unknown address is all zeros, with a port derived from the number.
    #[must_use]
    pub(crate) fn new(conn: ConnId, peer: Option<SocketAddr>, local: Option<SocketAddr>) -> Self {
        let unknown =
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), conn.get().to_le_bytes().map(u16::from)[0]);
        let (peer, local) = (peer.unwrap_or(unknown), local.unwrap_or(unknown));
        let (peer_ip, local_ip) = match (peer.ip().to_canonical(), local.ip().to_canonical()) {
            (IpAddr::V4(peer), IpAddr::V6(local)) => (peer.to_ipv6_mapped().into(), local.into()),
            (IpAddr::V6(peer), IpAddr::V4(local)) => (peer.into(), local.to_ipv6_mapped().into()),
            same => same,
        };
        // Any hash will do, as long as every segment of the session gives the same numbers.
        let mixed = conn.get().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self {
            peer: peer_ip,
            peer_port: peer.port(),
            local: local_ip,
            local_port: local.port(),
            peer_start: low_bits(mixed >> 32),
            local_start: low_bits(mixed) ^ u32::MAX,
        }
    }

    /// Appends the headers of a packet with `payload` bytes of data. `sent` and `received` are the numbers of bytes
    /// that its sender sent and received before, with SYN and FIN as one each.
    pub(crate) fn put(
        &self,
        out: &mut Vec<u8>,
        direction: Direction,
        flags: u8,
        sent: u64,
        received: u64,
        payload: usize,
    ) {
        let options: &[u8] = if flags & flags::SYN == 0 { &[] } else { &SYN_OPTIONS };
        let tcp_bytes = 20 + options.len();
        let peer = (self.peer, self.peer_port, self.peer_start);
        let local = (self.local, self.local_port, self.local_start);
        let (source, target) = match direction {
            Direction::Received => (peer, local),
            Direction::Sent => (local, peer),
        };
        match (source.0, target.0) {
            (IpAddr::V4(source), IpAddr::V4(target)) => ipv4(out, source, target, tcp_bytes + payload),
            (IpAddr::V6(source), IpAddr::V6(target)) => ipv6(out, source, target, tcp_bytes + payload),
            // `new` gives both ends the same IP version.
            _ => {}
        }
        // RFC 9293 §3.4: sequence numbers are counted modulo 2^32.
        let sequence = source.2.wrapping_add(low_bits(sent));
        let acknowledged =
            if flags & flags::ACK == 0 { 0 } else { target.2.wrapping_add(low_bits(received)) };
        let mut header = [0; 20];
        header[0..2].copy_from_slice(&source.1.to_be_bytes());
        header[2..4].copy_from_slice(&target.1.to_be_bytes());
        header[4..8].copy_from_slice(&sequence.to_be_bytes());
        header[8..12].copy_from_slice(&acknowledged.to_be_bytes());
        header[12] = if options.is_empty() { 5 << 4 } else { 7 << 4 };
        header[13] = flags;
        header[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(options);
    }
}

fn low_bits(count: u64) -> u32 {
    let [a, b, c, d, ..] = count.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Appends an IPv4 header: RFC 791 §3.1, without options, "don't fragment" set, 64 hops.
fn ipv4(out: &mut Vec<u8>, source: Ipv4Addr, target: Ipv4Addr, payload: usize) {
    let mut header = [0; 20];
    header[0] = 0x45;
    let total = u16::try_from(20 + payload).unwrap_or(u16::MAX);
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[6] = 0x40;
    header[8] = 64;
    header[9] = 6;
    header[12..16].copy_from_slice(&source.octets());
    header[16..20].copy_from_slice(&target.octets());
    let sum: u32 = header.chunks_exact(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let sum = (sum & 0xFFFF) + (sum >> 16);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    let checksum = !u16::try_from(sum).unwrap_or(0);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    out.extend_from_slice(&header);
}

/// Appends an IPv6 header: RFC 8200 §3.
fn ipv6(out: &mut Vec<u8>, source: Ipv6Addr, target: Ipv6Addr, payload: usize) {
    let mut header = [0; 40];
    header[0] = 0x60;
    header[4..6].copy_from_slice(&u16::try_from(payload).unwrap_or(u16::MAX).to_be_bytes());
    header[6] = 6;
    header[7] = 64;
    header[8..24].copy_from_slice(&source.octets());
    header[24..40].copy_from_slice(&target.octets());
    out.extend_from_slice(&header);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ends(peer: &str, local: &str) -> Ends {
        Ends::new(ConnId::nth(9), Some(peer.parse().unwrap()), Some(local.parse().unwrap()))
    }

    fn packet(
        ends: &Ends,
        direction: Direction,
        flags: u8,
        sent: u64,
        received: u64,
        payload: usize,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        ends.put(&mut out, direction, flags, sent, received, payload);
        out
    }

    #[test]
    fn the_headers_say_who_sends_how_much() {
        let packet = packet(&ends("10.0.0.1:5000", "10.0.0.2:80"), Direction::Sent, flags::ACK, 1, 1, 100);
        assert_eq!(packet.len(), 40);
        assert_eq!(packet[2..4], 140_u16.to_be_bytes());
        assert_eq!((&packet[12..16], &packet[16..20]), (&[10, 0, 0, 2][..], &[10, 0, 0, 1][..]));
        assert_eq!(
            (&packet[20..22], &packet[22..24]),
            (&80_u16.to_be_bytes()[..], &5000_u16.to_be_bytes()[..])
        );
        let words = packet[..20].chunks_exact(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
        let sum: u32 = words.sum();
        assert_eq!((sum & 0xFFFF) + (sum >> 16), 0xFFFF, "RFC 791: the sum with the checksum in it");
    }

    #[test]
    fn sequence_numbers_wrap_and_differ_by_connection() {
        let ends = ends("[::1]:5000", "[::1]:80");
        let sequence = |sent: u64| {
            let packet = packet(&ends, Direction::Received, flags::ACK, sent, 0, 0);
            u32::from_be_bytes(*packet[44..].first_chunk().unwrap())
        };
        assert_eq!(sequence((1 << 32) + 5), sequence(5));
        assert_eq!(sequence(5).wrapping_sub(sequence(0)), 5);
        let other = Ends::new(ConnId::nth(10), Some("[::1]:5000".parse().unwrap()), None);
        assert_ne!(other.peer_start, ends.peer_start);
    }

    #[test]
    fn both_ends_are_of_one_version() {
        let mixed = ends("[::ffff:127.0.0.1]:5000", "127.0.0.1:80");
        assert_eq!(packet(&mixed, Direction::Received, flags::SYN, 0, 0, 0).len(), 48);
        let mixed = ends("[2001:db8::1]:5000", "127.0.0.1:80");
        assert_eq!(packet(&mixed, Direction::Received, flags::SYN, 0, 0, 0).len(), 68);
    }
}
