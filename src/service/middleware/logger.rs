//! The request logger: one line about each exchange, in the form of the Common Log Format.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::http::{Method, head::slice};

use super::super::{Reply, Request};

/// How many lines are remembered.
const MOST_LINES: usize = 200;
/// How many bytes of a target stand in a line.
const MOST_TARGET: usize = 1024;

/// The last lines.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<Arc<str>>,
}

impl Log {
    /// Writes the line about this exchange.
    pub fn up(&mut self, request: Option<&Request<'_>>, reply: &Reply, now: SystemTime) -> Cow<'static, str> {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line(request, reply, now).into());
        "1 line written".into()
    }

    /// The lines, newest last.
    #[must_use]
    pub fn lines(&self) -> Vec<Arc<str>> {
        self.lines.iter().cloned().collect()
    }
}

/// `127.0.0.1 - - [21/Nov/2026:00:00:05 +0000] "GET /a.txt HTTP/1.1" 200 26`
///
/// Quotes, backslashes, control bytes and all that is not ASCII are escaped, so that no target can
/// begin a line of its own.
fn line(request: Option<&Request<'_>>, reply: &Reply, now: SystemTime) -> String {
    let date = date(now);
    let status = reply.status.0;
    let Some(request) = request else {
        return format!("- - - [{date}] \"-\" {status} {}", size(reply, false));
    };
    let target = slice(request.bytes, &request.head.target);
    let (target, cut) = match target.get(..MOST_TARGET) {
        Some(start) if target.len() > MOST_TARGET => (start, "..."),
        _ => (target, ""),
    };
    format!(
        "{} - - [{date}] \"{} {}{cut} HTTP/1.{}\" {status} {}",
        request.peer,
        slice(request.bytes, &request.head.method_range).escape_ascii(),
        target.escape_ascii(),
        request.head.version.minor,
        size(reply, request.method() == Method::Head),
    )
}

/// Bytes of content that are sent; `-` where there are none, or their number is not known yet.
fn size(reply: &Reply, head: bool) -> String {
    match reply.body.len() {
        Some(len) if len > 0 && !head => len.to_string(),
        _ => "-".to_owned(),
    }
}

/// `21/Nov/2026:00:00:05 +0000`
fn date(now: SystemTime) -> String {
    // `Sat, 21 Nov 2026 00:00:05 GMT`
    let date = httpdate::fmt_http_date(now.max(UNIX_EPOCH));
    format!("{}/{}/{}:{} +0000", &date[5..7], &date[8..11], &date[12..16], &date[17..25])
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::{
            Clock,
            testing::{Sent, TestClock},
        },
        *,
    };
    use crate::http::{Rule, Status};

    fn line_of(target: &str, reply: &Reply) -> String {
        line(Some(&Sent::new(target, &[]).request()), reply, TestClock::new().wall())
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
            line(None, &Reply::refusal(Rule::HeadTimeout), TestClock::new().wall())
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
        assert!(long.len() < MOST_TARGET + 200, "{}", long.len());
        assert!(long.contains("a... HTTP/1.1"));
    }

    #[test]
    fn old_lines_make_room_for_new_ones() {
        let mut log = Log::default();
        let reply = Reply::text(Status(200), "");
        for number in 0..MOST_LINES + 5 {
            let sent = Sent::new(&format!("GET /{number}"), &[]);
            log.up(Some(&sent.request()), &reply, TestClock::new().wall());
        }
        let lines = log.lines();
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines[0].contains("GET /5 "));
        assert!(lines[MOST_LINES - 1].contains(&format!("GET /{} ", MOST_LINES + 4)));
    }
}
