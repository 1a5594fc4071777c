//! Sentences that depend on more than one part of a message.

use crate::{
    http::{Framing, Status},
    store::model::Detail,
    trace::Stage,
    words::{count, plural},
};

use crate::explain::facts::content::MediaType;

/// The end that a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// The client: a request.
    Client,
    /// This program, which answers the client.
    Server,
    /// This program, which asks a backend.
    Gateway,
    /// A backend: a response.
    Backend,
}

impl Sender {
    /// Whether the message is a request.
    const fn asks(self) -> bool {
        matches!(self, Self::Client | Self::Gateway)
    }
}

/// The meaning of a method, and its clause.
pub(super) fn method(token: &str) -> (String, &'static str) {
    let (sentence, section) = match token {
        "GET" => ("Asks for the resource. GET changes nothing and may be repeated.", "RFC 9110 §9.3.1"),
        "HEAD" => (
            "Asks for what GET would return, without the body: the fields alone give its size and version.",
            "RFC 9110 §9.3.2",
        ),
        "POST" => {
            ("Process the body. Not idempotent: sending it twice may take effect twice.", "RFC 9110 §9.3.3")
        }
        "PUT" => (
            "Replaces the resource with the body. Idempotent: sending it twice has the effect of sending it once.",
            "RFC 9110 §9.3.4",
        ),
        "DELETE" => (
            "Removes the resource. Idempotent: sending it twice has the effect of sending it once.",
            "RFC 9110 §9.3.5",
        ),
        "CONNECT" => ("Asks a proxy for a tunnel to another host.", "RFC 9110 §9.3.6"),
        "OPTIONS" => (
            "Asks which methods the resource supports. Browsers send it as a CORS preflight.",
            "RFC 9110 §9.3.7",
        ),
        "TRACE" => (
            "Asks for the request to be sent back as it arrived, which shows what proxies changed.",
            "RFC 9110 §9.3.8",
        ),
        "PATCH" => ("Changes the resource as the body describes.", "RFC 5789 §2"),
        _ => ("The method is not known here. Methods are case-sensitive: get is not GET.", "RFC 9110 §9.1"),
    };
    (sentence.to_owned(), section)
}

/// The meaning of a target.
pub(super) fn target(target: &str) -> String {
    match target {
        "*" => "The server as a whole rather than one resource (asterisk-form).".to_owned(),
        target if target.starts_with('/') => {
            "The resource, as path and query (origin-form). The host is in the Host field.".to_owned()
        }
        target if target.contains("://") => {
            "The resource, as a complete URI (absolute-form), the form that proxies are sent. Its host overrides the Host field.".to_owned()
        }
        _ => "The host and port to connect to (authority-form).".to_owned(),
    }
}

/// The meaning of a version.
pub(super) fn version(version: &str, sender: Sender) -> String {
    match (version, sender) {
        ("HTTP/1.0", Sender::Client) => {
            "The client speaks HTTP/1.0: it does not understand chunked, and the connection ends after the response unless Connection: keep-alive asks to keep it open.".to_owned()
        }
        (_, Sender::Client) => "The client speaks this version. In HTTP/1.1 the connection stays open for the next request unless one side sends Connection: close.".to_owned(),
        ("HTTP/1.0", Sender::Server) => "The server speaks HTTP/1.0: the connection ends after the response unless both sides ask to keep it open.".to_owned(),
        (_, Sender::Server) => "The version that the server speaks, to HTTP/1.0 clients too.".to_owned(),
        (_, Sender::Gateway) => "The version in which byteglass asks a backend, whatever the client speaks: a gateway sends its own version.".to_owned(),
        ("HTTP/1.0", Sender::Backend) => "The backend speaks HTTP/1.0: its connection ends after the response unless both sides ask to keep it open.".to_owned(),
        (_, Sender::Backend) => "The backend speaks this version. Its connection stays open for the next request unless one side sends Connection: close.".to_owned(),
    }
}

/// The meaning of a status code.
pub(super) fn status(digits: &str) -> String {
    let Ok(code) = digits.parse() else { return "Not a status code.".to_owned() };
    let specific = match code {
        100 => "The server accepts the head: the client may send the body.",
        101 => "The connection switches to another protocol.",
        200 => "Success. The body, if there is one, is the result.",
        201 => "Success: a new resource was created.",
        202 => "The request was accepted and will be processed later.",
        204 => "Success, with no body.",
        206 => "The body holds the part, or the parts, that Range asks for.",
        301 => "Permanently at another URL; see Location.",
        302 | 307 => "Temporarily at another URL; see Location.",
        303 => "The answer is at another URL: request it with GET from Location.",
        304 => "The client's copy is still current, so no body is sent.",
        308 => "Permanently at another URL, to be requested with the same method; see Location.",
        400 => "The server cannot understand the request.",
        401 => "The client must authenticate.",
        403 => "The server understands the request and refuses it.",
        404 => "Nothing exists at this path.",
        405 => "The path exists but does not support this method; Allow lists the methods that it supports.",
        408 => "The request did not arrive in time.",
        412 => "A precondition in the request is not met.",
        413 => "The body is larger than the server accepts.",
        414 => "The target is longer than the server accepts.",
        416 => "No byte of the resource lies in the requested range.",
        417 => "The server cannot meet what Expect asks for.",
        421 => "The server does not serve the host named in the request.",
        429 => "Too many requests in a short time; Retry-After says when to try again.",
        431 => "The header fields are larger than the server accepts.",
        500 => "The server failed unexpectedly.",
        501 => "The server does not implement what the request asks for.",
        502 => "The server asked another server and got no valid answer.",
        503 => "The server cannot answer at the moment.",
        504 => "The server asked another server, which did not answer in time.",
        505 => "The server does not support this version of HTTP.",
        _ => "",
    };
    let class = match Status(code).class() {
        1 => "1xx: an interim response; the final one follows.",
        2 => "2xx: success.",
        3 => "3xx: the client has to take another step.",
        4 => "4xx: the request is at fault.",
        _ => "5xx: the server is at fault.",
    };
    if specific.is_empty() { class.to_owned() } else { format!("{specific} {class}") }
}

/// The framing of the request body. `then`: what follows the request on its connection.
pub(super) fn request_framing(framing: Option<Framing>, then: &str) -> String {
    match framing {
        None => "The head is incomplete or invalid, so how the body ends is not decided.".to_owned(),
        Some(Framing::None | Framing::UntilClose) => {
            format!(
                "No Content-Length and no Transfer-Encoding, so there is no body: this message ends with the empty line, {then}."
            )
        }
        Some(Framing::Length(length)) => {
            let bytes = plural(length, "byte");
            format!("The body is exactly {bytes}. This message ends {bytes} after the empty line, {then}.")
        }
        Some(Framing::Chunked) => {
            format!(
                "The body comes in chunks, each preceded by its size. The chunk of size 0 and an empty line end this message, {then}."
            )
        }
    }
}

/// A body of which fewer bytes came than its length says. `ended`: no more of them comes.
pub(super) fn shortfall(length: u64, came: u64, sender: Sender, ended: bool) -> String {
    let verb = match sender {
        Sender::Client | Sender::Backend => "arrived",
        Sender::Server | Sender::Gateway => "were sent",
    };
    let announced = plural(length, "byte");
    match (ended, came) {
        (true, 0) => {
            format!("The body was to be exactly {announced}. None {verb}, so the message is not complete.")
        }
        (true, came) => format!(
            "The body was to be exactly {announced}. Only {} {verb}, so the message is not complete.",
            count(came)
        ),
        (false, came) => format!("The body will be exactly {announced}. {} {verb} so far.", count(came)),
    }
}

/// What follows the request on the connection.
pub(super) fn next(detail: &Detail) -> String {
    let next = detail.exchange.number + 1;
    let kept = detail.exchange.stages.iter().find_map(|(_, stage)| match stage {
        Stage::ResponseSent { keep_alive, .. } => Some(*keep_alive),
        _ => None,
    });
    if kept == Some(false) {
        "and nothing more is read on this connection".to_owned()
    } else {
        format!("and the next byte starts request {next}")
    }
}

/// The framing of the response body. `to_head`: the response is one to HEAD.
pub(super) fn response_framing(framing: Option<Framing>, status: Option<Status>, to_head: bool) -> String {
    match framing {
        None => "The head is not complete.".to_owned(),
        Some(Framing::None) if to_head => {
            "A response to HEAD has no body, whatever its fields say: they describe what GET would return.".to_owned()
        }
        Some(Framing::None) if status.is_some_and(Status::forbids_content) => {
            "A response with this status has no body and ends with the empty line.".to_owned()
        }
        Some(Framing::None) => "There is no body: the response ends with the empty line.".to_owned(),
        Some(Framing::Length(length)) => {
            let bytes = plural(length, "byte");
            format!("The body is exactly {bytes}: the response ends {bytes} after the empty line.")
        }
        Some(Framing::Chunked) => "The length was not known in advance, so the body comes in chunks, each preceded by its size. The chunk of size 0 ends it.".to_owned(),
        Some(Framing::UntilClose) => "No Content-Length and not chunked, so the body runs until the connection closes (HTTP/1.0 style).".to_owned(),
    }
}

/// The meaning of a framing or connection field whose sentence depends on its value, and its clause. `None`:
/// another field.
pub(super) fn framing_field(
    name: &str,
    value: &str,
    next: &str,
    sender: Sender,
) -> Option<(String, &'static str)> {
    let lower = value.to_ascii_lowercase();
    match name.to_ascii_lowercase().as_str() {
        "content-length" => {
            let length: u64 = value.parse().ok()?;
            let bytes = plural(length, "byte");
            let sentence = match (length, sender.asks()) {
                (0, _) => "The body is empty: this message ends with the empty line.".to_owned(),
                (_, false) => format!("The body is exactly {bytes}. The response ends {bytes} after the empty line (a response to HEAD and a 304 have no body all the same)."),
                (_, true) => {
                    format!("The body is exactly {bytes}. This message ends {bytes} after the empty line, {next}.")
                }
            };
            Some((sentence, "RFC 9112 §6.2"))
        }
        "transfer-encoding" if lower == "chunked" => Some((
            "The body comes in chunks, each preceded by its size in hexadecimal; a chunk of size 0 ends it. The length need not be known in advance.".to_owned(),
            "RFC 9112 §7.1",
        )),
        "connection" => {
            let option = |wanted: &str| lower.split(',').any(|option| option.trim() == wanted);
            let sentence = if option("close") {
                "The connection ends after this response."
            } else if option("upgrade") {
                "The Upgrade field applies to this connection only."
            } else if option("keep-alive") {
                "The connection is to stay open. HTTP/1.1 keeps it open anyway; HTTP/1.0 clients need this option."
            } else {
                return None;
            };
            Some((sentence.to_owned(), "RFC 9112 §9.3"))
        }
        _ => None,
    }
}

/// A short name for a media type: `JSON`, `HTML`, `PNG image`.
pub(super) fn media_name(media_type: &MediaType) -> &str {
    match media_type.essence() {
        "application/json" => "JSON",
        "text/html" => "HTML",
        "text/css" => "CSS",
        "text/javascript" | "application/javascript" => "JavaScript",
        "text/plain" => "text",
        "application/xml" | "text/xml" => "XML",
        "application/x-www-form-urlencoded" => "form",
        "multipart/form-data" => "multipart form",
        "image/png" => "PNG image",
        "image/jpeg" => "JPEG image",
        "image/svg+xml" => "SVG image",
        "image/gif" => "GIF image",
        "application/octet-stream" => "bytes",
        other => other,
    }
}

/// The kind of the body.
pub(super) fn body(media_type: Option<&str>, sender: Sender) -> String {
    let from = match sender {
        Sender::Client => "What the client sends",
        Sender::Server => "What the server sends",
        Sender::Gateway => "What is sent on to the backend",
        Sender::Backend => "What the backend sends",
    };
    match media_type {
        Some(media_type) => {
            format!("{from}, after the empty line. Content-Type gives its media type: {media_type}.")
        }
        None => {
            format!(
                "{from}, after the empty line. Without Content-Type the receiver has to know its media type."
            )
        }
    }
}
