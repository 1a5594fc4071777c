//! What is the same in two exchanges, and what is not: facts, without words.

use std::ops::Range;

use crate::{
    http::Status,
    store::model::{Chunk, Detail},
    trace::Stage,
};

use super::facts::{Facts, FieldParts, StreamFacts};

/// Two exchanges, side by side: the first one, and the second one that is compared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The bytes of the requests.
    pub request: Sameness,
    /// The statuses. `None`: no response has begun.
    pub status: [Option<Status>; 2],
    /// The fields of the responses, by name, in the order of the first response.
    pub fields: Vec<ComparedField>,
    /// The bytes of the responses after their heads, as they were on the wire.
    pub body: Sameness,
    /// Nanoseconds from the first byte of the request to the first byte of the response. `None`: there is none.
    pub first_byte: [Option<u64>; 2],
    /// Nanoseconds from the first byte of the request to the latest event.
    pub took: [u64; 2],
}

/// Whether two runs of bytes are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// All of these bytes are the same.
    Equal {
        /// Their number.
        bytes: u64,
    },
    /// They are not the same.
    Different {
        /// Number of bytes before the first one that differs, or is there in one of the two only.
        at: u64,
        /// The number of bytes of each.
        bytes: [u64; 2],
    },
    /// They are the same as far as they are in the capture.
    Unknown {
        /// Number of bytes before the first one that is not in the capture.
        at: u64,
    },
}

/// The values of one field name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedField {
    /// The name, as it was first written.
    pub name: String,
    /// The values of all lines with the name. Empty: there are none.
    pub values: [Vec<String>; 2],
}

impl ComparedField {
    /// Whether the values differ as those of any two responses may: Date is the time at which a response was made
    /// (RFC 9110 §6.6.1).
    #[must_use]
    pub fn differs_as_expected(&self) -> bool {
        !self.is_same()
            && self.name.eq_ignore_ascii_case("Date")
            && self.values.iter().all(|values| values.len() == 1)
    }

    /// Whether the values are the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.values[0] == self.values[1]
    }
}

impl Comparison {
    /// Whether bytes were not compared since they are not at hand.
    #[must_use]
    pub const fn has_gap(&self) -> bool {
        matches!(self.request, Sameness::Unknown { .. }) || matches!(self.body, Sameness::Unknown { .. })
    }

    /// Compares two exchanges.
    #[must_use]
    pub fn new(first: &Facts, second: &Facts) -> Self {
        let both = [first, second];
        let [one, other] =
            both.map(|facts| Run { chunks: &facts.detail.reads, range: request(&facts.detail) });
        let [body, other_body] =
            both.map(|facts| Run { chunks: &facts.detail.writes, range: body(&facts.response) });
        Self {
            request: same(&one, &other),
            status: both.map(|facts| facts.detail.exchange.status),
            fields: fields([&first.response, &second.response]),
            body: same(&body, &other_body),
            first_byte: both.map(first_byte),
            took: both.map(|facts| {
                let exchange = &facts.detail.exchange;
                exchange.latest.saturating_sub(exchange.began)
            }),
        }
    }
}

/// The range of the request alone: after a 101 its stream goes on.
fn request(detail: &Detail) -> Range<u64> {
    let Range { start, end } = detail.exchange.request;
    let told = detail.exchange.stages.iter().find_map(|(_, stage)| match stage {
        Stage::RequestEnd { end, .. } => Some(*end),
        _ => None,
    });
    start..told.unwrap_or(end)
}

/// The range of a response after its head; of the whole response, if it has none.
fn body(response: &StreamFacts) -> Range<u64> {
    let Range { start, end } = response.own;
    response.head.as_ref().map_or(start, |head| head.end)..end
}

fn first_byte(facts: &Facts) -> Option<u64> {
    let detail = &facts.detail;
    let start = detail.exchange.response.as_ref()?.start;
    let first = detail.writes.iter().find(|chunk| chunk.range().end > start)?;
    Some(first.at.saturating_sub(detail.exchange.began))
}

/// A range of a stream, with the chunks that hold it.
struct Run<'a> {
    chunks: &'a [Chunk],
    range: Range<u64>,
}

impl Run<'_> {
    const fn len(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// The captured bytes from this one on, up to the end of their chunk. Empty: they are not in the capture.
    fn at(&self, index: u64) -> &[u8] {
        let offset = self.range.start + index;
        let index = self.chunks.partition_point(|chunk| chunk.range().end <= offset);
        let chunk = self.chunks.get(index).filter(|chunk| chunk.range().contains(&offset));
        let Some(chunk) = chunk else { return &[] };
        let skip = usize::try_from(offset - chunk.offset).unwrap_or(usize::MAX);
        let left = usize::try_from(self.range.end - offset).unwrap_or(usize::MAX);
        let bytes = chunk.bytes.get(skip..).unwrap_or_default();
        &bytes[..bytes.len().min(left)]
    }
}

fn same(one: &Run<'_>, other: &Run<'_>) -> Sameness {
    let bytes = [one.len(), other.len()];
    let shorter = bytes[0].min(bytes[1]);
    let mut at = 0;
    while at < shorter {
        let (left, right) = (one.at(at), other.at(at));
        let len = left.len().min(right.len());
        if len == 0 {
            return Sameness::Unknown { at };
        }
        if let Some(differs) = left[..len].iter().zip(&right[..len]).position(|(left, right)| left != right) {
            return Sameness::Different { at: at + differs as u64, bytes };
        }
        at += len as u64;
    }
    if bytes[0] == bytes[1] { Sameness::Equal { bytes: shorter } } else { Sameness::Different { at, bytes } }
}

fn fields(responses: [&StreamFacts; 2]) -> Vec<ComparedField> {
    let mut all: Vec<ComparedField> = Vec::new();
    for (index, response) in responses.into_iter().enumerate() {
        let lines: &[FieldParts] = response.head_parts().map_or(&[], |head| &head.fields);
        for line in lines {
            let text = |range: &Range<u64>| String::from_utf8_lossy(response.bytes(range)).into_owned();
            let (name, value) = (text(&line.name), text(&line.value));
            let known = all.iter().position(|field| field.name.eq_ignore_ascii_case(&name));
            let at = known.unwrap_or_else(|| {
                all.push(ComparedField { name, values: [Vec::new(), Vec::new()] });
                all.len() - 1
            });
            all[at].values[index].push(value);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use bytes::Bytes;

    use super::*;
    use crate::{
        base::stream::Direction,
        store::Store,
        testing::script::{MS, Script},
        trace::{EventKind, Payload},
    };

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn compared(first: (&[u8], &[u8]), second: (&[u8], &[u8])) -> Comparison {
        let mut script = Script::default();
        script.open(1);
        let ids = [first, second].map(|(request, response)| script.exchange(1, request, response));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let [first, second] = ids.map(|id| Facts::new(store.detail(id).unwrap()));
        Comparison::new(&first, &second)
    }

    #[test]
    fn equal_exchanges_are_equal() {
        let response = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\nx: 2\r\n\r\nhello";
        let found = compared((GET, response), (GET, response));
        assert_eq!(found.request, Sameness::Equal { bytes: GET.len() as u64 });
        assert_eq!(found.body, Sameness::Equal { bytes: 5 });
        assert_eq!(found.status, [Some(Status(200)); 2]);
        assert_eq!(found.fields.len(), 2);
        assert!(found.fields.iter().all(ComparedField::is_same));
        assert_eq!(found.fields[1].values[0], ["1", "2"]);
        assert_eq!((found.took, found.first_byte), ([MS / 2; 2], [Some(MS / 2); 2]));
    }

    #[test]
    fn the_time_of_a_response_is_expected_to_differ() {
        let one = b"HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Length: 0\r\n\r\n";
        let other = b"HTTP/1.1 200 OK\r\ndate: Mon, 02 Jan 2006 15:04:06 GMT\r\nContent-Length: 1\r\n\r\na";
        let expected = |first: &[u8], second: &[u8]| {
            let fields = compared((GET, first), (GET, second)).fields;
            fields.iter().map(ComparedField::differs_as_expected).collect::<Vec<_>>()
        };
        assert_eq!(expected(one, other), [true, false]);
        assert_eq!(expected(one, one), [false, false]);
        assert_eq!(expected(one, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), [false, false]);
    }

    #[test]
    fn what_differs_has_its_place() {
        let one = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: 1\r\n\r\nhello";
        let other = b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nB: 1\r\n\r\nhelloup";
        let found = compared((GET, one), (b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", other));
        assert_eq!(found.request, Sameness::Different { at: 5, bytes: [27, 28] });
        assert_eq!(found.body, Sameness::Different { at: 5, bytes: [5, 7] });
        assert_eq!(found.status, [Some(Status(200)), Some(Status(404))]);
        let differing: Vec<_> = found.fields.iter().filter(|field| !field.is_same()).collect();
        assert_eq!(differing.len(), 3);
        assert_eq!((&*differing[1].name, differing[1].values[1].len()), ("A", 0));
    }

    #[test]
    fn what_is_not_in_the_capture_is_not_called_equal() {
        let mut script = Script::default();
        script.open(1);
        let mut ids = Vec::new();
        for kept in [true, false] {
            let offset = script.read(1, GET);
            let id = script.request(1, offset, GET, crate::http::Framing::None);
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
            script.respond_head(1, id, &[&head[..], b"abcd"].concat(), None);
            let start = script.write(1, head) + head.len() as u64;
            if kept {
                script.write(1, b"abcd");
            } else {
                script.push(1, None, EventKind::bytes(Direction::Sent, start, Bytes::from_static(b"ab")));
                script.push(1, None, EventKind::bytes(Direction::Sent, start + 2, Payload::Dropped(2)));
            }
            script.stage(1, id, Stage::ResponseSent { end: start + 4, keep_alive: true });
            ids.push(id);
        }
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let facts: Vec<Facts> = ids.iter().map(|id| Facts::new(store.detail(*id).unwrap())).collect();
        assert_eq!(Comparison::new(&facts[0], &facts[1]).body, Sameness::Unknown { at: 2 });
    }
}
