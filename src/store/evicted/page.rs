//! A page of the index: the rows of exchanges with neighbouring numbers, and their texts.

use std::collections::VecDeque;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    http::{Method, Status},
    store::{
        Messages, Position,
        model::Outcome,
        summary::{BackendNames, Summary},
    },
    trace::{Cause, ProtocolKind, Severity},
};

/// Bytes of a target that are kept at most.
const TARGET_BYTES: usize = 255;
/// Number of recent texts that a new one is compared with: a page asks for the same targets again and again.
const COMPARED: usize = 8;
/// The character between the group, the name and the address of a backend.
const SEPARATOR: char = '\n';
/// Exchanges to a page. Their numbers are dense, so that a page is nearly always full.
pub(super) const PAGE: u64 = 1024;

/// The exchanges of a page, and their texts one after the other.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) stubs: Vec<Option<Stub>>,
    pub(super) texts: String,
    /// Places of the latest texts, newest first.
    recent: VecDeque<(u32, u8)>,
    pub(super) live: usize,
    /// The oldest segment that an exchange of the page is recorded in.
    pub(super) oldest: u32,
}

/// The facts of an exchange that its row shows.
#[derive(Clone, Debug)]
pub(super) struct Stub {
    pub(super) conn: ConnId,
    pub(super) protocol: ProtocolKind,
    pub(super) began: Nanos,
    pub(super) latest: Nanos,
    pub(super) response_bytes: u64,
    /// Bytes of the request, at most 4 GB.
    pub(super) request_bytes: u32,
    /// Time until the head of the response, in [`WAITED_UNIT`]. The largest number: there was none.
    pub(super) waited: u32,
    /// Number of the media type of the response.
    pub(super) media_type: u16,
    /// Number of notes, at most 255.
    pub(super) notes: u8,
    /// Number of the route.
    pub(super) route: u8,
    pub(super) place: Position,
    pub(super) number: u32,
    /// Start and length, in the page's texts, of the target or, without one, of the request's first line.
    pub(super) target: (u32, u8),
    /// Start and length of the method in the page's texts, if it is none of the usual ones.
    pub(super) method: (u32, u8),
    pub(super) usual: Method,
    /// Start and length, in the page's texts, of the names of the backend that was asked last, with [`SEPARATOR`]
    /// between them.
    pub(super) backend: (u32, u8),
    /// Number of attempts at backends, at most 255.
    pub(super) attempts: u8,
    pub(super) status: Option<Status>,
    pub(super) refusal: Option<Cause>,
    pub(super) outcome: Outcome,
    pub(super) severity: Option<Severity>,
}

/// Nanoseconds in which the time until the head of a response is kept: up to seven minutes fit.
const WAITED_UNIT: u64 = 100;

impl Stub {
    /// Nanoseconds as they are kept. `None`: there was no head of a response.
    pub(super) fn waited_of(nanos: Option<u64>) -> u32 {
        let units = nanos.map(|nanos| u32::try_from(nanos / WAITED_UNIT).unwrap_or(u32::MAX));
        units.map_or(u32::MAX, |units| units.min(u32::MAX - 1))
    }

    /// Nanoseconds until the head of the response. `None`: there was none.
    fn waited(&self) -> Option<u64> {
        (self.waited != u32::MAX).then(|| u64::from(self.waited) * WAITED_UNIT)
    }
}

impl Page {
    pub(super) const BYTES: u64 = size_of::<Self>() as u64 + PAGE * size_of::<Option<Stub>>() as u64;

    pub(super) fn new() -> Self {
        let stubs = vec![None; usize::try_from(PAGE).unwrap_or(0)];
        Self { stubs, texts: String::new(), recent: VecDeque::new(), live: 0, oldest: u32::MAX }
    }

    /// Adds `text`, shortened, unless it is one of the recent texts. Returns its start and length.
    pub(super) fn text(&mut self, text: &str) -> (u32, u8) {
        let text = &text[..text.floor_char_boundary(TARGET_BYTES)];
        if text.is_empty() {
            return (0, 0);
        }
        if let Some(found) = self.recent.iter().find(|place| self.part(**place) == text) {
            return *found;
        }
        // The start fits: a page has 1,024 exchanges with at most 510 bytes of text each.
        let place = (u32::try_from(self.texts.len()).unwrap_or(0), u8::try_from(text.len()).unwrap_or(0));
        self.texts.push_str(text);
        self.recent.truncate(COMPARED - 1);
        self.recent.push_front(place);
        place
    }

    /// Adds the names of a backend. Returns the start and the length of their text.
    pub(super) fn backend(&mut self, backend: &BackendNames<'_>) -> (u32, u8) {
        let BackendNames { group, name, address } = backend;
        if *backend == BackendNames::default() {
            return (0, 0);
        }
        self.text(&format!("{group}{SEPARATOR}{name}{SEPARATOR}{address}"))
    }

    pub(super) fn part(&self, (start, len): (u32, u8)) -> &str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        self.texts.get(start..start.saturating_add(len.into())).unwrap_or_default()
    }

    pub(super) fn summary(&self, id: ExchangeId, stub: &Stub) -> Summary<'_> {
        let method = match stub.usual {
            Method::Other => self.part(stub.method),
            usual => usual.name(),
        };
        Summary {
            id,
            conn: stub.conn,
            protocol: stub.protocol,
            number: stub.number.into(),
            again: None,
            method,
            // Without a method there is no target either: the text is the first line.
            target: if method.is_empty() { "" } else { self.part(stub.target) },
            backend: names(self.part(stub.backend)),
            attempts: stub.attempts.into(),
            status: stub.status,
            refusal: stub.refusal,
            outcome: stub.outcome,
            request_bytes: stub.request_bytes.into(),
            response_bytes: stub.response_bytes,
            waited: stub.waited(),
            // The index knows them.
            media_type: "",
            route: "",
            notes: stub.notes.into(),
            began: stub.began,
            latest: stub.latest,
            severity: stub.severity,
            frames: None,
            items: None,
            mark: None,
            messages: Messages::default(),
            on_disk: true,
        }
    }
}

/// The names of a backend in their text.
fn names(text: &str) -> BackendNames<'_> {
    let mut names = text.splitn(3, SEPARATOR);
    let mut next = || names.next().unwrap_or_default();
    BackendNames { group: next(), name: next(), address: next() }
}

/// Number of the page that holds an exchange.
pub(super) const fn page_of(id: ExchangeId) -> u64 {
    id.get() / PAGE
}

/// Index of an exchange on its page.
pub(super) fn slot(id: ExchangeId) -> usize {
    usize::try_from(id.get() % PAGE).unwrap_or(0)
}
