//! `ETag` and 304: identifies the state of a file, and omits content that the client already has (RFC 9110
//! §8.8, §13).

use std::time::SystemTime;

use crate::{
    base::shared_text::SharedText,
    trace::{Refusal, StepSummary},
};

use super::{
    super::{
        Clock, Reply, Request,
        conditional::{Verdict, evaluate},
    },
    Descriptor, Middleware, MiddlewareSettings, Trimmed,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "etag",
    title: "ETag and 304",
    about: "Gives files an ETag and a Cache-Control value, and answers 304 where the client's copy is still \
            good.",
    on_by_default: true,
    build: || Box::<Etag>::default(),
};

/// The default Cache-Control value of files.
pub(super) const CACHE_CONTROL: &str = "no-cache";

#[derive(Clone, Debug, Default)]
struct Etag {
    cache_control: Trimmed,
    dates: Dates,
}

/// The latest dates that were written, by second.
#[derive(Clone, Debug, Default)]
struct Dates([Option<(SystemTime, SharedText)>; 16]);

impl Dates {
    /// A date as a field has it.
    fn written(&mut self, date: SystemTime) -> SharedText {
        let seconds = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let place = &mut self.0[usize::try_from(seconds).unwrap_or_default() % 16];
        match place {
            Some((known, text)) if *known == date => text.clone(),
            _ => place.insert((date, httpdate::fmt_http_date(date).into())).1.clone(),
        }
    }
}

impl Middleware for Etag {
    fn handles_requests(&self) -> bool {
        false
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> StepSummary {
        validate(
            self.cache_control.of(&settings.cache_control),
            &mut self.dates,
            request,
            reply,
            clock.wall(),
        )
    }
}

/// Adds validators and evaluates the preconditions of the request. `cache_control`: the Cache-Control value
/// of files; empty: no field.
fn validate(
    cache_control: &SharedText,
    dates: &mut Dates,
    request: Option<&Request<'_>>,
    reply: &mut Reply,
    now: SystemTime,
) -> StepSummary {
    // A range that cannot be satisfied is not a failure yet: Range comes after the preconditions (§13.2.2),
    // and without Range the answer would be the file.
    let succeeded = (reply.status.class() == 2 && reply.refusal.is_none())
        || reply.refusal == Some(Refusal::RangeNotSatisfiable.into());
    let Some(request) = request.filter(|_| succeeded) else {
        return "skipped: only successful responses get an ETag".into();
    };
    let found = reply.validators.take();
    let tagged = found.is_some();
    let validators = found.unwrap_or_default();
    let modified = validators.last_modified(now);
    let verdict = evaluate(request, &validators, modified, now);
    match verdict {
        Verdict::Failed(field) => {
            let detail = format!("{field} does not hold for the current state.");
            reply.refuse(Refusal::PreconditionFailed, Some(&detail));
            return format!("{field} does not hold").into();
        }
        Verdict::NotModified(_) => reply.not_modified(),
        Verdict::None | Verdict::Holds(_) => {}
    }
    // §15.4.5: a 304 "MUST generate any of the following header fields that would have been sent in a
    // 200 (OK) response to the same request": ETag and Cache-Control are among them.
    if reply.refusal.is_none() {
        if let Some(tag) = &validators.tag {
            reply.fields.set("ETag", tag.clone());
        }
        // With a tag, a 304 needs no date.
        if let Some(modified) = modified.filter(|_| reply.status.0 != 304 || validators.tag.is_none()) {
            reply.fields.set("Last-Modified", dates.written(modified));
        }
        if tagged && !cache_control.is_empty() {
            reply.fields.set("Cache-Control", cache_control.clone());
        }
    }
    match verdict {
        Verdict::NotModified(field) => format!("not modified according to {field}").into(),
        Verdict::Holds(field) => format!("{field} holds").into(),
        _ if tagged => "validators added".into(),
        _ => "skipped: made for this request, so there is no state to tag".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::http::Status;
    use crate::service::{
        Body, Clock, Validators,
        testing::{Sent, TestClock, text},
    };

    const DATE: &str = "Tue, 02 Jan 2024 03:04:05 GMT";

    fn file() -> Reply {
        let mut reply = Reply::text(Status(200), "content");
        reply.fields.append("Accept-Ranges", "bytes");
        reply.fields.append("Server", "byteglass");
        let modified = Some(UNIX_EPOCH + Duration::from_secs(1_704_164_645));
        reply.validators = Some(Validators { tag: Some("\"now\"".into()), modified });
        reply
    }

    fn after(mut reply: Reply, line: &str, fields: &[&str]) -> Reply {
        validate(
            &"no-cache".into(),
            &mut Dates::default(),
            Some(&Sent::new(line, fields).request()),
            &mut reply,
            TestClock::new().wall(),
        );
        reply
    }

    fn names(reply: &Reply) -> Vec<&str> {
        reply.fields.iter().map(|line| line.0).collect()
    }

    #[test]
    fn a_file_gets_its_validators() {
        let reply = after(file(), "GET /", &[]);
        assert_eq!(reply.fields.value("ETag"), Some("\"now\""));
        assert_eq!(reply.fields.value("Last-Modified"), Some(DATE));
        assert_eq!(reply.fields.value("Cache-Control"), Some("no-cache"));
        assert_eq!(text(&reply), "content");
    }

    #[test]
    fn a_304_has_the_fields_that_it_must_and_no_content() {
        for line in ["GET /", "HEAD /"] {
            let reply = after(file(), line, &["If-None-Match: \"now\""]);
            assert_eq!(reply.status, Status(304));
            assert!(matches!(reply.body, Body::None));
            assert_eq!(names(&reply), ["Server", "ETag", "Cache-Control"]);
        }
        let mut untagged = file();
        untagged.validators = Some(Validators { tag: None, ..untagged.validators.unwrap_or_default() });
        let reply = after(untagged, "GET /", &[&format!("If-Modified-Since: {DATE}")]);
        assert_eq!((reply.status, reply.fields.value("Last-Modified")), (Status(304), Some(DATE)));
    }

    #[test]
    fn a_precondition_that_does_not_hold_is_refused() {
        let reply = after(file(), "GET /", &["If-Match: \"other\""]);
        assert_eq!(reply.refusal, Some(Refusal::PreconditionFailed.into()));
        assert_eq!(reply.fields.value("ETag"), None);
        assert!(text(&reply).contains("If-Match does not hold for the current state."), "{}", text(&reply));
    }

    /// RFC 9110 §13.2.2: Range is step 5, after all preconditions.
    #[test]
    fn preconditions_go_before_ranges() {
        let part = || {
            let mut reply = file();
            reply.status = Status(206);
            reply.fields.append("Content-Range", "bytes 0-6/99");
            reply
        };
        let none = || {
            let mut reply = Reply::refusal(Refusal::RangeNotSatisfiable);
            reply.validators = file().validators;
            reply
        };
        for reply in [part(), none()] {
            let reply = after(reply, "GET /", &["If-None-Match: \"now\""]);
            assert_eq!((reply.status, reply.refusal), (Status(304), None));
            assert_eq!(reply.fields.value("Content-Range"), None);
            assert_eq!(reply.fields.value("Cache-Control"), Some("no-cache"));
        }
        for reply in [part(), none()] {
            assert_eq!(after(reply, "GET /", &["If-Match: \"x\""]).status, Status(412));
        }
        assert_eq!(after(part(), "GET /", &[]).fields.value("ETag"), Some("\"now\""));
        let reply = after(none(), "GET /", &[]);
        assert_eq!((reply.status, reply.fields.value("ETag")), (Status(416), None));
    }

    /// RFC 9110 §13.2.1.
    #[test]
    fn preconditions_do_not_apply_to_what_is_no_success() {
        for reply in [Reply::refusal(Refusal::NotFound), Reply::text(Status(301), "")] {
            let status = reply.status;
            assert_eq!(after(reply, "GET /", &["If-None-Match: *", "If-Match: \"x\""]).status, status);
        }
    }

    #[test]
    fn what_is_made_for_one_request_has_a_state_but_no_tag() {
        let reply = after(Reply::text(Status(200), "x"), "GET /", &[]);
        assert_eq!(names(&reply), ["Content-Type"]);
        assert_eq!(after(Reply::text(Status(200), "x"), "GET /", &["If-Match: \"x\""]).status, Status(412));
        assert_eq!(
            after(Reply::text(Status(200), "x"), "GET /", &["If-None-Match: \"x\""]).status,
            Status(200)
        );
    }

    #[test]
    fn a_file_from_the_future_is_not_dated_later_than_the_response() {
        let mut reply = file();
        let future = TestClock::new().wall() + Duration::from_hours(1);
        reply.validators = Some(Validators { tag: Some("\"now\"".into()), modified: Some(future) });
        let reply = after(reply, "GET /", &[]);
        assert_eq!(reply.fields.value("Last-Modified"), Some("Sat, 21 Nov 2026 00:00:00 GMT"));
    }
}
