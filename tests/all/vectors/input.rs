//! The input files: escaped bytes with directives.
//!
//! ```text
//! # Why this is here, with the RFC section.
//! #limits target=20 head=200 body=10
//! #methods HEAD GET                    (responses: what they answer)
//! #closed                              (responses: the stream ends here)
//! GET / HTTP/1.1\r\n
//! X: {REP:a:20}\r\n
//! \r\n
//! ```
//! `\r \n \t \0 \\ \" \xHH` are bytes, `{REP:text:n}` is `text` n times, and the line ends of the
//! file itself mean nothing.

use byteglass::http::{Limits, Method};

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
}

/// An input file.
pub struct Input {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub limits: Limits,
    pub methods: Vec<Method>,
    pub closed: bool,
}

impl Input {
    pub fn of(bytes: Vec<u8>, limits: Limits) -> Self {
        Self { kind: Kind::Request, bytes, limits, methods: Vec::new(), closed: false }
    }

    pub fn parse(text: &str, kind: Kind) -> Self {
        let limits = Limits { target_bytes: 8 * 1024, head_bytes: 64 * 1024, body_bytes: 10_000_000 };
        let mut input = Self { kind, ..Self::of(Vec::new(), limits) };
        for line in text.lines() {
            if let Some(limits) = line.strip_prefix("#limits ") {
                limits.split(' ').for_each(|limit| input.limit(limit));
            } else if let Some(methods) = line.strip_prefix("#methods ") {
                input.methods = methods.split(' ').map(|name| Method::from_token(name.as_bytes())).collect();
            } else if line == "#closed" {
                input.closed = true;
            } else if !line.starts_with("# ") {
                unescape(line, &mut input.bytes);
            }
        }
        input
    }

    fn limit(&mut self, limit: &str) {
        let (name, number) = limit.split_once('=').unwrap();
        let number = number.parse().unwrap();
        match name {
            "target" => self.limits.target_bytes = number,
            "head" => self.limits.head_bytes = number,
            "body" => self.limits.body_bytes = number as u64,
            _ => panic!("no such limit: {name}"),
        }
    }
}

fn unescape(mut text: &str, bytes: &mut Vec<u8>) {
    while let Some(first) = text.chars().next() {
        if let Some((part, rest)) = text.strip_prefix("{REP:").and_then(|rest| rest.split_once('}')) {
            let (part, times) = part.rsplit_once(':').unwrap();
            (0..times.parse().unwrap()).for_each(|_: u32| unescape(part, bytes));
            text = rest;
            continue;
        }
        let mut len = first.len_utf8();
        if first == '\\' {
            let (byte, escape_len) = match &text[1..2] {
                "r" => (b'\r', 2),
                "n" => (b'\n', 2),
                "t" => (b'\t', 2),
                "0" => (0, 2),
                "\\" => (b'\\', 2),
                "\"" => (b'"', 2),
                "x" => (u8::from_str_radix(&text[2..4], 16).unwrap(), 4),
                other => panic!("no such escape: \\{other}"),
            };
            bytes.push(byte);
            len = escape_len;
        } else {
            bytes.extend_from_slice(&text.as_bytes()[..len]);
        }
        text = &text[len..];
    }
}
