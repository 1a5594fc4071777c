//! Files made by hand, whole, cut and damaged.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::testing::{
    Lcg,
    packets::{Order, block},
};

/// The parts of a packet that a test compares.
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

/// A section with interfaces of several kinds and packets of each kind of block.
fn section(order: Order) -> Vec<u8> {
    let mut out = Vec::new();
    let (half, words) = (|number| order.half(number), |numbers: &[u32]| words(order, numbers));
    block(&mut out, order, SECTION_HEADER, &[&words(&[0x1A2B_3C4D]), &half(1), &half(0), &[0xFF; 8]]);
    // Ethernet, 96 bytes of each packet, microseconds.
    block(&mut out, order, 1, &[&half(1), &half(0), &words(&[96])]);
    // Raw IP, units of 2^-10 seconds, 100 seconds to be added.
    let seconds = words(&if order == Order::Little { [100, 0] } else { [0, 100] });
    let name = [&half(2)[..], &half(3), b"lo\0\0"].concat();
    let units = [&half(9)[..], &half(1), &[0x8A, 0, 0, 0]].concat();
    let offset = [&half(14)[..], &half(8), &seconds].concat();
    block(&mut out, order, 1, &[&half(101), &half(0), &words(&[0]), &name, &units, &offset, &[0; 4]]);
    block(&mut out, order, 6, &[&words(&[0, 0, 2_000_001, 5, 1500]), b"hello"]);
    // Names, and a block of someone else.
    block(&mut out, order, 4, &[&[0; 4]]);
    block(&mut out, order, 0x8000_1234, &[b"whatever"]);
    block(&mut out, order, 6, &[&words(&[1, 0, 1536, 3, 3]), b"raw"]);
    block(&mut out, order, 3, &[&words(&[2]), b"hi"]);
    out
}

fn words(order: Order, numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| order.word(*number)).collect()
}

fn seen_in_section() -> Vec<Seen> {
    vec![
        (2_000_001_000, 1, b"hello".to_vec(), 1500),
        (101_500_000_000, 101, b"raw".to_vec(), 3),
        (0, 1, b"hi".to_vec(), 2),
    ]
}

fn classic(order: Order, magic: u32) -> Vec<u8> {
    let version = [order.half(2), order.half(4)].concat();
    let first = words(order, &[0, 0, 65_535, 1, 7, 5, 3, 60]);
    let second = words(order, &[8, 0, 1, 1]);
    [&order.word(magic)[..], &version, &first, b"abc", &second, b"d"].concat()
}

#[test]
fn sections_of_both_byte_orders_follow_each_other() {
    let file = [section(Order::Little), section(Order::Big)].concat();
    let (seen, stop) = read(&file);
    assert!(stop.is_none(), "{stop:?}");
    assert_eq!(seen, [seen_in_section(), seen_in_section()].concat());
}

#[test]
fn classic_files_have_two_orders_and_two_units() {
    for order in [Order::Little, Order::Big] {
        for (magic, nanos) in [(0xA1B2_C3D4, 7_000_005_000), (0xA1B2_3C4D, 7_000_000_005)] {
            let (seen, stop) = read(&classic(order, magic));
            assert!(stop.is_none(), "{stop:?}");
            assert_eq!(seen, [(nanos, 1, b"abc".to_vec(), 60), (8_000_000_000, 1, b"d".to_vec(), 1)]);
        }
    }
}

#[test]
fn a_file_that_is_cut_is_read_as_far_as_it_goes() {
    for file in [section(Order::Big), classic(Order::Little, 0xA1B2_C3D4)] {
        let whole = read(&file).0;
        for len in 1..file.len() {
            let (seen, stop) = read(&file[..len]);
            assert!(whole.starts_with(&seen));
            assert!(seen.len() < whole.len());
            if let Some(stop) = stop {
                assert!(
                    stop.offset <= len as u64 && matches!(stop.error, FileError::Cut | FileError::NotCapture)
                );
            }
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for foreign in [&b"GET / HTTP/1.1"[..], b""] {
        let stop = read(foreign).1.unwrap();
        assert!(matches!(stop, Stop { offset: 0, error: FileError::NotCapture }), "{stop:?}");
    }
    let mut file = section(Order::Little);
    let len = file.len();
    file[len - 4] += 4;
    let (seen, stop) = read(&file);
    assert_eq!(seen.len(), 2);
    let stop = stop.unwrap();
    assert!(matches!(stop.error, FileError::BlockLength), "{stop:?}");
    assert_eq!(stop.offset, len as u64 - 20);
}

#[test]
fn damage_of_any_kind_ends_in_an_answer() {
    let mut dice = Lcg(5);
    let file = [section(Order::Big), section(Order::Little)].concat();
    let mut stopped = 0;
    for _ in 0..2_000 {
        let mut broken = file.clone();
        dice.damage(&mut broken, 3);
        let (seen, stop) = read(&broken);
        assert!(seen.len() <= 6 + 2);
        stopped += u32::from(stop.is_some());
    }
    assert!(stopped > 100, "{stopped}");
}
