//! Plays the rows of `autobahn.tsv` against `/ws/echo`, whole and byte by byte.

use byteglass::{server::Handle, testing::Client};

use super::{open, server};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[test]
fn the_echo_does_what_the_rows_say() {
    let server = server();
    for line in include_str!("autobahn.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [case, clause, sends, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert!(clause.starts_with("RFC "), "{line}");
        let mut bytes: Vec<u8> = sends.split(' ').flat_map(written).collect();
        if !sends.contains("close") {
            bytes.extend(written("close:%03%e8"));
        }
        let expected: Vec<(u8, Vec<u8>)> = expected.split(' ').map(wanted).collect();
        assert_eq!(played(&server, |client| _ = client.try_send(&bytes)), expected, "{case}");
        if bytes.len() < 2_000 {
            let bytewise = |client: &mut Client| {
                for byte in &bytes {
                    if !client.try_send([*byte]) {
                        break;
                    }
                }
            };
            assert_eq!(played(&server, bytewise), expected, "{case}, byte by byte");
        }
    }
}

/// The frames that the server sends until the connection ends. Of a close frame only the code.
fn played(server: &Handle, send: impl FnOnce(&mut Client)) -> Vec<(u8, Vec<u8>)> {
    let mut client = open(server);
    send(&mut client);
    let bytes = client.rest().unwrap();
    let (mut frames, mut rest) = (Vec::new(), &bytes[..]);
    while let [first, second, after @ ..] = rest {
        assert!(first & 0x80 != 0 && second & 0x80 == 0, "whole frames, not masked");
        let (size, after) = match second {
            126 => (usize::from(u16::from_be_bytes([after[0], after[1]])), &after[2..]),
            127 => {
                (usize::try_from(u64::from_be_bytes(after[..8].try_into().unwrap())).unwrap(), &after[8..])
            }
            size => (usize::from(*size), after),
        };
        let (payload, after) = after.split_at(size);
        let kept = if first & 0xF == 8 { size.min(2) } else { size };
        frames.push((first & 0xF, payload[..kept].to_vec()));
        rest = after;
    }
    assert!(rest.is_empty(), "{rest:x?}");
    frames
}

/// A frame that is expected: as [`written`] has it, or `close=` and a code.
fn wanted(word: &str) -> (u8, Vec<u8>) {
    match word.strip_prefix("close=") {
        Some("none") => (8, Vec::new()),
        Some(code) => (8, code.parse::<u16>().unwrap().to_be_bytes().to_vec()),
        None => {
            let (kind, payload) = word.split_once(':').unwrap();
            (opcode(kind), decoded(payload))
        }
    }
}

/// A masked frame: the kind, `-` if FIN is 0, `/` and the reserved bits, a colon and the payload. `raw`: the bytes as
/// they are.
fn written(word: &str) -> Vec<u8> {
    let (kind, payload) = word.split_once(':').unwrap();
    let mut payload = decoded(payload);
    if kind == "raw" {
        return payload;
    }
    let (kind, rsv) = kind.split_once('/').map_or((kind, 0), |(kind, rsv)| (kind, rsv.parse().unwrap()));
    let (kind, fin) = kind.strip_suffix('-').map_or((kind, 0x80), |kind| (kind, 0));
    let mut frame = vec![fin | rsv << 4 | opcode(kind)];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | u8::try_from(len).unwrap()),
        len @ 126..=65535 => {
            frame.push(0x80 | 0x7E);
            frame.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            frame.push(0x80 | 0x7F);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(KEY);
    for (byte, key) in payload.iter_mut().zip(KEY.iter().cycle()) {
        *byte ^= key;
    }
    [frame, payload].concat()
}

fn opcode(kind: &str) -> u8 {
    match kind {
        "cont" => 0,
        "text" => 1,
        "binary" => 2,
        "close" => 8,
        "ping" => 9,
        "pong" => 10,
        other => other.strip_prefix("op").unwrap().parse().unwrap(),
    }
}

/// `%` and two digits are a byte; `*`, a byte and a number are that many of it.
fn decoded(text: &str) -> Vec<u8> {
    let (text, repeated) = text.split_once('*').map_or((text, None), |(text, rest)| (text, Some(rest)));
    let mut bytes: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    if let Some(repeated) = repeated {
        let digits = if repeated.starts_with('%') { 3 } else { 1 };
        let byte = percent_encoding::percent_decode_str(&repeated[..digits]).next().unwrap();
        bytes.extend(std::iter::repeat_n(byte, repeated[digits..].parse::<usize>().unwrap()));
    }
    bytes
}
