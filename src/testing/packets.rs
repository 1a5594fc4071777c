//! Captures of packets as other programs write them, made by hand: links, IP, TCP, pcap and pcapng.

/// Bytes of a stream in one segment.
const SEGMENT: usize = 1000;
/// 2023-11-14T22:13:20Z.
pub const BASE_SECS: u64 = 1_700_000_000;
const MS: u64 = 1_000_000;

/// The addressing of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ip {
    V4,
    V6,
    /// With hop-by-hop options, a routing header and destination options before the TCP header.
    V6Extended,
}

/// The header before the IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    /// With one tag (IEEE 802.1Q).
    Vlan,
    /// With the provider's tag (IEEE 802.1ad) before it.
    TwoVlans,
    /// No header: the IP packet stands alone.
    Raw,
    /// No header, and a link type that says which version of IP it is.
    Version,
    LinuxSll,
    LinuxSll2,
    /// BSD loopback in the byte order of a little-endian host.
    Null,
    /// BSD loopback in network byte order.
    Loop,
}

impl Link {
    pub const ALL: [Self; 9] = [
        Self::Ethernet,
        Self::Vlan,
        Self::TwoVlans,
        Self::Raw,
        Self::Version,
        Self::LinuxSll,
        Self::LinuxSll2,
        Self::Null,
        Self::Loop,
    ];

    /// The number of the link type in <https://www.tcpdump.org/linktypes.html>.
    pub fn number(self, ip: Ip) -> u16 {
        match (self, ip) {
            (Self::Ethernet | Self::Vlan | Self::TwoVlans, _) => 1,
            (Self::Raw, _) => 101,
            (Self::Version, Ip::V4) => 228,
            (Self::Version, _) => 229,
            (Self::LinuxSll, _) => 113,
            (Self::LinuxSll2, _) => 276,
            (Self::Null, _) => 0,
            (Self::Loop, _) => 108,
        }
    }

    /// An IP packet behind this link's header.
    pub fn wrap(self, ip: Ip, packet: &[u8]) -> Vec<u8> {
        let kind: [u8; 2] = if ip == Ip::V4 { [0x08, 0x00] } else { [0x86, 0xDD] };
        let macs = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        // AF_INET, and AF_INET6 as FreeBSD numbers it.
        let family: u32 = if ip == Ip::V4 { 2 } else { 28 };
        let header = match self {
            Self::Ethernet => [&macs[..], &kind].concat(),
            Self::Vlan => [&macs[..], &[0x81, 0x00, 0, 7], &kind].concat(),
            Self::TwoVlans => [&macs[..], &[0x88, 0xA8, 0, 9, 0x81, 0x00, 0, 7], &kind].concat(),
            Self::Raw | Self::Version => Vec::new(),
            Self::LinuxSll => [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &kind].concat(),
            Self::LinuxSll2 => [&kind[..], &[0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]].concat(),
            Self::Null => family.to_le_bytes().to_vec(),
            Self::Loop => family.to_be_bytes().to_vec(),
        };
        let mut frame = [&header, packet].concat();
        if matches!(self, Self::Ethernet | Self::Vlan | Self::TwoVlans) && frame.len() < 60 {
            // Frames have a least length: what fills them up is no data.
            frame.resize(60, 0x5A);
        }
        frame
    }
}

/// A connection of a client's port on which these requests are sent and answered, as IP packets in order.
pub fn conversation(ip: Ip, port: u16, exchanges: &[(&[u8], &[u8])]) -> Vec<Vec<u8>> {
    const SYN: u8 = 2;
    const ACK: u8 = 16;
    const FIN: u8 = 1;
    let mut packets = Vec::new();
    // The number of the next byte in each direction; the server's wrap soon.
    let mut next = [1_000_u32, u32::MAX - 10];
    let mut say = |from_client: bool, flags: u8, payload: &[u8]| {
        let own = usize::from(!from_client);
        let acked = if flags & ACK > 0 { next[1 - own] } else { 0 };
        packets.push(segment(ip, from_client, port, [next[own], acked], flags, payload));
        let counted = u32::from(flags & (SYN | FIN) > 0) + u32::try_from(payload.len()).unwrap();
        next[own] = next[own].wrapping_add(counted);
    };
    say(true, SYN, b"");
    say(false, SYN | ACK, b"");
    say(true, ACK, b"");
    for (request, response) in exchanges {
        request.chunks(SEGMENT).for_each(|part| say(true, ACK, part));
        response.chunks(SEGMENT).for_each(|part| say(false, ACK, part));
    }
    say(true, FIN | ACK, b"");
    say(false, FIN | ACK, b"");
    say(true, ACK, b"");
    packets
}

/// A segment between `port` of a client and port 80 of a server, as an IP packet.
pub fn segment(
    ip: Ip,
    from_client: bool,
    port: u16,
    [seq, ack]: [u32; 2],
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let ports = if from_client { [port, 80] } else { [80, port] };
    let mut tcp: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
    tcp.extend([seq, ack].iter().flat_map(|number| number.to_be_bytes()));
    // With a timestamp option, as almost every segment has one.
    tcp.extend([0x80, flags, 1, 0, 0, 0, 0, 0]);
    tcp.extend([1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 6]);
    tcp.extend(payload);
    let extensions: &[u8] = match ip {
        // Each begins with what follows it and its length in units of eight bytes after the first.
        Ip::V6Extended => &[
            43, 0, 1, 4, 0, 0, 0, 0, 60, 2, 4, 0, 0, 0, 0, 0, 0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 1, 6, 0, 1, 4, 0, 0, 0, 0,
        ],
        _ => &[],
    };
    let len = u16::try_from(tcp.len() + extensions.len()).unwrap();
    let mut packet = Vec::new();
    if ip == Ip::V4 {
        // With an option, so that the header is longer than usual.
        packet.extend([0x46, 0]);
        packet.extend((len + 24).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        let ends = [[10, 0, 0, 9], [10, 0, 0, 1]];
        packet.extend(ends[usize::from(!from_client)]);
        packet.extend(ends[usize::from(from_client)]);
        packet.extend([1, 1, 1, 0]);
    } else {
        packet.extend([0x60, 0, 0, 0]);
        packet.extend(len.to_be_bytes());
        packet.extend([if extensions.is_empty() { 6 } else { 0 }, 64]);
        for last in if from_client { [9, 1] } else { [1, 9] } {
            packet.extend([0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        }
        packet.extend(extensions);
    }
    packet.extend(tcp);
    packet
}

/// Writes numbers in one byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

impl Order {
    pub fn half(self, value: u16) -> [u8; 2] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }
    pub fn word(self, value: u32) -> [u8; 4] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }
}

/// A classic file of these frames, one a millisecond from [`BASE_SECS`] on; `nanos`: with times in
/// nanoseconds.
pub fn pcap(order: Order, nanos: bool, link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    pcap_cut(order, nanos, link, frames, usize::MAX)
}

/// Such a file, with the first `snap` bytes of each frame.
pub fn pcap_cut(order: Order, nanos: bool, link: u16, frames: &[Vec<u8>], snap: usize) -> Vec<u8> {
    let magic = if nanos { 0xA1B2_3C4D } else { 0xA1B2_C3D4 };
    let mut file = order.word(magic).to_vec();
    file.extend([order.half(2), order.half(4)].concat());
    file.extend([0, 0, 262_144, u32::from(link)].iter().flat_map(|word| order.word(*word)));
    for (frame, at) in frames.iter().zip(0_u64..) {
        let fraction = if nanos { at * MS } else { at * MS / 1_000 };
        let kept = &frame[..frame.len().min(snap)];
        let [fraction, len, original] =
            [fraction, kept.len() as u64, frame.len() as u64].map(|number| u32::try_from(number).unwrap());
        let words = [u32::try_from(BASE_SECS).unwrap(), fraction, len, original];
        file.extend(words.iter().flat_map(|word| order.word(*word)));
        file.extend(kept);
    }
    file
}

/// Where packets of a pcapng file were captured.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    pub link: u16,
    /// The option `if_tsresol`. `None`: it is not there, which means microseconds.
    pub resolution: Option<u8>,
    /// The option `if_tsoffset`, in seconds.
    pub offset_secs: u32,
}

/// A pcapng file of these frames, each with the number of its interface, one a millisecond from
/// [`BASE_SECS`] on.
pub fn pcapng(order: Order, interfaces: &[Interface], frames: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    block(
        &mut file,
        order,
        0x0A0D_0D0A,
        &[&order.word(0x1A2B_3C4D)[..], &order.half(1), &order.half(0), &[0xFF; 8]],
    );
    for interface in interfaces {
        let mut options = Vec::new();
        if let Some(resolution) = interface.resolution {
            options.extend([&order.half(9)[..], &order.half(1), &[resolution, 0, 0, 0]].concat());
        }
        if interface.offset_secs > 0 {
            let (high, low) = (order.word(0), order.word(interface.offset_secs));
            let value = if order == Order::Little { [low, high] } else { [high, low] };
            options.extend([&order.half(14)[..], &order.half(8), &value.concat()].concat());
        }
        options.extend([0; 4]);
        block(&mut file, order, 1, &[&order.half(interface.link), &[0, 0], &order.word(0), &options]);
    }
    for ((number, frame), at) in frames.iter().zip(0_u64..) {
        let interface = interfaces[*number];
        let nanos = (BASE_SECS - u64::from(interface.offset_secs)) * 1_000_000_000 + at * MS;
        let time = match interface.resolution {
            None => nanos / 1_000,
            Some(binary) if binary & 0x80 > 0 => {
                u64::try_from((u128::from(nanos) << (binary & 0x7F)).div_ceil(1_000_000_000)).unwrap()
            }
            Some(ten) if ten <= 9 => nanos / 10_u64.pow(9 - u32::from(ten)),
            Some(ten) => nanos * 10_u64.pow(u32::from(ten) - 9),
        };
        let len = order.word(u32::try_from(frame.len()).unwrap());
        let high = order.word(u32::try_from(time >> 32).unwrap());
        let low = order.word(u32::try_from(time & 0xFFFF_FFFF).unwrap());
        let head = [order.word(u32::try_from(*number).unwrap()), high, low, len, len].concat();
        block(&mut file, order, 6, &[&head, frame]);
    }
    file
}

/// Adds a block of pcapng, whose body is `parts` and what fills it up.
pub fn block(file: &mut Vec<u8>, order: Order, kind: u32, parts: &[&[u8]]) {
    let mut body = parts.concat();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = order.word(u32::try_from(body.len() + 12).unwrap());
    file.extend(order.word(kind));
    file.extend(len);
    file.extend(body);
    file.extend(len);
}
