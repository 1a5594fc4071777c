//! Replies: a status, fields and a body.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;

use crate::{
    http::{
        Status,
        encode::Fields,
        forward::{FieldAction, FieldEdit, FieldEdits},
    },
    trace::Cause,
};

use super::{Body, Coding, Disturbance, FileBody, Validators, pace::Pace};
use crate::words::visible;

/// A response before it is framed. The connection adds Content-Length, Transfer-Encoding, Date and Connection
/// when it writes the response.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: Status,
    /// The fields.
    pub fields: Fields,
    /// The body. For HEAD: the body of the response to GET; it is not sent.
    pub body: Body,
    /// Delay before the first byte.
    pub delay: Duration,
    /// Pace of writing. `None`: as fast as the client reads.
    pub pace: Option<Pace>,
    /// Why the request is refused. `None`: the request is not refused.
    pub refusal: Option<Cause>,
    /// The validators of the representation, for the `ETag` middleware. `None`: no validators.
    pub validators: Option<Validators>,
    /// Precompressed files with this content, for the `Compression` middleware to choose from.
    pub siblings: Vec<Sibling>,
    /// What rules of Trouble do to the response. `None`: nothing.
    pub trouble: Option<Box<Disturbance>>,
    /// The fields of the response that goes on, and what rules change in them. `None`: this server answers itself,
    /// or no rule acts on the response.
    pub received: Option<Box<ReceivedFields>>,
    /// Who asked, where no complete head says so. `None`: there is a head.
    pub asked: Option<Box<Asked>>,
    /// The problem that occurred although the request was answered, in plain words, for the trace. `None`: no
    /// problem.
    pub problem: Option<String>,
}

/// What is known of a request whose head is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The client's address.
    pub peer: IpAddr,
    /// The request line as far as it arrived, without its line ending.
    pub line: Box<[u8]>,
}

/// A precompressed file beside another one, with equivalent content.
#[derive(Debug)]
pub struct Sibling {
    /// The coding.
    pub coding: Coding,
    /// The whole file.
    pub body: FileBody,
    /// The validators of this file, not of the original.
    pub validators: Validators,
}

/// The fields of a backend's response, and what rules change in them.
#[derive(Debug, Default)]
pub struct ReceivedFields {
    /// The fields as they arrived.
    pub fields: Fields,
    /// The changes.
    pub edits: FieldEdits,
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
            received: None,
            asked: None,
            problem: None,
        }
    }

    /// Makes the change of the rule of this number.
    pub fn edit(&mut self, rule: u32, edit: &FieldEdit) {
        let Some(received) = &mut self.received else { return edit.apply_to(&mut self.fields) };
        if edit.action != FieldAction::Add {
            self.fields.remove(&edit.name);
        }
        received.edits.apply(rule, edit);
    }

    /// The fields that are sent, as far as they are known.
    #[must_use]
    pub fn sent_fields(&self) -> Fields {
        let mut sent = Fields::new();
        if let Some(received) = &self.received {
            let replaces = |name: &str| self.fields.value(name).is_some();
            let stays = |name: &str| !received.edits.drops(name.as_bytes()) && !replaces(name);
            let stay = received.fields.lines().iter().filter(|(name, _)| stays(name));
            stay.for_each(|(name, value)| sent.append(name.clone(), value.clone()));
        }
        self.fields.lines().iter().for_each(|(name, value)| sent.append(name.clone(), value.clone()));
        let written = self.received.iter().flat_map(|received| received.edits.written());
        written.for_each(|(name, line)| sent.append(name.clone(), line.value.clone()));
        sent
    }

    /// A reply of plain text.
    #[must_use]
    pub fn text(status: Status, text: impl Into<Bytes>) -> Self {
        let mut reply = Self::new(status, Body::Bytes(text.into()));
        reply.fields.append("Content-Type", "text/plain; charset=utf-8");
        reply
    }

    /// A reply of JSON, followed by a line ending for readers in a terminal.
    #[must_use]
    pub fn json(status: Status, json: String) -> Self {
        let mut reply = Self::new(status, Body::Bytes((json + "\n").into()));
        reply.fields.append("Content-Type", "application/json");
        reply
    }

    /// A refusal: a sentence on the cause, and the RFC section.
    #[must_use]
    pub fn refusal(cause: impl Into<Cause>) -> Self {
        Self::refusal_with(cause, None)
    }

    /// A refusal with a sentence about the details, or about the limit in force. Control characters in
    /// `detail` are escaped here.
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
        // The text can quote the request, so it must not be interpreted as anything but text.
        reply.fields.append("X-Content-Type-Options", "nosniff");
        // RFC 9110 §15.1: caches may store a 404, 405, 414 or 501 by default. A file that is missing now may
        // exist after the next save.
        reply.fields.append("Cache-Control", "no-store");
        reply.refusal = Some(cause);
        reply
    }

    /// Turns this reply into a refusal. Fields that do not describe the content are kept.
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
