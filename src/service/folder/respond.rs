//! The answer to a request for a file.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;

use crate::http::{Method, Rule, Status};

use super::{
    super::{Body, FileBody, Reply, Request},
    Content, Found, Selected, What,
    range::{Wanted, wanted},
};

/// The methods that a file has.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// Up to so many bytes are read at once, so that they can leave in one write with the head.
const READ_AT_ONCE: u64 = 16 * 1024;

/// Answers with what was found.
#[must_use]
pub fn respond(found: Found, request: &Request<'_>, now: SystemTime) -> Reply {
    match (found.what, request.method()) {
        (What::Refuse(rule, detail), _) => Reply::refusal_with(rule, detail.as_deref()),
        (_, Method::Options) => {
            let mut reply = Reply::new(Status(204), Body::None);
            reply.fields.append("Allow", ALLOW);
            reply
        }
        (What::AddSlash(path), Method::Get | Method::Head) => redirect(path, request.query()),
        (What::Serve(selected), Method::Get | Method::Head) => serve(selected, request, now),
        _ => {
            let mut reply = Reply::refusal(Rule::MethodNotAllowed);
            reply.fields.append("Allow", ALLOW);
            reply
        }
    }
}

/// Sends the client to the folder's own path, without which the relative links of its page would
/// lead to the wrong place.
fn redirect(mut location: String, query: Option<&str>) -> Reply {
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    let mut reply = Reply::text(Status(301), "This is a folder: its path ends with a slash.\n");
    reply.fields.append("Location", location);
    // A browser would remember it for ever, also after the folder has become a file.
    reply.fields.append("Cache-Control", "no-cache");
    reply
}

/// Serves a file, or the part of it that is asked for.
///
/// RFC 9110 §13.2.2 evaluates preconditions before Range. They are the ETag middleware's work, on the
/// way up: where one decides, it puts its own answer in the place of this one, whichever part of the
/// file this one has. The result is the same, and without that middleware ranges still work.
fn serve(selected: Selected, request: &Request<'_>, now: SystemTime) -> Reply {
    let Selected { content, media_type, validators } = selected;
    let len = content.len();
    let head = request.method() == Method::Head;
    let mut reply = match wanted(request, &validators, len, now) {
        Wanted::Whole => body(content, 0, len, head).map(|body| Reply::new(Status(200), body)),
        Wanted::Part { start, end } => body(content, start, end, head).map(|body| {
            let mut reply = Reply::new(Status(206), body);
            reply.fields.append("Content-Range", format!("bytes {start}-{}/{len}", end - 1));
            reply
        }),
        Wanted::Nothing => {
            let detail = format!("The file has {len} bytes.");
            let mut reply = Reply::refusal_with(Rule::RangeNotSatisfiable, Some(&detail));
            reply.fields.append("Content-Range", format!("bytes */{len}"));
            reply.validators = Some(validators);
            return reply;
        }
    }
    .unwrap_or_else(|error| {
        let detail = match error.kind() {
            io::ErrorKind::UnexpectedEof => "It became shorter while it was read.".to_owned(),
            _ => format!("The operating system says: {error}."),
        };
        Reply::refusal_with(Rule::FileFailed, Some(&detail))
    });
    if reply.rule.is_none() {
        reply.fields.append("Content-Type", media_type);
        reply.fields.append("Accept-Ranges", "bytes");
        reply.validators = Some(validators);
    }
    reply
}

/// The bytes `start..end` of the content. `head`: their number is enough.
fn body(content: Content, start: u64, end: u64, head: bool) -> io::Result<Body> {
    let len = end - start;
    match content {
        Content::Embedded(bytes) => {
            let place = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            Ok(Body::Bytes(Bytes::from_static(&bytes[place(start)..place(end)])))
        }
        Content::Opened(file, _) if len > READ_AT_ONCE || head => {
            Ok(Body::File(FileBody { file, start, len }))
        }
        Content::Opened(file, _) => read(&file, start, len).map(Body::Bytes),
    }
}

fn read(file: &Arc<File>, start: u64, len: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    let mut file = &**file;
    if start > 0 {
        file.seek(SeekFrom::Start(start))?;
    }
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}
