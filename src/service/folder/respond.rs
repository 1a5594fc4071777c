//! Responses to requests for files.

use std::{io, ops::Range, time::SystemTime};

use bytes::Bytes;

use crate::{
    http::{Method, Status},
    trace::Refusal,
};

use super::{
    super::{Body, FileBody, Piece, Reply, Request, coding::media_weight},
    Content, Found, Resolution, Selected, disposition,
    listing::{Format, Opened},
    multipart::{self, Boundary},
    path::FolderPath,
    range::{Wanted, wanted},
};

/// The methods that files support.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// Content up to this many bytes is read at once, so that it can be sent in one write with the head.
const READ_AT_ONCE: u64 = 16 * 1024;

/// Makes the reply from the result of a lookup.
#[must_use]
pub(crate) fn respond(found: Found, request: &Request<'_>, now: SystemTime) -> Reply {
    Reply { problem: found.problem, ..answer(found.what, request, now) }
}

fn answer(what: Resolution, request: &Request<'_>, now: SystemTime) -> Reply {
    match (what, request.method()) {
        (Resolution::Refuse(refusal, detail), _) => Reply::refusal_with(refusal, detail.as_deref()),
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
    match opened.list(format) {
        Err(error) => failed(&error),
        Ok(listing) => {
            let mut reply = Reply::new(Status(200), Body::Stream(Box::new(listing)));
            for (name, value) in [
                ("Content-Type", format.media_type()),
                ("Vary", "Accept"),
                ("Cache-Control", "no-cache"),
                // If a name were ever taken for mark-up, it could still do nothing.
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"),
                ("X-Content-Type-Options", "nosniff"),
            ] {
                reply.fields.append(name, value);
            }
            reply
        }
    }
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
    let detail = match error.kind() {
        io::ErrorKind::UnexpectedEof => "It became shorter while it was read.".to_owned(),
        _ => format!("The operating system says: {error}."),
    };
    Reply::refusal_with(Refusal::FileFailed, Some(&detail))
}

/// The bytes `start..end` of the content. `head`: only the length is needed.
fn body(content: &Content, start: u64, end: u64, head: bool) -> io::Result<Body> {
    match piece(content, start..end) {
        Piece::Bytes(bytes) => Ok(Body::Bytes(bytes)),
        Piece::File(file) if file.len > READ_AT_ONCE || head => Ok(Body::File(file)),
        Piece::File(file) => file.read_all().map(Body::Bytes),
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{fs, path::Path};

    use super::{
        super::{Folder, LookupOptions, Site},
        *,
    };
    use crate::service::{
        Clock,
        testing::{Sent, TestClock, content},
    };
    use crate::trace::Refusal;

    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

    fn folder() -> (tempfile::TempDir, Site) {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("a.txt"), ALPHABET).unwrap();
        fs::write(temp.path().join("empty.txt"), "").unwrap();
        fs::create_dir(temp.path().join("dir")).unwrap();
        let site = Site::Folder(Folder::open(temp.path()).unwrap());
        (temp, site)
    }

    fn answer(site: &Site, line: &str, fields: &[&str]) -> Reply {
        let sent = Sent::new(line, fields);
        respond(
            site.find(sent.request().path(), LookupOptions::default()),
            &sent.request(),
            TestClock::new().wall(),
        )
    }

    #[test]
    fn a_file_is_served_with_its_type() {
        let (_temp, site) = folder();
        let reply = answer(&site, "GET /a.txt?../../etc/passwd", &[]);
        assert_eq!(reply.status, Status(200));
        let fields: Vec<_> = reply.fields.iter().collect();
        assert_eq!(fields, [("Content-Type", "text/plain; charset=utf-8"), ("Accept-Ranges", "bytes")]);
        assert!(
            reply.validators.as_ref().is_some_and(|found| found.tag.is_some() && found.modified.is_some())
        );
        assert_eq!(content(&reply), ALPHABET);
        assert_eq!(answer(&site, "GET /empty.txt", &[]).body.len(), Some(0));
        assert_eq!(answer(&site, "HEAD /a.txt", &[]).body.len(), Some(26));
    }

    #[test]
    fn a_part_is_cut_out_of_any_content() {
        let (_temp, site) = folder();
        let reply = answer(&site, "GET /a.txt", &["Range: bytes=20-"]);
        assert_eq!(
            (reply.status, reply.fields.value("Content-Range")),
            (Status(206), Some("bytes 20-25/26"))
        );
        assert_eq!(content(&reply), b"uvwxyz");
        let whole = content(&answer(&Site::Welcome, "GET /glass.png", &[]));
        let reply = answer(&Site::Welcome, "GET /glass.png", &["Range: bytes=-5"]);
        assert_eq!(content(&reply), whole[whole.len() - 5..]);
        let reply = answer(&site, "GET /a.txt", &["Range: bytes=26-"]);
        assert_eq!((reply.status, reply.fields.value("Content-Range")), (Status(416), Some("bytes */26")));
        assert_eq!(reply.fields.value("Accept-Ranges"), None);
    }

    #[test]
    fn several_parts_are_cut_out_of_any_content() {
        let (_temp, site) = folder();
        for (site, target, len) in [(&site, "/a.txt", 26), (&Site::Welcome, "/app.js", 0)] {
            let whole = content(&answer(site, &format!("GET {target}"), &[]));
            let len = if len == 0 { whole.len() } else { len };
            let reply = answer(site, &format!("GET {target}"), &["Range: bytes=4-5,0-1,999999-"]);
            assert_eq!((reply.status, reply.fields.value("Content-Range")), (Status(206), None));
            let media_type = reply.fields.value("Content-Type").unwrap();
            let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
            let own = answer(site, &format!("GET {target}"), &[]);
            let own = own.fields.value("Content-Type").unwrap();
            let part = |first: usize, last: usize| {
                let data = String::from_utf8_lossy(&whole[first..=last]).into_owned();
                format!(
                    "--{boundary}\r\nContent-Type: {own}\r\nContent-Range: bytes {first}-{last}/{len}\r\n\r\n{data}\r\n"
                )
            };
            let expected = format!("{}{}--{boundary}--\r\n", part(4, 5), part(0, 1));
            assert_eq!(String::from_utf8_lossy(&content(&reply)), expected);
            assert_eq!(reply.body.len(), Some(expected.len() as u64));
            assert!(reply.validators.is_some());
        }
    }

    #[test]
    fn a_large_file_is_not_read_here() {
        let (temp, site) = folder();
        let file = fs::File::create(temp.path().join("large.bin")).unwrap();
        file.set_len(5 << 30).unwrap();
        let reply = answer(&site, "GET /large.bin", &[]);
        assert!(matches!(&reply.body, Body::File(FileBody { start: 0, len, .. }) if *len == 5 << 30));
        let reply = answer(&site, "GET /large.bin", &["Range: bytes=4294967296-4294999999"]);
        assert!(matches!(&reply.body, Body::File(FileBody { start: 4_294_967_296, len: 32_704, .. })));
        let reply = answer(&site, "GET /large.bin", &["Range: bytes=5368709119-"]);
        assert_eq!(content(&reply), b"\0");
    }

    #[test]
    fn a_file_that_shrinks_before_it_is_read_is_an_error() {
        let (temp, site) = folder();
        let sent = Sent::new("GET /a.txt", &[]);
        let found = site.find("/a.txt", LookupOptions::default());
        fs::write(temp.path().join("a.txt"), "abc").unwrap();
        let reply = respond(found, &sent.request(), TestClock::new().wall());
        assert_eq!(reply.refusal, Some(Refusal::FileFailed.into()));
        assert!(String::from_utf8_lossy(&content(&reply)).contains("It became shorter while it was read."));
        assert!(reply.validators.is_none());
    }

    #[test]
    fn a_folder_without_its_slash_redirects_and_keeps_the_query() {
        let (temp, site) = folder();
        for (target, location) in [("/dir", "dir/"), ("/dir?x=1", "dir/?x=1"), ("/./dir?", "dir/?")] {
            let reply = answer(&site, &format!("GET {target}"), &[]);
            assert_eq!(
                (reply.status, reply.fields.value("Location")),
                (Status(301), Some(location)),
                "{target}"
            );
        }
        fs::create_dir(temp.path().join("a\r\nb")).unwrap();
        let reply = answer(&site, "GET /a%0d%0ab", &[]);
        assert_eq!(reply.fields.value("Location"), Some("a%0D%0Ab/"));
        fs::create_dir(temp.path().join("evil.example")).unwrap();
        for (target, location) in [
            ("//evil.example", Some("../evil.example")),
            ("//evil.example/..", Some("../")),
            ("/%2fevil.example", None),
            ("/.//evil.example", Some("../evil.example")),
        ] {
            let reply = answer(&site, &format!("GET {target}"), &[]);
            assert_eq!(reply.fields.value("Location"), location, "{target}");
        }
    }

    #[test]
    fn a_file_has_three_methods() {
        let (_temp, site) = folder();
        for target in ["/a.txt", "/dir"] {
            let reply = answer(&site, &format!("OPTIONS {target}"), &[]);
            assert_eq!((reply.status, reply.fields.value("Allow")), (Status(204), Some(ALLOW)), "{target}");
            for method in ["PUT", "POST", "DELETE", "PATCH"] {
                let reply = answer(&site, &format!("{method} {target}"), &[]);
                assert_eq!(reply.refusal, Some(Refusal::MethodNotAllowed.into()), "{method} {target}");
                assert_eq!(reply.fields.value("Allow"), Some(ALLOW));
            }
        }
        for method in ["PUT", "OPTIONS", "GET"] {
            let reply = answer(&site, &format!("{method} /nope"), &[]);
            assert_eq!(reply.refusal, Some(Refusal::NotFound.into()), "{method}");
        }
    }

    #[test]
    fn the_welcome_site_answers_like_a_folder() {
        let folder = Folder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("public")).unwrap();
        let folder = Site::Folder(folder);
        for (line, fields) in [
            ("GET /", &[][..]),
            ("HEAD /style.css", &[]),
            ("GET /app.js", &["Range: bytes=5-9"]),
            ("GET /app.js", &["Range: bytes=-0"]),
            ("GET /nope", &[]),
            ("GET /index.html/", &[]),
            ("GET /../x", &[]),
            ("OPTIONS /favicon.svg", &[]),
            ("PUT /glass.png", &[]),
        ] {
            let (ours, theirs) = (answer(&Site::Welcome, line, fields), answer(&folder, line, fields));
            assert_eq!(ours.status, theirs.status, "{line}");
            assert_eq!(ours.fields, theirs.fields, "{line}");
            assert_eq!(content(&ours), content(&theirs), "{line}");
        }
    }
}
