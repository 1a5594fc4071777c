//! What each well-known field says, and what it makes the receiver do.

/// A well-known field.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The clause that defines it.
    pub section: &'static str,
    /// The sentence, in which `{}` stands for the value.
    sentence: &'static str,
}

impl Known {
    /// The sentence about this value.
    pub fn sentence(&self, value: &str) -> String {
        self.sentence.replace("{}", value)
    }
}

/// What is known of the field `name`. `None`: it is not well known.
pub fn known(name: &str) -> Option<Known> {
    let name = name.to_ascii_lowercase();
    TABLE.iter().find(|(known, ..)| *known == name).map(|(_, section, sentence)| Known { section, sentence })
}

/// Name, section, sentence.
const TABLE: [(&str, &str, &str); 66] = [
    // Who, where, how
    (
        "host",
        "RFC 9110 §7.2",
        "The client wants to talk to {}. Every HTTP/1.1 request must name the host, because one address can serve many.",
    ),
    (
        "user-agent",
        "RFC 9110 §10.1.5",
        "The client calls itself {}. It is information only: nothing depends on it here.",
    ),
    ("from", "RFC 9110 §10.1.2", "The person behind the client can be reached at {}."),
    (
        "referer",
        "RFC 9110 §10.1.3",
        "The request was started from {}: a link, or a page that uses this resource. The name has been misspelt since 1996.",
    ),
    (
        "origin",
        "RFC 6454 §7",
        "A page of {} made this request. The CORS middleware decides with it whether that page may read the answer.",
    ),
    ("connection", "RFC 9110 §7.6.1", "Options for this connection only: {}."),
    (
        "keep-alive",
        "RFC 2068 §19.7.1",
        "How long the sender would keep the connection open: {}. HTTP/1.1 keeps it open without this field.",
    ),
    (
        "upgrade",
        "RFC 9110 §7.8",
        "The sender offers to change to another protocol: {}. This server stays with HTTP/1.1, which is allowed.",
    ),
    ("via", "RFC 9110 §7.6.3", "The message came through a proxy: {}."),
    (
        "forwarded",
        "RFC 7239 §4",
        "A proxy says for whom it asks: {}. Anyone can write this field, so it is not believed here.",
    ),
    (
        "x-forwarded-for",
        "RFC 7239 §1",
        "A proxy says that it asks for {}. Anyone can write this field, so it is not believed here. Forwarded is the standard form.",
    ),
    ("te", "RFC 9110 §10.1.4", "What the client accepts besides plain chunked coding: {}."),
    ("trailer", "RFC 9110 §6.6.2", "These fields come after the body, as trailers: {}."),
    (
        "expect",
        "RFC 9110 §10.1.1",
        "The client expects {}. With 100-continue it waits for the server's 100 before it sends the body, so that a refusal saves sending it.",
    ),
    ("date", "RFC 9110 §6.6.1", "The message was made at {}, by the sender's clock."),
    ("server", "RFC 9110 §10.2.4", "The server calls itself {}. Here the Server header middleware adds it."),
    // Framing
    ("content-length", "RFC 9110 §8.6", "The body is exactly {} bytes long."),
    ("transfer-encoding", "RFC 9112 §6.1", "The body is sent with the coding {}."),
    // Content
    (
        "content-type",
        "RFC 9110 §8.3",
        "The body is {}. The receiver reads it as that, whatever the name of the file.",
    ),
    (
        "content-encoding",
        "RFC 9110 §8.4",
        "The body is compressed with {}. Content-Length counts the compressed bytes.",
    ),
    ("content-language", "RFC 9110 §8.5", "The body is meant for readers of {}."),
    ("content-location", "RFC 9110 §8.7", "The body is what {} has."),
    ("content-range", "RFC 9110 §14.4", "The body is a part of the whole: {}."),
    (
        "content-disposition",
        "RFC 6266 §4",
        "How to treat the body: {}. With attachment a browser saves it to a file.",
    ),
    (
        "etag",
        "RFC 9110 §8.8.3",
        "The name of this version of the resource is {}. A client that has it can ask with If-None-Match and get 304 instead of the body.",
    ),
    (
        "last-modified",
        "RFC 9110 §8.8.2",
        "The resource changed last at {}. A client that has it can ask with If-Modified-Since and get 304 instead of the body.",
    ),
    ("allow", "RFC 9110 §10.2.1", "The methods that this resource has: {}."),
    ("location", "RFC 9110 §10.2.2", "The client is sent on to {}."),
    (
        "retry-after",
        "RFC 9110 §10.2.3",
        "The client should wait before it tries again: {} (seconds, or a date).",
    ),
    ("accept-ranges", "RFC 9110 §14.3", "The client may ask for parts of the resource in {}."),
    // What is accepted
    (
        "accept",
        "RFC 9110 §12.5.1",
        "The media types that the client can use: {}. Weights (q) say what it prefers. This server has one form of each file and sends that; only a listing is there as HTML and as JSON.",
    ),
    (
        "accept-charset",
        "RFC 9110 §12.5.2",
        "The character encodings that the client can use: {}. The field is deprecated: everyone reads UTF-8.",
    ),
    (
        "accept-encoding",
        "RFC 9110 §12.5.3",
        "The compressions that the client can undo: {}. The Compression middleware uses one of them where it can; else the body goes as it is.",
    ),
    ("accept-language", "RFC 9110 §12.5.4", "The languages that the reader prefers: {}."),
    (
        "vary",
        "RFC 9110 §12.5.5",
        "The response depends on these request fields: {}. A cache must compare them before it uses the response again.",
    ),
    // Conditions and ranges
    ("if-match", "RFC 9110 §13.1.1", "Do it only if the current version is {}; else answer 412."),
    (
        "if-none-match",
        "RFC 9110 §13.1.2",
        "The client has the version {} already. If that is still the current one, the answer is 304 without a body.",
    ),
    (
        "if-modified-since",
        "RFC 9110 §13.1.3",
        "The client has the version of {}. If nothing changed since, the answer is 304 without a body. If-None-Match goes first.",
    ),
    ("if-unmodified-since", "RFC 9110 §13.1.4", "Do it only if nothing changed since {}; else answer 412."),
    ("if-range", "RFC 9110 §13.1.5", "Send the part only if the version is still {}; else send all of it."),
    (
        "range",
        "RFC 9110 §14.2",
        "The client wants only a part: {}. The answer is 206 with that part, or 416 if there is no such part.",
    ),
    // Caching
    (
        "cache-control",
        "RFC 9111 §5.2",
        "What caches may do: {}. no-cache means: keep it, but ask before using it; no-store: do not keep it.",
    ),
    ("age", "RFC 9111 §5.1", "A cache has had the response for {} seconds."),
    ("expires", "RFC 9111 §5.3", "The response is stale after {}. Cache-Control goes first."),
    ("pragma", "RFC 9111 §5.4", "An old form of Cache-Control: {}. Deprecated."),
    // Who may
    (
        "authorization",
        "RFC 9110 §11.6.2",
        "The client says who it is. Whoever reads these bytes can use them: without TLS everyone on the way can.",
    ),
    (
        "proxy-authorization",
        "RFC 9110 §11.7.2",
        "The client tells a proxy who it is. Whoever reads these bytes can use them.",
    ),
    ("www-authenticate", "RFC 9110 §11.6.1", "The client must say who it is, in this way: {}."),
    (
        "cookie",
        "RFC 6265 §5.4",
        "The client gives back what servers under this name had set: {}. Cookies know no ports, so other programs on this host share them.",
    ),
    ("set-cookie", "RFC 6265 §5.2", "The client is asked to keep this and send it back: {}."),
    // Browsers
    (
        "access-control-request-method",
        "Fetch, CORS protocol",
        "A preflight: the browser asks whether a page may send a {} request. The CORS middleware answers.",
    ),
    (
        "access-control-request-headers",
        "Fetch, CORS protocol",
        "A preflight: the browser asks whether a page may send these fields: {}.",
    ),
    (
        "access-control-allow-origin",
        "Fetch, CORS protocol",
        "Pages of {} may read this response (* means: of any site).",
    ),
    (
        "access-control-allow-methods",
        "Fetch, CORS protocol",
        "Pages may send requests with these methods: {}.",
    ),
    ("access-control-allow-headers", "Fetch, CORS protocol", "Pages may send these fields: {}."),
    (
        "access-control-max-age",
        "Fetch, CORS protocol",
        "The browser may remember the answer to the preflight for {} seconds.",
    ),
    (
        "sec-fetch-site",
        "Fetch Metadata §2.3",
        "Where the request comes from, seen from here: {}. Only the browser can write this field, no page can.",
    ),
    (
        "sec-fetch-mode",
        "Fetch Metadata §2.2",
        "How the browser asks: {} (navigate: the user opens a page; no-cors: a page loads an image, a script or the like).",
    ),
    ("sec-fetch-dest", "Fetch Metadata §2.1", "What the browser needs it for: {}."),
    ("sec-fetch-user", "Fetch Metadata §2.4", "The user started this, with a click or a key ({})."),
    (
        "upgrade-insecure-requests",
        "Upgrade Insecure Requests",
        "The browser would rather have the page over https ({}). This server speaks plain http only.",
    ),
    (
        "content-security-policy",
        "CSP Level 3 §3.1",
        "What the page may load and run: {}. The browser blocks the rest.",
    ),
    (
        "x-content-type-options",
        "Fetch, X-Content-Type-Options",
        "With {}, the browser believes Content-Type and does not guess from the bytes.",
    ),
    ("x-frame-options", "HTML, X-Frame-Options", "Whether other pages may show this one in a frame: {}."),
    (
        "referrer-policy",
        "Referrer Policy §4.1",
        "How much of the address the browser tells the next site: {}.",
    ),
    (
        "strict-transport-security",
        "RFC 6797 §6.1",
        "The browser is to use https only from now on: {}. Over plain http it ignores this.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_once_and_in_lower_case() {
        for (index, (name, section, sentence)) in TABLE.iter().enumerate() {
            assert_eq!(*name, name.to_ascii_lowercase());
            assert!(!TABLE[..index].iter().any(|(other, ..)| other == name), "{name}");
            assert!(section.contains('§') || !section.starts_with("RFC"), "{name}");
            assert!(sentence.ends_with('.') && !sentence.contains('!'), "{name}");
        }
    }

    #[test]
    fn the_value_stands_in_the_sentence() {
        let range = known("Range").map(|known| known.sentence("bytes=0-9"));
        let expected = "The client wants only a part: bytes=0-9. The answer is 206 with that part, or 416 if there is no such part.";
        assert_eq!(range.as_deref(), Some(expected));
        assert!(known("X-Anything").is_none());
    }
}
