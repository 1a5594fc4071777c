//! Requests that nobody thought of: parts that are usual, and parts that are odd.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

/// Bytes that are a request, or nearly one.
#[derive(Clone)]
pub(super) struct Request(pub Vec<u8>);

impl std::fmt::Debug for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0.escape_ascii())
    }
}

/// Mostly what it should be, and now and then something else.
fn part(usual: &[&'static str], odd: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    prop_oneof![14 => select(usual.to_vec()), 1 => select(odd.to_vec())].prop_map(str::to_owned)
}

fn line_end() -> impl Strategy<Value = String> {
    part(&["\r\n"], &["\n", "\r", "\r\r\n", "\n\r"])
}

pub(super) fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![
        10 => part(&["GET", "POST", "HEAD", "OPTIONS", "CONNECT", "get", "X-Y"], &["", "G(T", "GET\t", "\u{7f}"]),
        1 => "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}",
    ];
    let target = prop_oneof![
        8 => part(
            &["/", "/a.txt", "/a/b?c=d", "*", "http://a.b/c?d", "localhost:80", "//x/y"],
            &["", "a", "/a b", "/<", "/\u{e9}", "/#", "http://u@a/", "https://a/", "ftp://a/", "/\0", "/\t", "?"],
        ),
        2 => "/[!-~]{0,12}",
        1 => "[!-~]{1,12}",
    ];
    let space = || part(&[" "], &["  ", "\t", "", " \t"]);
    let version = part(
        &["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"],
        &[
            "HTTP/1.2",
            "HTTP/1.9",
            "HTTP/2.0",
            "http/1.1",
            "HTTP/1.",
            "HTTP/1.11",
            "HTTP/1.1 ",
            "",
            "HTTP/0.9",
            "HTTPS/1.1",
        ],
    );
    let host = prop_oneof![9 => Just("Host: localhost\r\n"), 1 => Just("")];
    let lead = part(&[""], &["\r\n", "\n", "\r", " ", "\r\n\r\n"]);
    let line = (lead, method, space(), target, space(), version, line_end());
    (line, host, vec(field(), 0..5), line_end(), damage()).prop_map(|(line, host, fields, end, damage)| {
        let (lead, method, one, target, two, version, line_end) = line;
        let text =
            [lead, method, one, target, two, version, line_end].concat() + host + &fields.concat() + &end;
        let mut bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
        for (place, byte) in damage.0 {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Some(place) = damage.1 {
            bytes.truncate(place.index(bytes.len() + 1));
        }
        Request(bytes)
    })
}

/// A field line, its end included.
fn field() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        6 => part(
            &["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "X-A", "Accept"],
            &["", "X A", "X:", "X-A ", "X-A\t", " X", "X\0", "X(", "\u{e9}"],
        ),
        1 => "[!-~]{1,8}",
    ];
    let value = prop_oneof![
        8 => part(
            &["localhost", "localhost:80", "5", "0", "chunked", "close", "100-continue", "a, b", "", "[::1]"],
            &["a/b", "-1", "5,5", "gzip", "gzip, chunked", "x\0", "x\u{1}", "\u{7f}", "\t x \t", "a\rb", "99999999999999999999", "\u{e9}", "99999999"],
        ),
        1 => "[ -~\t]{0,20}",
    ];
    let field = (name, part(&[": ", ":"], &[" : ", "", ":\t", " "]), value, line_end())
        .prop_map(|(name, colon, value, end)| name + &colon + &value + &end);
    // What frames a message deserves more than chance.
    let framing = select(vec![
        "Content-Length: 0",
        "Content-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: 99999999",
        "Content-Length: 9999999999999999999",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, gzip",
    ]);
    prop_oneof![9 => field, 1 => framing.prop_map(|line| line.to_owned() + "\r\n")]
}

/// Bytes in place of others, and an early end.
fn damage() -> impl Strategy<Value = (Vec<(Index, u8)>, Option<Index>)> {
    let bytes = prop_oneof![3 => Just(Vec::new()), 1 => vec(any::<(Index, u8)>(), 1..3)];
    (bytes, prop_oneof![5 => Just(None), 1 => any::<Index>().prop_map(Some)])
}
