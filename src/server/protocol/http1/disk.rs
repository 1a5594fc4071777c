//! Waiting for a disk, which threads do: for the search of a file, and for the parts of one.

use std::mem;

use crate::{
    server::protocol::{Context, Progress},
    service::{Request, Search, Service},
    trace::{CloseReason, EventKind, Guard, NoteKind},
};

use super::{Http1, Phase, produce::Producer};

impl Http1 {
    /// Has a thread search the folder for what answers the request. The rest of the request is read after that.
    pub(super) fn search(&mut self, cx: &mut Context<'_>, search: Search) {
        match cx.turn.disk.ask(cx.place(), search.key(), move || search.run()) {
            Ok(answer) => self.phase = Phase::Searching { answer, since: cx.turn.now },
            Err(error) => {
                self.not_searched(cx, &format!("No thread to wait for it could be started: {error}."));
            }
        }
    }

    /// Takes what the thread found, if it is done.
    pub(super) fn take_search(&mut self, cx: &mut Context<'_>) -> Progress {
        let Phase::Searching { answer, .. } = &self.phase else { return Progress::None };
        let Some(result) = answer.poll() else { return Progress::None };
        self.phase = Phase::Reading;
        let searched = match result {
            Ok(searched) => searched,
            Err(error) => {
                self.not_searched(cx, &format!("{error}."));
                return Progress::Some;
            }
        };
        let Some(active) = &mut self.active else { return Progress::Some };
        let (Some((head, bytes)), Some(opened)) = (&active.head, &mut active.opened) else {
            return Progress::Some;
        };
        let request = Request::new(active.exchange, head, bytes, cx.peer);
        let attempts = cx.turn.service.searched(opened, &request, searched);
        let exchange = active.exchange;
        if !attempts.is_empty() {
            cx.event_now(exchange, EventKind::RoutesTried(attempts));
        }
        self.on_opened(cx);
        Progress::Some
    }

    /// The search takes too long: the client is told so, and its other requests are not affected.
    pub(super) fn give_search_up(&mut self, cx: &mut Context<'_>) {
        self.phase = Phase::Reading;
        let limit = cx.turn.guards[Guard::DiskTimeout];
        self.not_searched(cx, &format!("It was waited for {limit} milliseconds (disk-timeout)."));
    }

    fn not_searched(&mut self, cx: &mut Context<'_>, detail: &str) {
        if let Some(opened) = self.active.as_mut().and_then(|active| active.opened.as_mut()) {
            Service::not_searched(opened, detail);
        }
        self.on_opened(cx);
    }

    /// Has a thread make the next part of the body.
    pub(super) fn fetch(&mut self, cx: &mut Context<'_>) -> Progress {
        let Phase::Producing(producer) = &mut self.phase else { return Progress::None };
        let file = producer.file();
        let whole = mem::replace(producer, Producer::Drain);
        match cx.turn.disk.ask(cx.place(), file, move || whole.fetch()) {
            Ok(answer) => {
                self.phase = Phase::Producing(Producer::Fetching { answer, since: cx.turn.now });
                Progress::None
            }
            Err(error) => {
                let text = format!("no thread to wait for the disk could be started: {error}");
                self.break_off(cx, NoteKind::FileFailed(text.into()));
                Progress::Some
            }
        }
    }

    /// The next part of the body takes too long. What was sent is no whole response.
    pub(super) fn give_disk_up(&mut self, cx: &mut Context<'_>) {
        let limit = cx.turn.guards[Guard::DiskTimeout];
        let text = format!("the disk did not answer within {limit} milliseconds");
        self.break_off_for(cx, NoteKind::FileFailed(text.into()), CloseReason::Timeout(Guard::DiskTimeout));
    }
}
