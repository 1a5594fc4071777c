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
    /// The client's address. `None`: not known.
    peer: Option<IpAddr>,
    secs: u64,
    /// The method, a space and the target, which may be shortened; of a request without a complete head, its first line
    /// as far as it arrived.
    request: Vec<u8>,
    cut: bool,
    /// The minor version of HTTP. `None`: it stands in `request`, if it arrived.
    minor: Option<u8>,
    status: u16,
    /// Number of bytes of content; 0 if there is no content or its length is unknown.
    size: u64,
}

impl Middleware for Logger {
    fn handles_requests(&self) -> bool {
        false
    }

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
    let asked = reply.asked.as_deref();
    line.peer = request.map(|request| request.peer).or_else(|| asked.map(|asked| asked.peer));
    (line.cut, line.minor) = (false, None);
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
        line.minor = Some(request.head.version.minor);
    } else if let Some(asked) = asked {
        let most = asked.line.len().min(TARGET_BYTES_MAX);
        line.request.extend_from_slice(&asked.line[..most]);
        line.cut = asked.line.len() > most;
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
        let peer = self.peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string());
        let request = match self.request.as_slice() {
            [] => "-".to_owned(),
            request => request.escape_ascii().to_string(),
        };
        let cut = if self.cut { "..." } else { "" };
        let version = self.minor.map(|minor| format!(" HTTP/1.{minor}")).unwrap_or_default();
        format!("{peer} - - [{date}] \"{request}{cut}{version}\" {} {size}", self.status)
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
        Asked, Clock,
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
    fn a_refused_request_has_its_address_and_what_arrived_of_its_line() {
        let now = TestClock::new().wall();
        let logged = |sent: &[u8]| {
            let mut reply = Reply::refusal(Refusal::HeadTimeout);
            reply.asked = Some(Box::new(Asked { peer: [192, 0, 2, 7].into(), line: sent.into() }));
            line(Line::default(), None, &reply, now).text()
        };
        let begin = "192.0.2.7 - - [21/Nov/2026:00:00:00 +0000] ";
        let text = logged(b"GET /a b HTTP/1.1");
        assert!(text.starts_with(&format!("{begin}\"GET /a b HTTP/1.1\" 408 ")), "{text}");
        assert!(logged(b"").starts_with(&format!("{begin}\"-\" 408 ")));
        assert!(logged(b"\x16\x03\"").starts_with(&format!("{begin}\"\\x16\\x03\\\"\" 408 ")));
        assert!(logged(&[b'a'; 5000]).contains("a...\" 408 "));
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
