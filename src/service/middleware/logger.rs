//! The request logger: one line about each exchange, in the form of the Common Log Format.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    http::{Method, head::slice},
    trace::StepSummary,
};

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Middleware, MiddlewareSettings, Readings,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "logger",
    title: "Request logger",
    about: "Adds a line to the log at the end of this page for each exchange.",
    on_by_default: true,
    build: || Box::<Logger>::default(),
};

/// Upper bound on the remembered lines.
const LINES_MAX: usize = 200;
/// Upper bound on the bytes of a target in a line.
const TARGET_BYTES_MAX: usize = 1024;

/// The last lines.
///
/// Lines are formatted on demand, which is rare compared with requests.
#[derive(Clone, Debug, Default)]
struct Logger {
    lines: VecDeque<Line>,
}

/// The contents of a log line.
#[derive(Clone, Debug, Default)]
struct Line {
    /// The client's address. `None`: no complete head was received.
    peer: Option<IpAddr>,
    secs: u64,
    /// The method, a space and the target, which may be shortened.
    request: Vec<u8>,
    cut: bool,
    minor: u8,
    status: u16,
    /// Number of bytes of content; 0 if there is no content or its length is unknown.
    size: u64,
}

impl Middleware for Logger {
    fn on_response(
        &mut self,
        _settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> StepSummary {
        self.write(request, reply, clock.wall());
        "1 line written".into()
    }

    fn read(&self, _settings: &MiddlewareSettings, _now: u64, readings: &mut Readings) {
        readings.log = self.lines();
    }
}

impl Logger {
    /// Adds the line of this exchange.
    fn write(&mut self, request: Option<&Request<'_>>, reply: &Reply, now: SystemTime) {
        // The newest line reuses the memory of the oldest.
        let oldest = if self.lines.len() == LINES_MAX { self.lines.pop_front() } else { None };
        self.lines.push_back(line(oldest.unwrap_or_default(), request, reply, now));
    }

    /// The lines, newest last.
    fn lines(&self) -> Vec<Arc<str>> {
        self.lines.iter().map(|line| line.text().into()).collect()
    }
}

fn line(mut line: Line, request: Option<&Request<'_>>, reply: &Reply, now: SystemTime) -> Line {
    line.request.clear();
    let head = request.is_some_and(|request| request.method() == Method::Head);
    line.peer = request.map(|request| request.peer);
    line.secs = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    line.status = reply.status.0;
    line.size = reply.body.len().filter(|_| !head).unwrap_or(0);
    if let Some(request) = request {
        let target = slice(request.bytes, &request.head.target);
        let most = target.len().min(TARGET_BYTES_MAX);
        line.request.extend_from_slice(slice(request.bytes, &request.head.method_range));
        line.request.push(b' ');
        line.request.extend_from_slice(&target[..most]);
        line.cut = target.len() > most;
        line.minor = request.head.version.minor;
    }
    line
}

impl Line {
    /// `127.0.0.1 - - [21/Nov/2026:00:00:05 +0000] "GET /a.txt HTTP/1.1" 200 26`
    ///
    /// Quotes, backslashes, control bytes and non-ASCII bytes are escaped, so that no target can start a new
    /// line.
    fn text(&self) -> String {
        let date = date(UNIX_EPOCH + Duration::from_secs(self.secs));
        let size = if self.size == 0 { "-".to_owned() } else { self.size.to_string() };
        let Some(peer) = self.peer else {
            return format!("- - - [{date}] \"-\" {} {size}", self.status);
        };
        format!(
            "{peer} - - [{date}] \"{}{} HTTP/1.{}\" {} {size}",
            self.request.escape_ascii(),
            if self.cut { "..." } else { "" },
            self.minor,
            self.status,
        )
    }
}

/// `21/Nov/2026:00:00:05 +0000`
fn date(now: SystemTime) -> String {
    // `Sat, 21 Nov 2026 00:00:05 GMT`
    let date = httpdate::fmt_http_date(now);
    format!("{}/{}/{}:{} +0000", &date[5..7], &date[8..11], &date[12..16], &date[17..25])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;
    use crate::service::{
        Clock,
        testing::{Sent, TestClock},
    };
    use crate::trace::Refusal;

    fn line_of(target: &str, reply: &Reply) -> String {
        let now = TestClock::new().wall();
        line(Line::default(), Some(&Sent::new(target, &[]).request()), reply, now).text()
    }

    #[test]
    fn a_line_has_the_usual_form() {
        let reply = Reply::text(Status(200), "hello");
        assert_eq!(
            line_of("GET /a?b=c", &reply),
            "127.0.0.1 - - [21/Nov/2026:00:00:00 +0000] \"GET /a?b=c HTTP/1.1\" 200 5"
        );
        assert!(line_of("HEAD /", &reply).ends_with("\"HEAD / HTTP/1.1\" 200 -"));
        assert_eq!(
            line(Line::default(), None, &Reply::refusal(Refusal::HeadTimeout), TestClock::new().wall())
                .text()
                .split_once("\" ")
                .map(|halves| halves.0),
            Some("- - - [21/Nov/2026:00:00:00 +0000] \"-")
        );
    }

    #[test]
    fn no_target_can_forge_a_line() {
        let reply = Reply::text(Status(200), "");
        let line = line_of("GET /a\"\r\n1.2.3.4\u{1b}[2J\\é", &reply);
        assert!(line.contains("\"GET /a\\\"\\r\\n1.2.3.4\\x1b[2J\\\\\\xc3\\xa9 HTTP/1.1\" 200 -"), "{line}");
        let long = line_of(&format!("GET /{}", "a".repeat(5000)), &reply);
        assert!(long.len() < TARGET_BYTES_MAX + 200, "{}", long.len());
        assert!(long.contains("a... HTTP/1.1"));
    }

    #[test]
    fn old_lines_make_room_for_new_ones() {
        let mut log = Logger::default();
        let reply = Reply::text(Status(200), "");
        for number in 0..LINES_MAX + 5 {
            let sent = Sent::new(&format!("GET /{number}"), &[]);
            log.write(Some(&sent.request()), &reply, TestClock::new().wall());
        }
        let lines = log.lines();
        assert_eq!(lines.len(), LINES_MAX);
        assert!(lines[0].contains("GET /5 "));
        assert!(lines[LINES_MAX - 1].contains(&format!("GET /{} ", LINES_MAX + 4)));
    }
}
