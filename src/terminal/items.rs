//! Finds the items of responses that are a stream in the events, as these pass.

use crate::{
    base::stream::Direction,
    store::{ItemFollower, SeenItem, SeenOfStream},
    trace::{Event, EventKind, Stage},
};

/// What later items need.
#[derive(Debug, Default)]
pub(super) struct Items {
    follower: ItemFollower,
}

impl Items {
    /// Takes an event. `seen` is called with each item that it completes.
    pub(super) fn take(&mut self, event: &Event, seen: &mut dyn FnMut(&SeenItem<'_>)) {
        let Some(conn) = event.conn else { return };
        let mut see = |found: SeenOfStream<'_>| {
            if let SeenOfStream::Item(item) = found {
                seen(&item);
            }
        };
        match &event.kind {
            EventKind::Bytes { stream, offset, payload } if stream.direction == Direction::Sent => {
                let bytes = payload.kept();
                self.follower.take(conn, *offset, bytes.map(|bytes| &**bytes), &mut see);
            }
            EventKind::Stage(Stage::ResponseHead { start, framing, .. }) => {
                self.follower.end(conn, &mut see);
                if let Some(exchange) = event.exchange {
                    self.follower.begin(conn, exchange, *start, *framing);
                }
            }
            EventKind::Closed(_) => self.follower.end(conn, &mut see),
            _ => {}
        }
    }
}
