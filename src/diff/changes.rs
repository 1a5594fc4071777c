//! The parts of two exchanges that differ.

use crate::{
    explain::comparison::ComparedField,
    words::{count, plural},
};

use super::{
    json,
    recorded::{Body, Recorded, Side},
};

/// The fields whose values may name this program's port.
const WITH_PORT: [&str; 7] = [
    "host",
    "location",
    "content-location",
    "origin",
    "referer",
    "access-control-allow-origin",
    "x-forwarded-host",
];

/// Whether a difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Two runs with this difference are not the same.
    Counts,
    /// Not all bytes were captured, so that nobody knows whether they are the same.
    Unknown,
    /// Date is the time at which a response was made (RFC 9110 §6.6.1).
    Date,
    /// The values are the same but for the number of a port.
    Port,
    /// The bytes are the same, in other pieces: where reads, writes and chunks end is up to the network and to buffers.
    Pieces,
}

impl Weight {
    /// Whether a difference counts; with `all`, whether it does where all that is known counts.
    #[must_use]
    pub const fn counts(self, all: bool) -> bool {
        match self {
            Self::Counts => true,
            Self::Unknown => false,
            Self::Date | Self::Port | Self::Pieces => all,
        }
    }

    /// The stable name in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Unknown => "unknown",
            Self::Date => "date",
            Self::Port => "port",
            Self::Pieces => "pieces",
        }
    }

    /// Why the difference does not count, in words. Empty: it counts.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Counts => "",
            Self::Unknown => "not all was captured",
            Self::Date => "each response has its own",
            Self::Port => "another port",
            Self::Pieces => "the same bytes in other pieces",
        }
    }
}

/// A part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The part: `status`, `req.header.accept`, `resp.body $.name`.
    pub part: String,
    /// Its values in the first run and in the second. `None`: the part is not there; both are `None` where a number of further
    /// parts is named.
    pub values: [Option<String>; 2],
    /// Whether the difference counts.
    pub weight: Weight,
}

/// The parts that differ, first those of the request.
#[must_use]
pub fn changes(one: &Recorded, other: &Recorded) -> Vec<Change> {
    let mut found = Vec::new();
    let mut add = |part: &str, values: [Option<String>; 2]| {
        if values[0] != values[1] {
            found.push(Change { part: part.to_owned(), values, weight: Weight::Counts });
        }
    };
    add("method", [one, other].map(|it| Some(it.method.clone())));
    add("target", [one, other].map(|it| Some(it.target.clone())));
    add("status", [one, other].map(|it| it.status.map(|status| status.to_string())));
    for (index, prefix) in ["req", "resp"].into_iter().enumerate() {
        side_changes(prefix, &one.sides[index], &other.sides[index], &mut found);
    }
    found
}

fn side_changes(prefix: &str, one: &Side, other: &Side, found: &mut Vec<Change>) {
    let before = found.len();
    let mut add = |part: &str, values: [Option<String>; 2], weight| {
        found.push(Change { part: format!("{prefix}.{part}"), values, weight });
    };
    for (part, values) in
        [("version", [&one.version, &other.version]), ("reason", [&one.reason, &other.reason])]
    {
        if values[0] != values[1] {
            add(part, values.map(|value| (!value.is_empty()).then(|| value.clone())), Weight::Counts);
        }
    }
    for (kind, lines) in
        [("header", [&one.fields, &other.fields]), ("trailer", [&one.trailers, &other.trailers])]
    {
        for field in compared(lines).into_iter().filter(|field| !field.is_same()) {
            let weight = weight_of(&field);
            let values = field.values.map(|values| (!values.is_empty()).then(|| values.join(", ")));
            add(&format!("{kind}.{}", field.name), values, weight);
        }
    }
    body_changes(prefix, &one.body, &other.body, found);
    let mut add_pieces = |part: &str, [one, other]: [&[u64]; 2]| {
        if one != other {
            let values = [one, other].map(|pieces| Some(pieces_words(pieces)));
            found.push(Change { part: format!("{prefix}.{part}"), values, weight: Weight::Pieces });
        }
    };
    if one.body.is_same(&other.body) == Some(true) {
        add_pieces("chunks", [&one.chunks, &other.chunks]);
    }
    if one.has_bytes_of(other) {
        add_pieces("pieces", [&one.pieces, &other.pieces]);
    } else if found.len() == before {
        // The case of a name, white space, an interim response, bytes that are no message.
        let is_known = (one.is_whole && other.is_whole) || one.byte_count() != other.byte_count();
        let weight = if is_known { Weight::Counts } else { Weight::Unknown };
        let values = [one, other].map(|side| Some(plural(side.byte_count(), "byte")));
        found.push(Change { part: format!("{prefix}.bytes"), values, weight });
    }
}

/// The fields of two messages by name, in the order of the first message. Names are in lower case.
fn compared([one, other]: [&Vec<(String, String)>; 2]) -> Vec<ComparedField> {
    let mut fields: Vec<ComparedField> = Vec::new();
    for (side, lines) in [one, other].into_iter().enumerate() {
        for (name, value) in lines {
            let name = name.to_ascii_lowercase();
            let at = fields.iter().position(|field| field.name == name).unwrap_or_else(|| {
                fields.push(ComparedField { name, values: [Vec::new(), Vec::new()] });
                fields.len() - 1
            });
            fields[at].values[side].push(value.clone());
        }
    }
    fields
}

fn body_changes(prefix: &str, one: &Body, other: &Body, found: &mut Vec<Change>) {
    let part = format!("{prefix}.body");
    let weight = match one.is_same(other) {
        Some(true) => return,
        Some(false) => Weight::Counts,
        None => Weight::Unknown,
    };
    if let (Some(first), Some(second)) = (&one.json, &other.json) {
        let differences = json::differences(first, second);
        // What only white space or order of members tells apart is told as bytes.
        if !differences.is_empty() {
            let change =
                |(path, values): json::Difference| Change { part: format!("{part} {path}"), values, weight };
            found.extend(differences.into_iter().map(change));
            return;
        }
    }
    let values = [one, other].map(|body| Some(plural(body.len, "byte")));
    found.push(Change { part, values, weight });
}

/// Whether the values of a field differ as those of any two runs may.
fn weight_of(field: &ComparedField) -> Weight {
    if field.differs_as_expected() {
        return Weight::Date;
    }
    let [one, other] = field
        .values
        .each_ref()
        .map(|values| values.iter().map(|value| without_port(value)).collect::<Vec<_>>());
    if WITH_PORT.contains(&&*field.name) && one == other { Weight::Port } else { Weight::Counts }
}

/// A host or an absolute URL without its port.
fn without_port(value: &str) -> String {
    let (scheme, rest) = value.split_once("://").map_or(("", value), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_port =
        |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let host =
        authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(host, _)| host);
    format!("{scheme}://{host}{path}")
}

/// The sizes of pieces, the first few of many.
fn pieces_words(pieces: &[u64]) -> String {
    const SHOWN: usize = 8;
    let sizes: Vec<String> = pieces.iter().take(SHOWN).map(|piece| count(*piece)).collect();
    let more = pieces.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {} more", count(more as u64)) } else { String::new() };
    if sizes.is_empty() { "none".to_owned() } else { format!("{}{more}", sizes.join(" + ")) }
}
