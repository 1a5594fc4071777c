//! A request as the service sees it: the parsed head and its bytes.

use std::net::IpAddr;

use crate::http::{Head, Method, head::slice};

/// A request whose head is complete.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The parsed head.
    pub head: &'a Head,
    /// The bytes of the head; the ranges of `head` are ranges of these.
    pub bytes: &'a [u8],
    /// The client's address.
    pub peer: IpAddr,
}

impl<'a> Request<'a> {
    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.head.method
    }

    /// The method token as received.
    #[must_use]
    pub fn method_token(&self) -> &'a str {
        str::from_utf8(slice(self.bytes, &self.head.method_range)).unwrap_or("?")
    }

    /// The path as received: percent-encoded, without the query. Starts with `/`, except for `OPTIONS *`
    /// (asterisk-form), where it is `*`. ASCII only, as the machine guarantees.
    #[must_use]
    pub fn path(&self) -> &'a str {
        let path = str::from_utf8(slice(self.bytes, &self.head.path)).unwrap_or("/");
        match path {
            "" if slice(self.bytes, &self.head.target) == b"*" => "*",
            "" => "/",
            path => path,
        }
    }

    /// The query as received, without its `?`. `None`: the target has no `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.query.as_ref().map(|range| str::from_utf8(slice(self.bytes, range)).unwrap_or(""))
    }

    /// The first value of the field `name`. `None`: no such field.
    #[must_use]
    pub fn value(&self, name: &'a str) -> Option<&'a [u8]> {
        self.head.value(self.bytes, name)
    }
}
