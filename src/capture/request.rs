//! The request of a captured exchange, whole, to be sent once more.

use std::{fmt, io, net::SocketAddr, sync::Arc, thread};

use bytes::Bytes;

use crate::{
    base::stream::ExchangeId,
    export::pieces_of,
    session::SessionError,
    store::{Detail, Outcome, Summary},
    trace::{ProtocolKind, Stage},
};

use super::{Capture, details::DetailSource, whole::WHOLE_BYTES};

/// A captured request, every byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedRequest {
    /// The exchange.
    pub id: ExchangeId,
    /// The protocol of its connection.
    pub protocol: ProtocolKind,
    /// The method token; empty if there is none.
    pub method: Box<str>,
    /// The target with control bytes escaped; empty if there is none.
    pub target: Box<str>,
    /// The bytes as they arrived, in order.
    pub bytes: Vec<Bytes>,
    /// Whether the request was complete.
    pub is_complete: bool,
    /// The server's address on that connection. `None`: not known.
    pub local: Option<SocketAddr>,
    /// Host and port of the backend that was asked last. Empty: this program answered itself.
    pub backend: Box<str>,
}

/// Why a captured request cannot be sent again.
#[derive(Clone, Debug)]
pub enum NotWhole {
    /// The request is still arriving.
    Arriving,
    /// This many of its bytes were left out of the capture.
    LeftOut(u64),
    /// No byte of it is in the capture.
    Empty,
    /// The exchange has left the capture, or cannot be read from disk.
    Unreadable(Arc<SessionError>),
}

impl fmt::Display for NotWhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arriving => write!(f, "it is still arriving"),
            Self::LeftOut(1) => write!(f, "1 byte of it is not in the capture"),
            Self::LeftOut(count) => write!(f, "{count} bytes of it are not in the capture"),
            Self::Empty => write!(f, "no byte of it is in the capture"),
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

impl std::error::Error for NotWhole {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(&**error),
            Self::Arriving | Self::LeftOut(_) | Self::Empty => None,
        }
    }
}

impl Capture {
    /// The request of an exchange, from memory or from disk. Waits for the disk.
    ///
    /// # Errors
    /// Not all of its bytes can be had.
    pub fn request(&self, id: ExchangeId) -> Result<CapturedRequest, NotWhole> {
        let detail = DetailSource::new(self).detail(id, WHOLE_BYTES);
        request(&detail.map_err(|error| NotWhole::Unreadable(Arc::new(error)))?)
    }

    /// Finds the request of an exchange on a thread of its own, which then calls `done`.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn find_request(
        &self,
        id: ExchangeId,
        done: impl FnOnce(Result<CapturedRequest, NotWhole>) + Send + 'static,
    ) -> io::Result<()> {
        let capture = self.clone();
        thread::Builder::new().name("request".to_owned()).spawn(move || done(capture.request(id)))?;
        Ok(())
    }

    /// Finds two exchanges with all that memory or disk has of them, on a thread of its own, which then calls `done`.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn find_both(
        &self,
        ids: [ExchangeId; 2],
        done: impl FnOnce([Result<Detail, SessionError>; 2]) + Send + 'static,
    ) -> io::Result<()> {
        let capture = self.clone();
        thread::Builder::new().name("compare".to_owned()).spawn(move || {
            let mut source = DetailSource::new(&capture);
            done(ids.map(|id| source.detail(id, WHOLE_BYTES)));
        })?;
        Ok(())
    }
}

fn request(detail: &Detail) -> Result<CapturedRequest, NotWhole> {
    let exchange = &detail.exchange;
    // After a 101 the range goes on with what the other protocol sent.
    let end = exchange.stages.iter().find_map(|(_, stage)| match stage {
        Stage::RequestEnd { end, .. } => Some(*end),
        _ => None,
    });
    let arriving = matches!(exchange.outcome, Outcome::HeadIncomplete | Outcome::BodyIncomplete);
    if end.is_none() && arriving && detail.closed.is_none() && detail.half_closed.is_none() {
        return Err(NotWhole::Arriving);
    }
    let whole = exchange.request.start..end.unwrap_or(exchange.request.end);
    let pieces = pieces_of(&detail.reads, &whole);
    let missing = pieces.iter().filter(|piece| piece.bytes.is_none());
    match missing.map(|piece| piece.range.end - piece.range.start).sum::<u64>() {
        0 if pieces.is_empty() => Err(NotWhole::Empty),
        0 => Ok(CapturedRequest {
            id: exchange.id,
            protocol: exchange.protocol,
            method: (*exchange.method).into(),
            target: exchange.target.clone(),
            bytes: pieces.into_iter().filter_map(|piece| piece.bytes).collect(),
            is_complete: end.is_some(),
            local: detail.local,
            backend: Summary::from(exchange).backend.address.into(),
        }),
        count => Err(NotWhole::LeftOut(count)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        base::stream::Direction,
        store::Store,
        testing::script::{Script, response},
        trace::{EventKind, Payload},
    };

    const POST: &[u8] =
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\n\r\n";

    fn capture(script: &mut Script) -> Capture {
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        Capture::of(store)
    }

    #[test]
    fn a_request_is_the_bytes_that_arrived_and_nothing_of_what_follows() {
        let mut script = Script::default();
        script.open(1);
        let first = script.exchange(1, POST, &response(b"a"));
        let second = script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"b"));
        let switched = script.open(2).websocket(2);
        let capture = capture(&mut script);
        let found = capture.request(first).unwrap();
        assert_eq!(found.bytes.concat(), POST);
        assert!(found.is_complete && &*found.method == "POST" && &*found.target == "/a");
        assert_eq!(capture.request(second).unwrap().bytes.concat(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        // The frames are no part of the request.
        assert!(capture.request(switched).unwrap().bytes.concat().ends_with(b"upgrade\r\n\r\n"));
        assert!(matches!(capture.request(ExchangeId::nth(99)), Err(NotWhole::Unreadable(_))));
    }

    #[test]
    fn what_is_arriving_or_was_left_out_says_so() {
        let mut script = Script::default();
        script.open(1).open(2).open(3);
        let offset = script.read(1, b"GET /slow HTTP/1.1\r\nHos");
        let arriving = script.begin(1, offset);
        let offset = script.read(2, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
        script.push(2, None, EventKind::bytes(Direction::Received, 49, Payload::Dropped(7)));
        let gap = script.begin(2, offset);
        script.stage(2, gap, Stage::RequestEnd { end: 56, content: 9 });
        let offset = script.read(3, b"GET /brok");
        let broken = script.begin(3, offset);
        script.push(3, None, EventKind::HalfClosed);
        let capture = capture(&mut script);
        assert!(matches!(capture.request(arriving), Err(NotWhole::Arriving)));
        let left_out = capture.request(gap).unwrap_err();
        assert!(matches!(left_out, NotWhole::LeftOut(7)), "{left_out:?}");
        assert_eq!(left_out.to_string(), "7 bytes of it are not in the capture");
        // What broke off is sent as far as it came.
        let found = capture.request(broken).unwrap();
        assert!(!found.is_complete && found.bytes.concat() == b"GET /brok");
    }
}
