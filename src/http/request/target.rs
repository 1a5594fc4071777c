//! The four forms of a request target (RFC 9112 §3.2), checked against the method.

use std::ops::Range;

use crate::http::{
    byte_class::find,
    fault::{Fault, index32},
    head::{Head, slice},
    host::{Port, authority},
    method::Method,
    rule::Rule,
};

/// The rule that a target breaks by its first byte. `None`: the byte can begin a target.
#[inline]
pub(super) fn bad_start(byte: u8, method: Method, token: &[u8]) -> Option<Rule> {
    match byte {
        // RFC 9112 §3.2.1: `origin-form = absolute-path [ "?" query ]`.
        b'/' if method != Method::Connect => None,
        // RFC 9112 §3.2.4: "The "asterisk-form" of request-target is only used for a server-wide
        // OPTIONS request".
        b'*' if method == Method::Options => None,
        // The preface of HTTP/2 (RFC 9113 §3.4) is let through to its version, which says more.
        b'*' if token == b"PRI" => None,
        // Version 1 of the PROXY protocol: `PROXY TCP4`, `TCP6` or `UNKNOWN` (proxy-protocol.txt §2.1).
        b'T' | b'U' if token == b"PROXY" => Some(Rule::LooksLikeProxyProtocol),
        // A scheme, or for CONNECT a host.
        b'a'..=b'z' | b'A'..=b'Z' => None,
        b'0'..=b'9' | b'[' if method == Method::Connect => None,
        _ => Some(other_start(byte)),
    }
}

#[cold]
const fn other_start(byte: u8) -> Rule {
    match byte {
        b'\n' => Rule::BareLineFeed,
        b' ' | b'\t' => Rule::RequestLineSpacing,
        b'\r' => Rule::VersionMissing,
        b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0..=0x1f | 0x7f.. => {
            Rule::TargetCharacter
        }
        _ => Rule::TargetForm,
    }
}

/// Splits the complete target of `head` into path, query and authority.
#[inline]
pub(super) fn read(bytes: &[u8], head: &mut Head) -> Result<(), Fault> {
    let target = head.target.clone();
    match slice(bytes, &target) {
        [b'/', ..] => {
            split(bytes, head, target);
            Ok(())
        }
        [b'*'] => Ok(()),
        _ if head.method == Method::Connect => connect(bytes, head),
        _ => absolute(bytes, head),
    }
}

/// Splits `range` into path and query at the first `?`.
#[inline]
fn split(bytes: &[u8], head: &mut Head, range: Range<u32>) {
    match find(slice(bytes, &range), b'?') {
        Some(question) => {
            let question = range.start + index32(question);
            head.path = range.start..question;
            head.query = Some(question + 1..range.end);
        }
        None => head.path = range,
    }
}

/// RFC 9112 §3.2.3: `authority-form = uri-host ":" port`.
fn connect(bytes: &[u8], head: &mut Head) -> Result<(), Fault> {
    match authority(slice(bytes, &head.target)) {
        Some(Port::Number(_)) => {
            head.authority = Some(head.target.clone());
            Ok(())
        }
        _ => Err(Fault::part(Rule::TargetForm, &head.target)),
    }
}

/// RFC 9112 §3.2.2: `absolute-form = absolute-URI`, here of the scheme http (RFC 9110 §4.2.1):
/// `"http" "://" authority path-abempty [ "?" query ]`.
fn absolute(bytes: &[u8], head: &mut Head) -> Result<(), Fault> {
    let target = slice(bytes, &head.target);
    let is_scheme =
        |scheme: &[u8]| target.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme));
    let Some(scheme) = [&b"http://"[..], b"https://"].into_iter().find(|scheme| is_scheme(scheme)) else {
        return Err(Fault::part(Rule::TargetForm, &head.target));
    };
    let start = scheme.len();
    let len =
        target[start..].iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(target.len() - start);
    let name = &target[start..start + len];
    let start = head.target.start + index32(start);
    let end = start + index32(len);
    // RFC 9110 §4.2.4: "Before making use of an "http" or "https" URI reference received from an
    // untrusted source, a recipient SHOULD parse for userinfo and treat its presence as an error".
    if let Some(sign) = memchr::memrchr(b'@', name) {
        return Err(Fault::part(Rule::TargetUserInfo, &(start..start + index32(sign) + 1)));
    }
    if authority(name).is_none() {
        let at_fault = if name.is_empty() { head.target.clone() } else { start..end };
        return Err(Fault::part(Rule::TargetForm, &at_fault));
    }
    // RFC 9110 §7.4: "a request for an "https" resource MUST be rejected unless it has been received
    // over a connection that has been secured". Here no connection is.
    if let Some(len) = scheme.strip_suffix(b"s://").map(|name| name.len() + 1) {
        return Err(Fault::part(Rule::TargetScheme, &(head.target.start..head.target.start + index32(len))));
    }
    head.authority = Some(start..end);
    split(bytes, head, end..head.target.end);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path, query and authority of a target; or the rule that it breaks.
    type Parts<'a> = Result<(&'a str, Option<&'a str>, Option<&'a str>), Rule>;

    fn parts(method: Method, target: &str) -> Parts<'_> {
        let bytes = target.as_bytes();
        let mut head = Head::blank(0, Vec::new());
        head.method = method;
        head.target = 0..index32(bytes.len());
        if let Some(rule) = bad_start(bytes[0], method, b"X") {
            return Err(rule);
        }
        read(bytes, &mut head).map_err(|fault| fault.rule)?;
        let text = |range: &Range<u32>| &target[range.start as usize..range.end as usize];
        Ok((text(&head.path), head.query.as_ref().map(text), head.authority.as_ref().map(text)))
    }

    #[test]
    fn the_four_forms() {
        let get = [
            ("/", Ok(("/", None, None))),
            ("/a?b?c", Ok(("/a", Some("b?c"), None))),
            ("/?", Ok(("/", Some(""), None))),
            ("//a/b", Ok(("//a/b", None, None))),
            ("http://a/b?c", Ok(("/b", Some("c"), Some("a")))),
            ("HTTP://[::1]:1", Ok(("", None, Some("[::1]:1")))),
            ("HTTPS://[::1]:1", Err(Rule::TargetScheme)),
            ("https://", Err(Rule::TargetForm)),
            ("http://a?b", Ok(("", Some("b"), Some("a")))),
            ("http://u@a/", Err(Rule::TargetUserInfo)),
            ("http://a/b@c", Ok(("/b@c", None, Some("a")))),
            ("http://a:b/", Err(Rule::TargetForm)),
            ("http:///", Err(Rule::TargetForm)),
            ("http:a", Err(Rule::TargetForm)),
            ("ftp://a/", Err(Rule::TargetForm)),
            ("a:80", Err(Rule::TargetForm)),
            ("*", Err(Rule::TargetForm)),
            ("?a", Err(Rule::TargetForm)),
        ];
        for (target, expected) in get {
            assert_eq!(parts(Method::Get, target), expected, "{target}");
        }
        assert_eq!(parts(Method::Options, "*"), Ok(("", None, None)));
        assert_eq!(parts(Method::Options, "*a"), Err(Rule::TargetForm));
        assert_eq!(parts(Method::Connect, "a:80"), Ok(("", None, Some("a:80"))));
        for target in ["a", "a:", "/", "http://a:80", "*"] {
            assert_eq!(parts(Method::Connect, target), Err(Rule::TargetForm), "{target}");
        }
    }
}
