//! The fields that end at this hop (RFC 9110 §7.6.1).

use super::{Author, Removal, origin::Tracked};
use crate::http::{
    Head, ResponseHead,
    grammar::elements,
    head::{Field, slice},
};

/// Fields that always end here. RFC 9110 §7.6.1: intermediaries "MUST" remove Connection, and "SHOULD remove or
/// replace" these fields, whether or not Connection names them. This gateway writes the framing, Host and its
/// own entries anew.
const ALWAYS: &[&[u8]] = &[b"connection", b"keep-alive", b"te", b"upgrade"];

/// Fields that frame the body on one connection.
const FRAMING: &[&[u8]] = &[b"transfer-encoding", b"content-length"];

/// Fields that Connection cannot remove. A client that names them could otherwise change its identity, or the
/// meaning of the message, after the checks were made.
const NEVER: &[&[u8]] = &[
    b"host",
    b"content-length",
    b"authorization",
    b"cookie",
    b"set-cookie",
    b"forwarded",
    b"via",
    b"date",
    b"content-type",
    b"content-encoding",
];

/// The letters with which a field may begin that ends here whatever Connection says, as a set of [`letter`]s.
const LETTERS: u32 = letters(ALWAYS) | letters(FRAMING) | letters(&[PROXY]);
/// Fields that begin like this end here, too: they are between the client and a proxy.
const PROXY: &[u8] = b"proxy-";
/// Options of Connection that need no memory of their own.
const FEW: usize = 4;

/// The fields of one head that go on.
pub(super) struct Hop<'a> {
    bytes: &'a [u8],
    /// The options of Connection, if there are no more than this.
    few: [&'a [u8]; FEW],
    /// The number of options.
    len: usize,
    /// All options, if there are more.
    many: Vec<&'a [u8]>,
}

impl<'a> Hop<'a> {
    pub(super) fn new(fields: &[Field], bytes: &'a [u8]) -> Self {
        let mut hop = Self { bytes, few: [b""; FEW], len: 0, many: Vec::new() };
        for field in fields {
            if !slice(bytes, &field.name).eq_ignore_ascii_case(b"connection") {
                continue;
            }
            for option in elements(slice(bytes, &field.value)).filter(|option| !option.is_empty()) {
                if let Some(place) = hop.few.get_mut(hop.len) {
                    *place = option;
                } else {
                    if hop.len == FEW {
                        hop.many.extend(hop.few);
                    }
                    hop.many.push(option);
                }
                hop.len += 1;
            }
        }
        hop
    }

    /// The reason for which the field is for this connection only. `None`: it is not.
    pub(super) fn removal(&self, field: &Field) -> Option<Removal> {
        let name = slice(self.bytes, &field.name);
        if name.first().is_some_and(|first| LETTERS & letter(*first) != 0) {
            if ALWAYS.iter().any(|listed| is_read_as(name, listed)) || has_prefix(name, PROXY) {
                return Some(Removal::OneConnection);
            }
            if FRAMING.iter().any(|listed| is_read_as(name, listed)) {
                return Some(Removal::Framing);
            }
        }
        let is_named = self.has_option(name)
            && !NEVER.iter().any(|listed| name.eq_ignore_ascii_case(listed))
            && !has_prefix(name, b"x-forwarded-");
        is_named.then_some(Removal::NamedByConnection)
    }

    /// Whether Connection has this option.
    pub(super) fn has_option(&self, option: &[u8]) -> bool {
        let options = self.few.get(..self.len).unwrap_or(&self.many);
        options.iter().any(|listed| listed.eq_ignore_ascii_case(option))
    }
}

/// A set with the letter of a byte, in which letters count in either case. Other bytes share the places of letters.
const fn letter(byte: u8) -> u32 {
    1 << (byte & 0x1f)
}

/// A set with the first letters of these names.
const fn letters(names: &[&[u8]]) -> u32 {
    let (mut set, mut index) = (0, 0);
    while index < names.len() {
        set |= letter(names[index][0]);
        index += 1;
    }
    set
}

/// Whether a reader may take `name` for `listed`. Letters count in either case. Programs behind CGI and its kin see
/// `-` and `_` as the same.
pub(super) fn is_read_as(name: &[u8], listed: &[u8]) -> bool {
    let plain = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    name.len() == listed.len() && name.iter().map(plain).eq(listed.iter().map(plain))
}

/// Whether a reader may take `name` for one that begins with `prefix`.
pub(super) fn has_prefix(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| is_read_as(start, prefix))
}

/// The reason for which a field of a request does not go on as it arrived. `bytes`: those of the head.
#[must_use]
pub fn of_request_field(head: &Head, bytes: &[u8], field: &Field) -> Removal {
    let name = slice(bytes, &field.name);
    let counted = || is_read_as(name, b"max-forwards").then_some(Removal::MaxForwards);
    let removal = Hop::new(&head.fields, bytes).removal(field).or_else(|| replacement(name));
    removal.or_else(counted).unwrap_or(Removal::NotSent)
}

/// The reason for which a field of a response does not go on as it arrived. `bytes`: those of the head.
#[must_use]
pub fn of_response_field(head: &ResponseHead, bytes: &[u8], field: &Field) -> Removal {
    // What else does not go on is what `ResponseForward::set` replaces.
    Hop::new(&head.fields, bytes).removal(field).unwrap_or(Removal::Middleware)
}

/// The reason for which a gateway may write this field of a request itself. `None`: it does not.
pub(super) fn replacement(name: &[u8]) -> Option<Removal> {
    if is_read_as(name, b"host") {
        Some(Removal::Host)
    } else if is_read_as(name, b"forwarded") || has_prefix(name, b"x-forwarded-") {
        Some(Removal::Forwarded)
    } else {
        is_read_as(name, b"authorization").then_some(Removal::Credentials)
    }
}

/// Writes a field line as `name: value`. A line that arrived in this form is copied whole.
pub(super) fn copy_line(to: &mut Tracked<'_>, bytes: &[u8], field: &Field, base: u64) {
    let place = |range: &std::ops::Range<u32>| range.start as usize..range.end as usize;
    let (name, value) = (place(&field.name), place(&field.value));
    let is_usual = name.end + 2 == value.start
        && bytes.get(name.end..value.start) == Some(b": ")
        && bytes.get(value.end..value.end + 2) == Some(b"\r\n");
    if is_usual {
        to.copy(bytes, name.start..value.end + 2, base);
        return;
    }
    to.copy(bytes, name, base);
    to.write(Author::Syntax, b": ");
    to.copy(bytes, value, base);
    to.write(Author::Syntax, b"\r\n");
}
