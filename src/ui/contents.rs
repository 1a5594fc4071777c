//! Reads the bytes of exchanges for filters that ask for them.

use std::ops::ControlFlow;

use crate::{
    base::stream::ExchangeId,
    capture::Capture,
    filter::{Filter, Verdict},
    list::Contents,
    search::{Examined, Judged},
    store::Detail,
};

/// The bytes of a capture.
#[derive(Debug)]
pub(super) struct CaptureContents(pub(super) Capture);

impl Contents for CaptureContents {
    fn judge(&self, filter: &Filter, detail: &Detail) -> (Verdict, bool) {
        let Judged { verdict, is_partial } = Examined::new(detail).judge(filter);
        (verdict, is_partial)
    }

    fn read_disk(
        &self,
        wanted: &dyn Fn(ExchangeId) -> bool,
        progress: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&Detail) -> ControlFlow<()>,
    ) {
        self.0.read_disk(wanted, progress, take);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::Arc;

    use super::*;
    use crate::{
        http::Framing,
        list::{Listing, Search},
        session::Recording,
        testing::{ScratchFolder, script::Script},
        trace,
    };

    /// Budget of the memory, which then keeps 2 MB of a message.
    const MEMORY_BYTES: u64 = 16 << 20;
    const FRAMES: u64 = 100;

    fn frame(text: &str) -> Vec<u8> {
        let len = u16::try_from(text.len()).unwrap().to_be_bytes();
        let head = if text.len() < 126 { vec![0x81, len[1]] } else { vec![0x81, 126, len[0], len[1]] };
        [&head, text.as_bytes()].concat()
    }

    fn wait_for_frames(capture: &Capture, id: ExchangeId, count: u64) {
        let deadline = std::time::Instant::now() + crate::testing::PATIENCE;
        let frames = || capture.read(|store| store.summary(id)?.frames.map(|frames| frames.frames));
        while frames() != Some(count) {
            assert!(std::time::Instant::now() < deadline, "{:?}", frames());
            std::thread::yield_now();
        }
    }

    /// The number of exchanges that pass, and of those that could not be searched whole.
    fn passing(listing: &mut Listing, capture: &Capture, line: &str) -> (usize, usize) {
        let filter = Filter::parse(line).unwrap();
        let deadline = std::time::Instant::now() + crate::testing::PATIENCE;
        loop {
            listing.update(&capture.lock(), &filter);
            if !listing.working() && listing.search() == Search::Done {
                return (listing.matching(), listing.partial());
            }
            assert!(std::time::Instant::now() < deadline, "{:?}", listing.search());
            std::thread::yield_now();
        }
    }

    /// Its first messages are in memory, its latest in the row, those between them only on disk.
    #[test]
    fn each_message_of_a_long_websocket_that_goes_on_is_found() {
        let root = ScratchFolder::new();
        let recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        let (mut sender, receiver) = trace::channel(64 << 20);
        let capture = Capture::record_to(recording, receiver, MEMORY_BYTES, Arc::new(|| {})).unwrap();
        let mut script = Script::default();
        script.open(1);
        let request = b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        let offset = script.read(1, request);
        let id = script.request(1, offset, request, Framing::None);
        let response = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        script.respond_head(1, id, response, None);
        script.write(1, response);
        for number in 0..FRAMES {
            script.write(1, &frame(&format!("number {number:03} {}", "x".repeat(60_000))));
        }
        sender.send(script.batch());
        wait_for_frames(&capture, id, FRAMES);
        let mut listing = Listing::default();
        listing.read_with(|| Arc::new(CaptureContents(capture.clone())));
        for (line, expected) in [
            ("ws.text~\"number 000\"", 1),
            ("ws.text~\"number 060\"", 1),
            ("ws.text~\"number 099\"", 1),
            ("ws.text!~\"number 060\"", 0),
            ("ws.text~zebra", 0),
        ] {
            assert_eq!(passing(&mut listing, &capture, line), (expected, 0), "{line}");
        }
        // What comes while it is searched for is found in the row.
        script.write(1, &frame("a zebra"));
        sender.send(script.batch());
        wait_for_frames(&capture, id, FRAMES + 1);
        assert_eq!(passing(&mut listing, &capture, "ws.text~zebra"), (1, 0));
    }
}
