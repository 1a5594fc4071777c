//! Tells by the first bytes of both ends what a connection speaks.

use crate::{base::closed_list::closed_list, http::Method};

/// A row of the table of protocols.
#[derive(Clone, Copy, Debug)]
pub struct SpokenFacts {
    /// The name of the protocol in a sentence.
    pub name: &'static str,
}

closed_list! {
    /// A protocol that is not HTTP/1, as far as first bytes tell protocols apart.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Spoken: pub SpokenFacts {
        /// RFC 8446 §5.1: a record of handshake, or of data in mid-connection.
        Tls { name: "TLS" },
        /// RFC 9113 §3.4: the connection preface.
        Http2 { name: "HTTP/2" },
        /// RFC 4253 §4.2: the identification string.
        Ssh { name: "SSH" },
        /// RFC 5321 §4.2 and RFC 959 §5.4: both greet with 220.
        Mail { name: "SMTP or FTP" },
        /// RFC 9051 §7.1.1 and RFC 1939 §4.
        Mailbox { name: "IMAP or POP3" },
        /// RFC 7826 §20.1 and RFC 3261 §7.1: requests like those of HTTP, with a version of their own.
        Media { name: "RTSP or SIP" },
        /// None of these.
        Unknown { name: "a protocol that is not known here" },
    }
}

/// Bytes of a first line that are looked at.
const LINE_BYTES: usize = 8 * 1024;

/// The verdict on the first bytes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Http,
    Other(Spoken),
    /// More bytes decide.
    Open,
}

/// What two ends speak whose first bytes these are. `complete`: no more will come.
pub(super) fn verdict(client: &[u8], server: &[u8], complete: bool) -> Verdict {
    if server.starts_with(b"HTTP/1.") {
        return Verdict::Http;
    }
    let greeting: [(&[u8], Spoken); 6] = [
        (b"SSH-", Spoken::Ssh),
        (b"220 ", Spoken::Mail),
        (b"220-", Spoken::Mail),
        (b"* OK", Spoken::Mailbox),
        (b"+OK", Spoken::Mailbox),
        (b"RTSP/", Spoken::Media),
    ];
    if let Some((_, spoken)) = greeting.iter().find(|(start, _)| server.starts_with(start)) {
        return Verdict::Other(*spoken);
    }
    let client = skip_line_ends(client);
    let spoken = match client {
        // The server may still answer in HTTP, and the server's name may still come.
        [0x14..=0x17, 3, ..] if !complete && b"HTTP/1.".starts_with(server) => return Verdict::Open,
        [0x14..=0x17, 3, ..] => Spoken::Tls,
        _ if client.starts_with(b"PRI * HTTP/2.0") => Spoken::Http2,
        _ if client.starts_with(b"SSH-") => Spoken::Ssh,
        _ => match request(client) {
            Some(true) => return Verdict::Http,
            Some(false) => Spoken::Media,
            // The server may still answer in HTTP.
            None if !complete && server.len() < 7 && client.len() < LINE_BYTES => return Verdict::Open,
            None if begins_request(client) => return Verdict::Http,
            None => Spoken::Unknown,
        },
    };
    Verdict::Other(spoken)
}

/// Whether the line is a request of HTTP/1, also of a version that was never sent, as HTTP/0.9 does. `Some(false)`: it is
/// a request of another protocol in the same form. `None`: it is neither, or not complete.
fn request(client: &[u8]) -> Option<bool> {
    let line = &client[..client.len().min(LINE_BYTES)];
    let end = line.iter().position(|byte| *byte == b'\n')?;
    let line = line[..end].strip_suffix(b"\r").unwrap_or(&line[..end]);
    let last = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    if last.starts_with(b"RTSP/") || last.starts_with(b"SIP/") {
        return Some(false);
    }
    (last.starts_with(b"HTTP/") || begins_request(line)).then_some(true)
}

/// Whether `bytes` can begin a request: with a known method and a space.
pub(super) fn begins_request(bytes: &[u8]) -> bool {
    let end = bytes.iter().take(16).position(|byte| *byte == b' ');
    end.is_some_and(|end| Method::from_token(&bytes[..end]) != Method::Other)
}

/// RFC 9112 §2.2: empty lines may come before a request.
fn skip_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The server name in the `ClientHello` that a connection begins with (RFC 6066 §3). `None`: there is none, or it is not
/// whole.
pub(super) fn server_name(client: &[u8]) -> Option<String> {
    // RFC 8446 §5.1: the record's header; §4: the handshake's; §4.1.2: version and random.
    let hello = client.strip_prefix(&[0x16, 3]).and_then(|rest| rest.get(3..))?;
    let hello = hello.strip_prefix(&[1]).and_then(|rest| rest.get(3 + 2 + 32..))?;
    let (_, rest) = counted::<1>(hello)?;
    let (_, rest) = counted::<2>(rest)?;
    let (_, rest) = counted::<1>(rest)?;
    let (mut extensions, _) = counted::<2>(rest)?;
    while let Some((kind, rest)) = extensions.split_first_chunk::<2>() {
        let (extension, rest) = counted::<2>(rest)?;
        if *kind == [0, 0] {
            // A list of names; each is of a kind, and 0 is a host name.
            let (names, _) = counted::<2>(extension)?;
            let (name, _) = counted::<2>(names.strip_prefix(&[0])?)?;
            return name.is_ascii().then(|| String::from_utf8_lossy(name).into_owned());
        }
        extensions = rest;
    }
    None
}

/// The bytes after a length of `N` bytes, and what follows them.
fn counted<const N: usize>(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<N>()?;
    rest.split_at_checked(len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_protocols_apart() {
        let cases: [(&[u8], &[u8], Verdict); 14] = [
            (b"GET / HTTP/1.1\r\n", b"", Verdict::Http),
            (b"\r\nFROB /x HTTP/1.1\r\n", b"", Verdict::Http),
            (b"GET /\r\n", b"", Verdict::Http),
            (b"GET /a", b"", Verdict::Open),
            (b"", b"HTTP/1.0 408 Time\r\n", Verdict::Http),
            (b"\x16\x03\x01\x02", b"HTTP/1.1 400 Bad\r\n", Verdict::Http),
            (b"\x16\x03\x01\x02", b"\x16", Verdict::Other(Spoken::Tls)),
            (b"PRI * HTTP/2.0\r\n\r\n", b"", Verdict::Other(Spoken::Http2)),
            (b"", b"SSH-2.0-x\r\n", Verdict::Other(Spoken::Ssh)),
            (b"EHLO a\r\n", b"220 mail\r\n", Verdict::Other(Spoken::Mail)),
            (b"", b"* OK IMAP4rev1\r\n", Verdict::Other(Spoken::Mailbox)),
            (b"OPTIONS rtsp://a RTSP/1.0\r\n", b"", Verdict::Other(Spoken::Media)),
            (b"\0\x01\0\0\0\x06", b"\0\x01\0\0\0\x04\x01\x01", Verdict::Other(Spoken::Unknown)),
            (b"xyz", b"", Verdict::Open),
        ];
        for (client, server, expected) in cases {
            assert_eq!(verdict(client, server, false), expected, "{}", client.escape_ascii());
        }
        assert_eq!(verdict(b"GET /a", b"", true), Verdict::Http);
        assert_eq!(verdict(b"xyz", b"", true), Verdict::Other(Spoken::Unknown));
    }

    #[test]
    fn the_server_name_is_found_in_a_whole_hello() {
        let name = b"a.example";
        let list = [&[0, 0, 9][..], name].concat();
        let extension = [&[0, 0, 0, 14, 0, 12][..], &list].concat();
        let other = [0, 23, 0, 0];
        let extensions = [&other[..], &extension].concat();
        let mut hello = vec![0x16, 3, 1, 0, 90, 1, 0, 0, 86, 3, 3];
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, 0x13, 1, 1, 0, 0, 22]);
        hello.extend(&extensions);
        assert_eq!(server_name(&hello).as_deref(), Some("a.example"));
        for cut in 0..hello.len() {
            assert_eq!(server_name(&hello[..cut]), None, "{cut}");
        }
    }
}
