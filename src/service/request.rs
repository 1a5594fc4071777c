//! A request as the service sees it: the parsed head and its bytes.

use std::{net::IpAddr, sync::Arc};

use crate::{
    base::stream::ExchangeId,
    http::{Head, Method, forward::FieldEdits, head::slice},
};

use super::Disturbance;

/// A request whose head is complete.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The parsed head.
    pub head: &'a Head,
    /// The bytes of the head; the ranges of `head` are ranges of these.
    pub bytes: &'a [u8],
    /// The client's address.
    pub peer: IpAddr,
    /// The changes of fields that rules make before the request is answered or goes on. `None`: none.
    pub edits: Option<&'a Arc<FieldEdits>>,
    /// What rules of Trouble do to the request on its way to a backend. `None`: nothing.
    pub trouble: Option<&'a Arc<Disturbance>>,
}

impl<'a> Request<'a> {
    /// A request as the client sent it.
    #[must_use]
    pub const fn new(exchange: ExchangeId, head: &'a Head, bytes: &'a [u8], peer: IpAddr) -> Self {
        Self { exchange, head, bytes, peer, edits: None, trouble: None }
    }

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
        self.values(name).next()
    }

    /// The values of the field `name`, in order, after the changes of rules.
    pub fn values(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let edits = self.edits.filter(|edits| !edits.is_empty());
        let arrived = edits.is_none_or(|edits| !edits.drops(name.as_bytes())).then_some(self.head);
        let written = edits.map_or(&[][..], |edits| edits.lines(name.as_bytes()));
        let bytes = self.bytes;
        let arrived = arrived.into_iter().flat_map(move |head| head.values(bytes, name));
        arrived.chain(written.iter().map(|line| line.value.as_bytes()))
    }
}
