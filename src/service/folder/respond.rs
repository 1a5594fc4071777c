//! Responses to requests for files.

use std::{io, ops::Range, time::SystemTime};

use bytes::Bytes;

use crate::{
    http::{Method, Status},
    trace::Refusal,
};

use super::{
    super::{Body, FileBody, Piece, Reach, Reply, Request, coding::media_weight},
    Content, Found, Resolution, Selected, disposition,
    listing::{Format, Opened},
    multipart::{self, Boundary},
    path::FolderPath,
    range::{Wanted, wanted},
};

/// The methods that files support.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// Content up to this many bytes is read at once, so that it can be sent in one write with the head.
pub(super) const READ_AT_ONCE: u64 = 16 * 1024;

/// Makes the reply from the result of a lookup.
#[must_use]
pub(crate) fn respond(found: Found, request: &Request<'_>, now: SystemTime) -> Reply {
    Reply { problem: found.problem, ..answer(found.what, request, now) }
}

fn answer(what: Resolution, request: &Request<'_>, now: SystemTime) -> Reply {
    match (what, request.method()) {
        (Resolution::Refuse(refusal, detail), _) => Reply::refusal_with(refusal, detail.as_deref()),
        (Resolution::Wait, _) => Reply::refusal(Refusal::DiskTimeout),
        (_, Method::Options) => {
            let mut reply = Reply::new(Status(204), Body::None);
            reply.fields.append("Allow", ALLOW);
            reply
        }
        (Resolution::Redirect(location, why), Method::Get | Method::Head) => {
            redirect(location, why, request.query())
        }
        (Resolution::Serve(selected), Method::Get | Method::Head) => {
            let mut reply = serve(selected, request, now);
            if reply.refusal.is_none() && request.query() == Some("download") {
                reply.fields.append("Content-Disposition", attachment(request.path()));
            }
            reply
        }
        (Resolution::List(opened), Method::Get | Method::Head) => list(opened, request),
        (Resolution::Fallback(selected), _) => {
            let mut reply = serve(selected, request, now);
            // A program that does not ask for a page gets a 404.
            reply.fields.append("Vary", "Accept");
            reply
        }
        (Resolution::Missing(selected), method) => missing(selected, method),
        _ => {
            let mut reply = Reply::refusal(Refusal::MethodNotAllowed);
            reply.fields.append("Allow", ALLOW);
            reply
        }
    }
}

/// Redirects to the path that a folder or a file goes by; at another one, relative links on the page would be
/// resolved wrongly.
fn redirect(mut location: String, why: &str, query: Option<&str>) -> Reply {
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    let mut reply = Reply::text(Status(301), format!("{why}\n"));
    reply.fields.append("Location", location);
    // Otherwise a browser would remember the redirect for ever, even after the folder has become a file.
    reply.fields.append("Cache-Control", "no-cache");
    reply
}

/// Serves a file, or the requested part of it.
///
/// RFC 9110 §13.2.2 evaluates preconditions before Range. Preconditions are handled by the `ETag` middleware
/// on the response: if one decides, its answer replaces this reply, whichever part of the file it has. The
/// result is equivalent, and without that middleware ranges still work.
fn serve(selected: Selected, request: &Request<'_>, now: SystemTime) -> Reply {
    let Selected { content, mut media_type, is_gzip, validators, siblings } = selected;
    let len = content.len();
    let head = request.method() == Method::Head;
    let mut reply = match wanted(request, &validators, len, now) {
        Wanted::Whole => body(&content, 0, len, head).map(|body| Reply::new(Status(200), body)),
        Wanted::Part { start, end } => body(&content, start, end, head).map(|body| {
            let mut reply = Reply::new(Status(206), body);
            reply.fields.append("Content-Range", format!("bytes {start}-{}/{len}", end - 1));
            reply
        }),
        Wanted::Parts(ranges) => {
            let boundary = Boundary::new();
            let parts = ranges.into_iter().map(|range| (range.clone(), piece(&content, range))).collect();
            let pieces = multipart::body(&boundary, parts, &media_type, len);
            media_type = boundary.media_type().into();
            Ok(Reply::new(Status(206), Body::Pieces(pieces)))
        }
        Wanted::Nothing => {
            let detail = format!("The file has {len} bytes.");
            let mut reply = Reply::refusal_with(Refusal::RangeNotSatisfiable, Some(&detail));
            reply.fields.append("Content-Range", format!("bytes */{len}"));
            reply.validators = Some(validators);
            return reply;
        }
    }
    .unwrap_or_else(|error| failed(&error));
    if reply.refusal.is_none() {
        reply.fields.append("Content-Type", media_type);
        reply.fields.append("Accept-Ranges", "bytes");
        if is_gzip {
            reply.fields.append("Content-Encoding", "gzip");
        }
        reply.validators = Some(validators);
        reply.siblings = siblings;
    }
    reply
}

/// Lists a folder. The listing can change at any moment, so it has no validators.
fn list(opened: Opened, request: &Request<'_>) -> Reply {
    let wants_json = media_weight(request, "application", "json") > media_weight(request, "text", "html");
    let format = if wants_json { Format::Json } else { Format::Html };
    let mut reply = Reply::new(Status(200), Body::Stream(Box::new(opened.list(format, &search(request)))));
    for (name, value) in [
        ("Content-Type", format.media_type()),
        ("Vary", "Accept"),
        ("Cache-Control", "no-cache"),
        // If a name were ever taken for mark-up, it could still do nothing.
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'",
        ),
        ("X-Content-Type-Options", "nosniff"),
    ] {
        reply.fields.append(name, value);
    }
    reply
}

/// What the names of a listing are to hold: the value of `search` in the query.
fn search(request: &Request<'_>) -> String {
    let query = request.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "search").map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The folder's own 404 page: always the whole page, and never stored by caches.
fn missing(selected: Selected, method: Method) -> Reply {
    let len = selected.content.len();
    match body(&selected.content, 0, len, method == Method::Head) {
        Err(error) => failed(&error),
        Ok(body) => {
            let mut reply = Reply::new(Refusal::NotFound.facts().status, body);
            reply.fields.append("Content-Type", selected.media_type);
            reply.fields.append("Cache-Control", "no-store");
            reply.refusal = Some(Refusal::NotFound.into());
            reply.siblings = selected.siblings;
            reply
        }
    }
}

/// Content-Disposition with the last name of the path.
fn attachment(path: &str) -> String {
    let path = FolderPath::of(path).ok().filter(|path| !path.slash);
    disposition::attachment(path.as_ref().and_then(FolderPath::name).unwrap_or(b"index.html"))
}

fn failed(error: &io::Error) -> Reply {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Reply::refusal(Refusal::FileDenied);
    }
    Reply::refusal_with(Refusal::FileFailed, Some(&failure(error)))
}

/// What went wrong while a file was read, in a sentence.
pub(super) fn failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "It became shorter while it was read.".to_owned(),
        _ => format!("The operating system says: {error}."),
    }
}

/// The bytes `start..end` of the content. `head`: only the length is needed.
fn body(content: &Content, start: u64, end: u64, head: bool) -> io::Result<Body> {
    match piece(content, start..end) {
        Piece::Bytes(bytes) => Ok(Body::Bytes(bytes)),
        Piece::File(file) if file.len > READ_AT_ONCE || head => Ok(Body::File(file)),
        Piece::File(file) => {
            let all = FileBody { file: file.file.clone(), ..file };
            match all.read_all(Reach::Cache) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Body::File(file)),
                read => read.map(Body::Bytes),
            }
        }
    }
}

fn piece(content: &Content, range: Range<u64>) -> Piece {
    match content {
        Content::Embedded(bytes) => {
            let place = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            Piece::Bytes(Bytes::from_static(&bytes[place(range.start)..place(range.end)]))
        }
        Content::Held(bytes) => {
            let place = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let part = &bytes[place(range.start)..place(range.end)];
            // A slice would keep the whole file in memory for as long as it is in use.
            Piece::Bytes(if part.len() < bytes.len() { Bytes::copy_from_slice(part) } else { bytes.clone() })
        }
        Content::Opened(file, _) => {
            Piece::File(FileBody { file: file.clone(), start: range.start, len: range.end - range.start })
        }
    }
}

#[cfg(test)]
mod tests;
