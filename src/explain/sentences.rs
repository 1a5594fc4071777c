//! Sentences that depend on more than one part of a message.

use crate::{
    base::stream::Direction,
    http::{Framing, Status},
    store::model::Detail,
    trace::Stage,
    words::plural,
};

use super::facts::content::MediaType;

/// What a method asks for, and its clause.
pub fn method(token: &str) -> (String, &'static str) {
    let (sentence, section) = match token {
        "GET" => ("Send me the resource. GET changes nothing and may be repeated.", "RFC 9110 §9.3.1"),
        "HEAD" => (
            "Send me what GET would send, without the body: the fields alone tell its size and version.",
            "RFC 9110 §9.3.2",
        ),
        "POST" => {
            ("Do something with the body that I send. Doing it twice may do it twice.", "RFC 9110 §9.3.3")
        }
        "PUT" => (
            "Put the body in the place of the resource. Doing it twice is the same as once.",
            "RFC 9110 §9.3.4",
        ),
        "DELETE" => ("Remove the resource. Doing it twice is the same as once.", "RFC 9110 §9.3.5"),
        "CONNECT" => ("Make a tunnel to another host. That is for proxies.", "RFC 9110 §9.3.6"),
        "OPTIONS" => (
            "Say what can be done with the resource. Browsers ask this before a cross-origin request.",
            "RFC 9110 §9.3.7",
        ),
        "TRACE" => ("Send back what arrived, to see what proxies changed.", "RFC 9110 §9.3.8"),
        "PATCH" => ("Change the resource as the body says.", "RFC 5789 §2"),
        _ => (
            "A method that this server does not know. Methods are case-sensitive: get is not GET.",
            "RFC 9110 §9.1",
        ),
    };
    (sentence.to_owned(), section)
}

/// What a target means.
pub fn target(target: &str) -> String {
    match target {
        "*" => "The server as a whole, not one resource (asterisk-form).".to_owned(),
        target if target.starts_with('/') => {
            "Which resource, as path and query (origin-form). The host is in the Host field.".to_owned()
        }
        target if target.contains("://") => {
            "Which resource, as a whole URI (absolute-form), as one asks a proxy. Its host goes before the Host field.".to_owned()
        }
        _ => "The host and port to connect to (authority-form).".to_owned(),
    }
}

/// What a version means.
pub fn version(version: &str, direction: Direction) -> String {
    match (version, direction) {
        ("HTTP/1.0", Direction::Received) => {
            "The client speaks HTTP/1.0: the connection ends after the response unless Connection: keep-alive asks to keep it, and chunked is not understood.".to_owned()
        }
        (_, Direction::Received) => "The client speaks this version. In HTTP/1.1 the connection stays open for the next request, unless one side says close.".to_owned(),
        ("HTTP/1.0", Direction::Sent) => "The server speaks HTTP/1.0: the connection ends after the response unless both sides ask to keep it.".to_owned(),
        (_, Direction::Sent) => "The version that the server speaks, also to clients of HTTP/1.0.".to_owned(),
    }
}

/// What a status code means.
pub fn status(digits: &str) -> String {
    let Ok(code) = digits.parse() else { return "Not a status code.".to_owned() };
    let specific = match code {
        100 => "The head is accepted: the client may send the body.",
        101 => "The connection changes to another protocol.",
        200 => "It worked. The body, if there is one, is the result.",
        201 => "It worked, and something new was made.",
        202 => "It was taken in, and will be done later.",
        204 => "It worked, and there is no body to send.",
        206 => "The body is the part, or the parts, that Range asks for.",
        301 => "It has moved for good: see Location.",
        302 | 307 => "It is elsewhere for the moment: see Location.",
        303 => "The answer is elsewhere: get it with GET from Location.",
        304 => "The client's copy is still current, so no body is sent.",
        308 => "It has moved for good, and the same method is to be used: see Location.",
        400 => "The request is not one that the server can make sense of.",
        401 => "The client must say who it is.",
        403 => "The server knows what is wanted, and refuses.",
        404 => "There is nothing under this path.",
        405 => "The path exists, but not for this method: Allow lists those it has.",
        408 => "The request did not arrive in time.",
        412 => "A condition of the request does not hold.",
        413 => "The body is larger than the server takes.",
        414 => "The target is longer than the server takes.",
        416 => "No byte of the resource lies in the range asked for.",
        417 => "The server cannot meet what Expect asks for.",
        421 => "This server does not answer for the host that was named.",
        429 => "Too many requests in a short time: Retry-After says when to come again.",
        431 => "The header fields are larger than the server takes.",
        500 => "Something went wrong in the server.",
        501 => "The server does not implement what is asked for.",
        502 => "The server asked another one, which gave no valid answer.",
        503 => "The server cannot answer now.",
        504 => "The server asked another one, which did not answer in time.",
        505 => "The server does not speak this version of HTTP.",
        _ => "",
    };
    let class = match Status(code).class() {
        1 => "1xx: an interim answer, the final one follows.",
        2 => "2xx: success.",
        3 => "3xx: the client has to do something more.",
        4 => "4xx: the request is at fault.",
        _ => "5xx: the server is at fault.",
    };
    if specific.is_empty() { class.to_owned() } else { format!("{specific} {class}") }
}

/// How the request's body ends, and what comes then.
pub fn request_framing(detail: &Detail, framing: Option<Framing>) -> String {
    let then = next(detail);
    match framing {
        None => "The head is not complete or not valid, so it is not decided how the body ends.".to_owned(),
        Some(Framing::None | Framing::UntilClose) => {
            format!(
                "There is neither Content-Length nor Transfer-Encoding, so there is no body: this message ends with the empty line, {then}."
            )
        }
        Some(Framing::Length(length)) => {
            let bytes = plural(length, "byte");
            format!("The body is exactly {bytes}. This message ends {bytes} after the empty line, {then}.")
        }
        Some(Framing::Chunked) => {
            format!(
                "The body comes in chunks, each after its size. The chunk of size 0 and an empty line end this message, {then}."
            )
        }
    }
}

/// What comes after the request.
pub fn next(detail: &Detail) -> String {
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

/// How the response's body ends.
pub fn response_framing(detail: &Detail, framing: Option<Framing>) -> String {
    let status = detail.exchange.status;
    match framing {
        None => "The head is not written whole.".to_owned(),
        Some(Framing::None) if &*detail.exchange.method == "HEAD" => {
            "The answer to HEAD has no body, whatever its fields say: they tell what GET would send.".to_owned()
        }
        Some(Framing::None) if status.is_some_and(Status::forbids_content) => {
            "A response with this status has no body: it ends with the empty line.".to_owned()
        }
        Some(Framing::None) => "There is no body: the response ends with the empty line.".to_owned(),
        Some(Framing::Length(length)) => {
            let bytes = plural(length, "byte");
            format!("The body is exactly {bytes}: the response ends {bytes} after the empty line.")
        }
        Some(Framing::Chunked) => "The length was not known at the start, so the body comes in chunks, each after its size. The chunk of size 0 ends it.".to_owned(),
        Some(Framing::UntilClose) => "There is neither a length nor are there chunks, so the body ends when the server closes the connection, as in HTTP/1.0.".to_owned(),
    }
}

/// What a field of the framing or of the connection says, where that depends on its value; and its clause.
pub fn framing_field(
    name: &str,
    value: &str,
    next: &str,
    direction: Direction,
) -> Option<(String, &'static str)> {
    let lower = value.to_ascii_lowercase();
    match name.to_ascii_lowercase().as_str() {
        "content-length" => {
            let length: u64 = value.parse().ok()?;
            let bytes = plural(length, "byte");
            let sentence = match (length, direction) {
                (0, _) => "The body is empty: this message ends with the empty line.".to_owned(),
                (_, Direction::Sent) => format!("The body is exactly {bytes}. The response ends {bytes} after the empty line (the answer to HEAD and a 304 have no body all the same)."),
                (_, Direction::Received) => {
                    format!("The body is exactly {bytes}. This message ends {bytes} after the empty line, {next}.")
                }
            };
            Some((sentence, "RFC 9112 §6.2"))
        }
        "transfer-encoding" if lower == "chunked" => Some((
            "The body comes in chunks, each after its size in hexadecimal; a chunk of size 0 ends it. So its length need not be known at the start.".to_owned(),
            "RFC 9112 §7.1",
        )),
        "connection" => {
            let option = |wanted: &str| lower.split(',').any(|option| option.trim() == wanted);
            let sentence = if option("close") {
                "The connection ends after this response."
            } else if option("upgrade") {
                "The Upgrade field is for this connection only."
            } else if option("keep-alive") {
                "The connection is to stay open. In HTTP/1.1 it does so anyway; clients of HTTP/1.0 need this."
            } else {
                return None;
            };
            Some((sentence.to_owned(), "RFC 9112 §9.3"))
        }
        _ => None,
    }
}

/// A short name for a media type: `JSON`, `HTML`, `PNG image`.
pub fn media_name(media_type: &MediaType) -> &str {
    match media_type.essence() {
        "application/json" => "JSON",
        "text/html" => "HTML",
        "text/css" => "CSS",
        "text/javascript" | "application/javascript" => "JavaScript",
        "text/plain" => "text",
        "application/xml" | "text/xml" => "XML",
        "application/x-www-form-urlencoded" => "form",
        "multipart/form-data" => "form in parts",
        "image/png" => "PNG image",
        "image/jpeg" => "JPEG image",
        "image/svg+xml" => "SVG image",
        "image/gif" => "GIF image",
        "application/octet-stream" => "bytes",
        other => other,
    }
}

/// What the body is.
pub fn body(media_type: Option<&str>, direction: Direction) -> String {
    let from = match direction {
        Direction::Received => "What the client sends",
        Direction::Sent => "What the server sends",
    };
    match media_type {
        Some(media_type) => {
            format!("{from}, after the empty line. Content-Type says what it is: {media_type}.")
        }
        None => {
            format!("{from}, after the empty line. Without Content-Type the receiver has to know what it is.")
        }
    }
}
