//! Compression of text, for clients that accept it (RFC 9110 §8.4, §12.5.3).
//!
//! Precompressed files (`style.css.br`, `style.css.gz`) are preferred to compressing on the fly. This
//! middleware belongs inside the `ETag` middleware, which then sees the validators of the coded content.

mod stream;

use std::sync::Arc;

use crate::{
    base::shared_text::SharedText,
    http::Method,
    trace::{Refusal, StepSummary},
    words::{essence, is_text},
};

use super::{
    super::{
        Body, Clock, Coding, Reply, Request,
        coding::{Accepted, Form},
    },
    Descriptor, Middleware, MiddlewareSettings, Readings,
};

use stream::Compressed;

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "compression",
    title: "Compression",
    about: "Sends text compressed to clients that can read it: the .br or .gz file beside it if there is one, \
            or compressed while it is sent. Keep it below ETag and 304.",
    on_by_default: false,
    build: || Box::<Compression>::default(),
};

/// Lower bound on the content to compress, in bytes: shorter content fits into one packet anyway.
const CONTENT_BYTES_MIN: u64 = 1024;
/// Upper bound on the bodies compressed at the same time. Each takes up to about 2 MB while it is sent, and
/// slow clients must not fill the memory. Beyond this, content is sent uncompressed.
const BODIES_MAX: usize = 24;

#[derive(Clone, Debug, Default)]
struct Compression {
    /// Reference counter: one reference for each body being compressed, plus this one.
    running: Arc<()>,
}

impl Middleware for Compression {
    fn handles_requests(&self) -> bool {
        false
    }

    fn on_response(
        &mut self,
        _settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        self.compress(request, reply)
    }

    fn read(&self, _settings: &MiddlewareSettings, _now: u64, readings: &mut Readings) {
        readings.compressing = Arc::strong_count(&self.running) - 1;
    }
}

impl Compression {
    /// Reserves a place for one body, released on drop. `None`: all places are taken.
    fn take(&self) -> Option<Arc<()>> {
        (Arc::strong_count(&self.running) <= BODIES_MAX).then(|| self.running.clone())
    }

    /// Chooses the form of the content, and applies it.
    fn compress(&self, request: Option<&Request<'_>>, reply: &mut Reply) -> StepSummary {
        let siblings = std::mem::take(&mut reply.siblings);
        let Some(request) = request else { return "skipped: no complete request to negotiate with".into() };
        if matches!(reply.status.0, 206 | 304) {
            // Another request might get another form of the content.
            vary(reply);
            return "skipped: partial and 304 responses are not compressed".into();
        }
        if reply.status.forbids_content() || reply.fields.value("Content-Encoding").is_some() {
            return "skipped: nothing to compress".into();
        }
        let on_the_way = is_worth_it(reply);
        let available = |coding| on_the_way || siblings.iter().any(|sibling| sibling.coding == coding);
        if !Coding::ALL.into_iter().any(available) {
            return "skipped: too short, or of a type that does not compress".into();
        }
        vary(reply);
        // RFC 9110 §14.1.2: a range counts the bytes of the selected representation, and clients that ask for
        // ranges mean those of the file.
        if request.method() == Method::Get && request.value("Range").is_some() {
            return "skipped: the request asks for ranges".into();
        }
        let accepted = Accepted::of(request);
        let ready = accepted.best(|coding| siblings.iter().any(|sibling| sibling.coding == coding));
        let best = match ready {
            // It costs nothing, and whoever made it took the time to make it small.
            Some(Form::Coded(_)) => ready,
            _ => accepted.best(available),
        };
        match best {
            // §15.5.7: the client accepts none of the available forms.
            None => {
                let detail = "Accept-Encoding refuses br, gzip and identity; one of them is needed.";
                reply.refuse(Refusal::NotAcceptable, Some(detail));
                "no encoding is acceptable to the client".into()
            }
            Some(Form::Identity) => "skipped: the client prefers it uncompressed".into(),
            Some(Form::Coded(coding)) => {
                if let Some(ready) = siblings.into_iter().find(|sibling| sibling.coding == coding) {
                    reply.body = Body::File(ready.body);
                    reply.validators = Some(ready.validators);
                    code(reply, coding);
                    return format!("sent the ready-made .{} file", coding.extension()).into();
                }
                let Some(place) = self.take() else {
                    return "skipped: too many bodies are being compressed".into();
                };
                let body = std::mem::replace(&mut reply.body, Body::None);
                reply.body = Body::Stream(Box::new(Compressed::new(body, coding, place)));
                code(reply, coding);
                format!("compressed with {}", coding.token()).into()
            }
        }
    }
}

/// Whether the content is worth compressing.
fn is_worth_it(reply: &Reply) -> bool {
    let media_type = reply.fields.value("Content-Type").unwrap_or_default();
    let essence = essence(media_type);
    let compresses = is_text(&essence) || essence == "application/wasm";
    // Pieces that are sent over time would be held back by the compressor.
    let steady = !matches!(reply.body, Body::Timed(_));
    compresses && steady && reply.body.len().is_none_or(|len| len >= CONTENT_BYTES_MIN)
}

/// Sets the fields of coded content.
fn code(reply: &mut Reply, coding: Coding) {
    reply.fields.set("Content-Encoding", coding.token());
    // Ranges of the coded content are not supported.
    reply.fields.remove("Accept-Ranges");
    // RFC 9110 §8.8.1: "Two representations have different validators if they differ in content
    // coding": each form has a tag of its own.
    let own = |tag: &str| match tag.strip_suffix('"') {
        Some(start) => format!("{start}-{}\"", coding.token()),
        None => tag.to_owned(),
    };
    if let Some(tag) = reply.validators.as_mut().and_then(|validators| validators.tag.as_mut()) {
        *tag = own(tag).into();
    }
    // The middleware that sets ETag may be inside this one.
    if let Some(tag) = reply.fields.value("ETag").map(own) {
        reply.fields.set("ETag", tag);
    }
}

/// §12.5.5: "A Vary field containing a list of field names has two purposes: To inform cache
/// recipients that they MUST NOT use this response to satisfy a later request unless the later request
/// has the same values for the listed header fields as the original request".
fn vary(reply: &mut Reply) {
    let value = match reply.fields.value("Vary") {
        Some(names) if names.split(',').any(|name| matches!(name.trim(), "*" | "Accept-Encoding")) => return,
        Some(names) => format!("{names}, Accept-Encoding").into(),
        None => SharedText::from("Accept-Encoding"),
    };
    reply.fields.set("Vary", value);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::http::Status;
    use crate::service::{
        Validators,
        testing::{Sent, content, streamed},
    };

    fn page(len: usize) -> Reply {
        let mut reply = Reply::text(Status(200), "text ".repeat(len / 5 + 1)[..len].to_owned());
        reply.fields.append("Accept-Ranges", "bytes");
        reply.validators = Some(Validators { tag: Some("\"x\"".into()), modified: None });
        reply
    }

    fn after(mut reply: Reply, line: &str, fields: &[&str]) -> Reply {
        Compression::default().compress(Some(&Sent::new(line, fields).request()), &mut reply);
        reply
    }

    fn facts(reply: &Reply) -> (Option<&str>, Option<&str>, Option<&str>) {
        let tag = reply.validators.as_ref().and_then(|validators| validators.tag.as_deref());
        (reply.fields.value("Content-Encoding"), reply.fields.value("Vary"), tag)
    }

    #[test]
    fn each_form_has_its_coding_its_tag_and_the_same_vary() {
        let vary = Some("Accept-Encoding");
        for (accepted, coding, tag) in [
            ("gzip", Some("gzip"), "\"x-gzip\""),
            ("br, gzip", Some("br"), "\"x-br\""),
            ("identity", None, "\"x\""),
            ("", None, "\"x\""),
        ] {
            let accepted = format!("Accept-Encoding: {accepted}");
            for line in ["GET /", "HEAD /"] {
                let reply = after(page(5000), line, &[&accepted]);
                assert_eq!(facts(&reply), (coding, vary, Some(tag)), "{accepted}");
                assert_eq!(reply.fields.value("Accept-Ranges").is_some(), coding.is_none());
            }
        }
        assert_eq!(facts(&after(page(5000), "GET /", &[])), (None, vary, Some("\"x\"")));
    }

    #[test]
    fn what_is_short_or_compressed_already_is_left_alone() {
        let gzip = &["Accept-Encoding: gzip"];
        assert_eq!(facts(&after(page(1023), "GET /", gzip)), (None, None, Some("\"x\"")));
        assert_eq!(facts(&after(page(1024), "GET /", gzip)).0, Some("gzip"));
        let mut picture = page(5000);
        picture.fields.set("Content-Type", "image/png");
        assert_eq!(facts(&after(picture, "GET /", gzip)), (None, None, Some("\"x\"")));
        let mut coded = page(5000);
        coded.fields.set("Content-Encoding", "gzip");
        assert_eq!(content(&after(coded, "GET /", gzip)).len(), 5000);
    }

    #[test]
    fn ranges_and_parts_go_as_they_are() {
        let fields = &["Accept-Encoding: gzip", "Range: bytes=0-4"];
        let reply = after(page(5000), "GET /", fields);
        assert_eq!(facts(&reply), (None, Some("Accept-Encoding"), Some("\"x\"")));
        let mut part = page(5000);
        part.status = Status(206);
        part.fields.append("Vary", "Origin");
        assert_eq!(
            facts(&after(part, "GET /", fields)),
            (None, Some("Origin, Accept-Encoding"), Some("\"x\""))
        );
    }

    #[test]
    fn a_client_that_takes_nothing_is_told_so() {
        let reply = after(page(5000), "GET /", &["Accept-Encoding: *;q=0"]);
        assert_eq!((reply.status, reply.fields.value("Vary")), (Status(406), Some("Accept-Encoding")));
        assert_eq!(after(page(10), "GET /", &["Accept-Encoding: *;q=0"]).status, Status(200));
    }

    #[test]
    fn a_tag_that_is_written_already_changes_too() {
        let mut reply = page(5000);
        reply.fields.append("ETag", "\"x\"");
        let reply = after(reply, "GET /", &["Accept-Encoding: gzip"]);
        assert_eq!(reply.fields.value("ETag"), Some("\"x-gzip\""));
    }

    #[test]
    fn only_so_many_are_compressed_at_once() {
        let compression = Compression::default();
        let sent = Sent::new("GET /", &["Accept-Encoding: gzip"]);
        let mut replies: Vec<_> = (0..BODIES_MAX).map(|_| page(5000)).collect();
        for reply in &mut replies {
            compression.compress(Some(&sent.request()), reply);
            assert_eq!(facts(reply).0, Some("gzip"));
        }
        let mut late = page(5000);
        compression.compress(Some(&sent.request()), &mut late);
        assert_eq!(facts(&late), (None, Some("Accept-Encoding"), Some("\"x\"")));
        drop(replies);
        compression.compress(Some(&sent.request()), &mut late);
        assert_eq!(facts(&late).0, Some("gzip"));
        assert!(streamed(&mut late).unwrap().len() < 1000);
    }
}
