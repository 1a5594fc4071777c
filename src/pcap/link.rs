//! Link types: the kind of the first header of a packet, by the numbers of
//! <https://www.tcpdump.org/linktypes.html>.

pub(super) const NULL: u16 = 0;
pub(super) const ETHERNET: u16 = 1;
pub(super) const RAW: u16 = 101;
pub(super) const LOOP: u16 = 108;
pub(super) const LINUX_SLL: u16 = 113;
pub(super) const IPV4: u16 = 228;
pub(super) const IPV6: u16 = 229;
pub(super) const LINUX_SLL2: u16 = 276;

/// Link types that are not read and that captures are often of.
const OTHERS: [(u16, &str); 16] = [
    (6, "Token Ring"),
    (9, "PPP"),
    (50, "PPP in HDLC-like framing"),
    (51, "PPPoE"),
    (104, "Cisco HDLC"),
    (105, "IEEE 802.11"),
    (119, "IEEE 802.11 with a Prism header"),
    (127, "IEEE 802.11 with a radiotap header"),
    (187, "Bluetooth HCI"),
    (189, "USB"),
    (195, "IEEE 802.15.4"),
    (201, "Bluetooth HCI with a direction"),
    (220, "USB with padding"),
    (239, "Linux netfilter log"),
    (249, "USBPcap"),
    (253, "Netlink"),
];

/// A link type that is not read, by number and name.
pub(super) fn named(number: u16) -> String {
    match OTHERS.iter().find(|(other, _)| *other == number) {
        Some((_, name)) => format!("{number} ({name})"),
        None => number.to_string(),
    }
}
