//! What a handler gives back: a status, fields and a body.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    http::{Status, encode::Fields},
    trace::Cause,
};

use super::{Body, Coding, FileBody, Validators};
use crate::words::visible;

/// A response before it is framed. Content-Length, Transfer-Encoding, Date and Connection are the
/// connection's business and are added when it is written.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: Status,
    /// The fields.
    pub fields: Fields,
    /// The body. For HEAD: the body that GET would have had; it is not sent.
    pub body: Body,
    /// Wait this long before the first byte.
    pub delay: Duration,
    /// Write slowly. `None`: as fast as the client reads.
    pub pace: Option<Pace>,
    /// Why the request is refused. `None`: it is not.
    pub refusal: Option<Cause>,
    /// The validators of what is served, for the `ETag` middleware. `None`: it has none.
    pub validators: Option<Validators>,
    /// Files with this content in other codings, for the `Compression` middleware to choose from.
    pub siblings: Vec<Sibling>,
    /// What went wrong although this is an answer, in plain words, for the trace. `None`: nothing did.
    pub trouble: Option<String>,
}

/// A file that stands beside another one and has the same content in a content coding.
#[derive(Debug)]
pub struct Sibling {
    /// The coding.
    pub coding: Coding,
    /// All of the file.
    pub body: FileBody,
    /// Its own.
    pub validators: Validators,
}

/// Slow motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes in one write.
    pub bytes: usize,
    /// Time from one write to the next.
    pub every: Duration,
}

impl Reply {
    /// A reply without fields.
    #[must_use]
    pub const fn new(status: Status, body: Body) -> Self {
        Self {
            status,
            fields: Fields::new(),
            body,
            delay: Duration::ZERO,
            pace: None,
            refusal: None,
            validators: None,
            siblings: Vec::new(),
            trouble: None,
        }
    }

    /// Plain text.
    #[must_use]
    pub fn text(status: Status, text: impl Into<Bytes>) -> Self {
        let mut reply = Self::new(status, Body::Bytes(text.into()));
        reply.fields.append("Content-Type", "text/plain; charset=utf-8");
        reply
    }

    /// JSON, with a line end after it for those who read it in a terminal.
    #[must_use]
    pub fn json(status: Status, json: String) -> Self {
        let mut reply = Self::new(status, Body::Bytes((json + "\n").into()));
        reply.fields.append("Content-Type", "application/json");
        reply
    }

    /// A refusal: what was wrong, in a sentence, and the RFC section.
    #[must_use]
    pub fn refusal(cause: impl Into<Cause>) -> Self {
        Self::refusal_with(cause, None)
    }

    /// A refusal with a sentence about what was found, or about the limit in force. Control
    /// characters in `detail` are escaped here.
    #[must_use]
    pub fn refusal_with(cause: impl Into<Cause>, detail: Option<&str>) -> Self {
        let cause = cause.into();
        let status = cause.status();
        let mut text = format!("{status}\n\n{}\n", cause.sentence());
        if let Some(detail) = detail {
            text.push_str(&visible(detail));
            text.push('\n');
        }
        text.push_str(cause.section());
        text.push('\n');
        let mut reply = Self::text(status, text);
        // The text can quote the request: nobody is to take it for anything but text.
        reply.fields.append("X-Content-Type-Options", "nosniff");
        // RFC 9110 §15.1: a 404, 405, 414 or 501 may be stored without being asked to. What is
        // missing now may be there after the next save.
        reply.fields.append("Cache-Control", "no-store");
        reply.refusal = Some(cause);
        reply
    }

    /// Turns this reply into a refusal. Fields that are not about the content stay.
    pub fn refuse(&mut self, cause: impl Into<Cause>, detail: Option<&str>) {
        let refusal = Self::refusal_with(cause, detail);
        self.drop_representation();
        for (name, value) in refusal.fields.iter() {
            self.fields.set(name.to_owned(), value.to_owned());
        }
        self.status = refusal.status;
        self.body = refusal.body;
        self.refusal = refusal.refusal;
    }

    /// Turns this reply into a 304 (RFC 9110 §15.4.5).
    pub fn not_modified(&mut self) {
        self.drop_representation();
        self.status = Status(304);
        self.body = Body::None;
        self.refusal = None;
    }

    /// RFC 9110 §15.4.5: "a sender SHOULD NOT generate representation metadata other than the above
    /// listed fields", which are Content-Location, Date, `ETag`, Vary, Cache-Control and Expires.
    fn drop_representation(&mut self) {
        for name in [
            "Content-Type",
            "Content-Range",
            "Content-Encoding",
            "Content-Language",
            "Accept-Ranges",
            "Last-Modified",
        ] {
            self.fields.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Refusal;

    fn text(reply: &Reply) -> &str {
        match &reply.body {
            Body::Bytes(bytes) => str::from_utf8(bytes).unwrap_or("not UTF-8"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_says_what_and_by_which_clause() {
        let reply = Reply::refusal_with(Refusal::NotFound, Some("The path is /a\r\nX: y"));
        assert_eq!(reply.status, Status(404));
        assert_eq!(reply.refusal, Some(Refusal::NotFound.into()));
        assert_eq!(reply.fields.value("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(
            text(&reply),
            "404 Not Found\n\nThere is nothing under this path.\nThe path is /a\\r\\nX: y\nRFC 9110 §15.5.5\n"
        );
    }

    #[test]
    fn a_refusal_in_place_keeps_fields_that_are_not_about_the_content() {
        let mut reply = Reply::text(Status(206), "abc");
        reply.fields.append("Content-Range", "bytes 0-2/9");
        reply.fields.append("Server", "byteglass");
        reply.refuse(Refusal::PreconditionFailed, None);
        assert_eq!(reply.status, Status(412));
        assert_eq!(reply.fields.value("Content-Range"), None);
        assert_eq!(reply.fields.value("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(reply.fields.value("Server"), Some("byteglass"));
        assert!(text(&reply).starts_with("412 Precondition Failed\n"));
    }
}
