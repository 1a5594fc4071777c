//! The meaning of well-known fields, and their effect on the recipient.

/// A well-known field.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownField {
    /// The clause that defines the field.
    pub section: &'static str,
    /// The sentence, with `{}` in place of the value.
    sentence: &'static str,
}

impl KnownField {
    /// The sentence with `value` filled in.
    pub(super) fn sentence(&self, value: &str) -> String {
        self.sentence.replace("{}", value)
    }
}

/// The well-known field called `name`. `None`: not a well-known field.
pub(super) fn known(name: &str) -> Option<KnownField> {
    let name = name.to_ascii_lowercase();
    TABLE
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, section, sentence)| KnownField { section, sentence })
}

/// Name, section, sentence.
const TABLE: [(&str, &str, &str); 66] = [
    // Who, where, how
    (
        "host",
        "RFC 9110 §7.2",
        "The client wants to reach {}. Every HTTP/1.1 request must name the host, because one address can serve several.",
    ),
    ("user-agent", "RFC 9110 §10.1.5", "The client identifies itself as {}. Nothing depends on it here."),
    ("from", "RFC 9110 §10.1.2", "The person who runs the client can be reached at {}."),
    (
        "referer",
        "RFC 9110 §10.1.3",
        "The request comes from {}: a link, or a page that uses this resource. The field's name has been misspelt since 1996.",
    ),
    (
        "origin",
        "RFC 6454 §7",
        "A page from {} made this request. The CORS middleware uses it to decide whether that page may read the response.",
    ),
    ("connection", "RFC 9110 §7.6.1", "Options for this connection only: {}."),
    (
        "keep-alive",
        "RFC 2068 §19.7.1",
        "How long the sender is willing to keep the connection open: {}. HTTP/1.1 keeps it open without this field.",
    ),
    (
        "upgrade",
        "RFC 9110 §7.8",
        "The sender offers to switch to another protocol: {}. A server may ignore it; with 101 it switches.",
    ),
    ("via", "RFC 9110 §7.6.3", "The message came through a proxy: {}."),
    (
        "forwarded",
        "RFC 7239 §4",
        "A proxy says on whose behalf it asks: {}. Anyone can send this field, so it is not trusted here.",
    ),
    (
        "x-forwarded-for",
        "RFC 7239 §1",
        "A proxy says that it asks on behalf of {}. Anyone can send this field, so it is not trusted here. Forwarded is the standard form.",
    ),
    ("te", "RFC 9110 §10.1.4", "Transfer codings that the client accepts besides chunked: {}."),
    ("trailer", "RFC 9110 §6.6.2", "These fields come after the body, as trailers: {}."),
    (
        "expect",
        "RFC 9110 §10.1.1",
        "The client expects {}. With 100-continue it waits for the server's 100 before it sends the body, so that a refusal saves sending it.",
    ),
    ("date", "RFC 9110 §6.6.1", "The message was created at {}, by the sender's clock."),
    (
        "server",
        "RFC 9110 §10.2.4",
        "The server identifies itself as {}. In byteglass the Server header middleware adds it.",
    ),
    // Framing
    ("content-length", "RFC 9110 §8.6", "The body is exactly {} bytes long."),
    ("transfer-encoding", "RFC 9112 §6.1", "The body is sent with the coding {}."),
    // Content
    (
        "content-type",
        "RFC 9110 §8.3",
        "The body is {}. The receiver treats it as such, whatever the name of the file.",
    ),
    (
        "content-encoding",
        "RFC 9110 §8.4",
        "The body is compressed with {}. Content-Length counts the compressed bytes.",
    ),
    ("content-language", "RFC 9110 §8.5", "The body is meant for readers of {}."),
    ("content-location", "RFC 9110 §8.7", "The body is the representation found at {}."),
    ("content-range", "RFC 9110 §14.4", "The body is a part of the whole: {}."),
    (
        "content-disposition",
        "RFC 6266 §4",
        "How to treat the body: {}. With attachment a browser saves it to a file.",
    ),
    (
        "etag",
        "RFC 9110 §8.8.3",
        "{} identifies this version of the resource. A client that has it can send If-None-Match and get 304 instead of the body.",
    ),
    (
        "last-modified",
        "RFC 9110 §8.8.2",
        "The resource last changed at {}. A client that has it can send If-Modified-Since and get 304 instead of the body.",
    ),
    ("allow", "RFC 9110 §10.2.1", "The methods that this resource supports: {}."),
    ("location", "RFC 9110 §10.2.2", "The client is sent on to {}."),
    (
        "retry-after",
        "RFC 9110 §10.2.3",
        "How long the client should wait before it tries again, in seconds or as a date: {}.",
    ),
    ("accept-ranges", "RFC 9110 §14.3", "The client may ask for parts of the resource in {}."),
    // What is accepted
    (
        "accept",
        "RFC 9110 §12.5.1",
        "The media types that the client accepts: {}. Weights (q) give its preferences. This server has one form of each file and sends that; only a listing exists as HTML and as JSON.",
    ),
    (
        "accept-charset",
        "RFC 9110 §12.5.2",
        "The character encodings that the client accepts: {}. The field is deprecated: everyone reads UTF-8.",
    ),
    (
        "accept-encoding",
        "RFC 9110 §12.5.3",
        "The compressions that the client accepts: {}. The Compression middleware uses one of them where it can; otherwise the body is sent uncompressed.",
    ),
    ("accept-language", "RFC 9110 §12.5.4", "The languages that the reader prefers: {}."),
    (
        "vary",
        "RFC 9110 §12.5.5",
        "The response depends on these request fields: {}. A cache must compare them before it uses the response again.",
    ),
    // Conditions and ranges
    ("if-match", "RFC 9110 §13.1.1", "Proceed only if the current version is {}; otherwise answer 412."),
    (
        "if-none-match",
        "RFC 9110 §13.1.2",
        "The client already has version {}. If that is still current, the answer is 304 without a body.",
    ),
    (
        "if-modified-since",
        "RFC 9110 §13.1.3",
        "The client has the version of {}. If nothing has changed since, the answer is 304 without a body. If-None-Match takes precedence.",
    ),
    (
        "if-unmodified-since",
        "RFC 9110 §13.1.4",
        "Proceed only if nothing has changed since {}; otherwise answer 412.",
    ),
    (
        "if-range",
        "RFC 9110 §13.1.5",
        "Send the part only if the version is still {}; otherwise send all of it.",
    ),
    (
        "range",
        "RFC 9110 §14.2",
        "The client wants only a part: {}. The answer is 206 with that part, or 416 if it does not exist.",
    ),
    // Caching
    (
        "cache-control",
        "RFC 9111 §5.2",
        "What caches may do: {}. no-cache allows storing, but not reuse without asking; no-store forbids storing.",
    ),
    ("age", "RFC 9111 §5.1", "The response has been in a cache for {} seconds."),
    ("expires", "RFC 9111 §5.3", "The response is stale after {}. Cache-Control takes precedence."),
    ("pragma", "RFC 9111 §5.4", "An old form of Cache-Control: {}. Deprecated."),
    // Who may
    (
        "authorization",
        "RFC 9110 §11.6.2",
        "The client's credentials. Whoever reads these bytes can use them, and without TLS anyone along the way can.",
    ),
    (
        "proxy-authorization",
        "RFC 9110 §11.7.2",
        "The client's credentials for a proxy. Whoever reads these bytes can use them.",
    ),
    ("www-authenticate", "RFC 9110 §11.6.1", "The client must authenticate in this way: {}."),
    (
        "cookie",
        "RFC 6265 §5.4",
        "The client returns what servers at this host name have set: {}. Cookies ignore ports, so other programs on this host share them.",
    ),
    ("set-cookie", "RFC 6265 §5.2", "The client is asked to store this and send it back: {}."),
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
        "Pages from {} may read this response (* means any site).",
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
        "The browser may cache the answer to the preflight for {} seconds.",
    ),
    (
        "sec-fetch-site",
        "Fetch Metadata §2.3",
        "How the page that made the request relates to this site: {}. Only the browser can set this field; pages cannot.",
    ),
    (
        "sec-fetch-mode",
        "Fetch Metadata §2.2",
        "How the browser asks: {} (navigate: the user opens a page; no-cors: a page loads an image, a script or the like).",
    ),
    ("sec-fetch-dest", "Fetch Metadata §2.1", "What the browser will use the response for: {}."),
    ("sec-fetch-user", "Fetch Metadata §2.4", "The user started this request with a click or a key ({})."),
    (
        "upgrade-insecure-requests",
        "Upgrade Insecure Requests",
        "The browser would prefer the page over https ({}). This server supports plain http only.",
    ),
    (
        "content-security-policy",
        "CSP Level 3 §3.1",
        "What the page may load and run: {}. The browser blocks the rest.",
    ),
    (
        "x-content-type-options",
        "Fetch, X-Content-Type-Options",
        "With {}, the browser trusts Content-Type and does not guess from the bytes.",
    ),
    ("x-frame-options", "HTML, X-Frame-Options", "Whether other pages may show this one in a frame: {}."),
    (
        "referrer-policy",
        "Referrer Policy §4.1",
        "How much of the page's address the browser sends to the next site: {}.",
    ),
    (
        "strict-transport-security",
        "RFC 6797 §6.1",
        "The browser must use https only from now on: {}. Over plain http it ignores this field.",
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
        let expected = "The client wants only a part: bytes=0-9. The answer is 206 with that part, or 416 if it does not exist.";
        assert_eq!(range.as_deref(), Some(expected));
        assert!(known("X-Anything").is_none());
    }
}
