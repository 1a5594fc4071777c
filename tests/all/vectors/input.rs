//! The input files: bytes and directives.
//!
//! ```text
//! # Why this is here, with the RFC section.
//! #limits target=20 head=200 body=10
//! #strict                              (requests: without leniencies)
//! #methods HEAD GET                    (responses: what they answer)
//! #closed                              (responses: the stream ends here)
//! GET / HTTP/1.1\r\n
//! X: {REP:a:20}\r\n
//! \r\n
//! ```
//! Every line that is no comment and no directive is a script ([`byteglass::lab::script`]) that only sends; the
//! line ends of the file itself mean nothing.

use byteglass::{
    http::{Leniencies, Limits, Method},
    lab::script,
    testing::LIMITS,
};

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Response,
}

/// An input file.
pub(crate) struct Input {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub limits: Limits,
    pub methods: Vec<Method>,
    pub closed: bool,
}

impl Input {
    pub(crate) fn of(bytes: Vec<u8>, limits: Limits) -> Self {
        Self { kind: Kind::Request, bytes, limits, methods: Vec::new(), closed: false }
    }

    pub(crate) fn parse(text: &str, kind: Kind) -> Self {
        let mut input = Self { kind, ..Self::of(Vec::new(), LIMITS) };
        for line in text.lines() {
            if let Some(limits) = line.strip_prefix("#limits ") {
                limits.split(' ').for_each(|limit| input.limit(limit));
            } else if let Some(methods) = line.strip_prefix("#methods ") {
                input.methods = methods.split(' ').map(|name| Method::from_token(name.as_bytes())).collect();
            } else if line == "#strict" {
                input.limits.leniencies = Leniencies::NONE;
            } else if line == "#closed" {
                input.closed = true;
            } else if !line.starts_with("# ") {
                input.bytes.extend(script::bytes(line).unwrap_or_else(|error| panic!("{line}: {error}")));
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
