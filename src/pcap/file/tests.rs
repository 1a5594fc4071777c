//! Files made by hand, whole, cut and damaged.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::base::pcapng::ByteOrder;
use crate::testing::script::Lcg;

/// What a test remembers of a packet.
type Seen = (u64, u16, Vec<u8>, u32);

fn read(file: &[u8]) -> (Vec<Seen>, Option<Stop>) {
    let mut packets = Packets::new(file);
    let mut seen = Vec::new();
    while let Some(packet) = packets.next() {
        match packet {
            Ok(packet) => seen.push((packet.nanos, packet.link, packet.data.to_vec(), packet.original)),
            Err(stop) => return (seen, Some(stop)),
        }
    }
    (seen, None)
}

/// Writes numbers in one byte order.
struct Out(ByteOrder, Vec<u8>);

impl Out {
    fn half(&mut self, value: u16) -> &mut Self {
        let bytes = if self.0 == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() };
        self.1.extend(bytes);
        self
    }
    fn word(&mut self, value: u32) -> &mut Self {
        let bytes = if self.0 == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() };
        self.1.extend(bytes);
        self
    }
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.1.extend_from_slice(bytes);
        self
    }
    fn block(&mut self, kind: u32, fill: impl FnOnce(&mut Self)) {
        let mut body = Self(self.0, Vec::new());
        fill(&mut body);
        while !body.1.len().is_multiple_of(4) {
            body.1.push(0);
        }
        let len = u32::try_from(body.1.len() + 12).unwrap();
        self.word(kind).word(len).bytes(&body.1).word(len);
    }
}

/// A section with interfaces of several kinds and packets of each kind of block.
fn section(order: ByteOrder) -> Vec<u8> {
    let mut out = Out(order, Vec::new());
    out.block(SECTION_HEADER, |out| {
        out.word(0x1A2B_3C4D).half(1).half(0).word(u32::MAX).word(u32::MAX);
    });
    // Ethernet, 96 bytes of each packet, microseconds.
    out.block(1, |out| {
        out.half(1).half(0).word(96);
    });
    // Raw IP, units of 2^-10 seconds, 100 seconds to be added.
    out.block(1, |out| {
        out.half(101).half(0).word(0);
        out.half(2).half(3).bytes(b"lo\0\0").half(9).half(1).bytes(&[0x8A, 0, 0, 0]).half(14).half(8);
        match order {
            ByteOrder::Little => out.word(100).word(0),
            ByteOrder::Big => out.word(0).word(100),
        };
        out.half(0).half(0);
    });
    out.block(6, |out| {
        out.word(0).word(0).word(2_000_001).word(5).word(1500).bytes(b"hello");
    });
    // Names, and a block of someone else.
    out.block(4, |out| {
        out.word(0);
    });
    out.block(0x8000_1234, |out| {
        out.bytes(b"whatever");
    });
    out.block(6, |out| {
        out.word(1).word(0).word(1536).word(3).word(3).bytes(b"raw");
    });
    out.block(3, |out| {
        out.word(2).bytes(b"hi");
    });
    out.1
}

fn seen_in_section() -> Vec<Seen> {
    vec![
        (2_000_001_000, 1, b"hello".to_vec(), 1500),
        (101_500_000_000, 101, b"raw".to_vec(), 3),
        (0, 1, b"hi".to_vec(), 2),
    ]
}

fn classic(order: ByteOrder, magic: u32) -> Vec<u8> {
    let mut out = Out(order, Vec::new());
    out.word(magic).half(2).half(4).word(0).word(0).word(65_535).word(1);
    out.word(7).word(5).word(3).word(60).bytes(b"abc");
    out.word(8).word(0).word(1).word(1).bytes(b"d");
    out.1
}

#[test]
fn sections_of_both_byte_orders_follow_each_other() {
    let file = [section(ByteOrder::Little), section(ByteOrder::Big)].concat();
    let (seen, stop) = read(&file);
    assert_eq!(stop, None);
    assert_eq!(seen, [seen_in_section(), seen_in_section()].concat());
}

#[test]
fn classic_files_have_two_orders_and_two_units() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for (magic, nanos) in [(0xA1B2_C3D4, 7_000_005_000), (0xA1B2_3C4D, 7_000_000_005)] {
            let (seen, stop) = read(&classic(order, magic));
            assert_eq!(stop, None);
            assert_eq!(seen, [(nanos, 1, b"abc".to_vec(), 60), (8_000_000_000, 1, b"d".to_vec(), 1)]);
        }
    }
}

#[test]
fn a_file_that_is_cut_is_read_as_far_as_it_goes() {
    for file in [section(ByteOrder::Big), classic(ByteOrder::Little, 0xA1B2_C3D4)] {
        let whole = read(&file).0;
        for len in 1..file.len() {
            let (seen, stop) = read(&file[..len]);
            assert!(whole.starts_with(&seen));
            assert!(seen.len() < whole.len());
            if let Some(stop) = stop {
                assert!(stop.offset <= len as u64 && matches!(stop.fault, Fault::Cut | Fault::NoCapture));
            }
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    assert_eq!(read(b"GET / HTTP/1.1").1, Some(Stop { offset: 0, fault: Fault::NoCapture }));
    assert_eq!(read(b"").1, Some(Stop { offset: 0, fault: Fault::NoCapture }));
    let mut file = section(ByteOrder::Little);
    let len = file.len();
    file[len - 4] += 4;
    let (seen, stop) = read(&file);
    assert_eq!(seen.len(), 2);
    assert_eq!(stop, Some(Stop { offset: len as u64 - 20, fault: Fault::BlockLength }));
}

#[test]
fn damage_of_any_kind_ends_in_an_answer() {
    let mut dice = Lcg(5);
    let file = [section(ByteOrder::Big), section(ByteOrder::Little)].concat();
    let mut stopped = 0;
    for _ in 0..2_000 {
        let mut broken = file.clone();
        for _ in 0..=dice.roll(3) {
            let at = usize::try_from(dice.roll(broken.len() as u64)).unwrap();
            broken[at] = u8::try_from(dice.roll(256)).unwrap();
        }
        let (seen, stop) = read(&broken);
        assert!(seen.len() <= 6 + 2);
        stopped += u32::from(stop.is_some());
    }
    assert!(stopped > 100, "{stopped}");
}
