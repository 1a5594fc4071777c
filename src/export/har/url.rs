//! The URL of a request.

use crate::{http::host::authority, store::model::Detail};

/// "Absolute URL of the request": RFC 9112 §3.3.
pub(super) fn url(detail: &Detail, target: &str, host: Option<String>) -> String {
    // A Host field of others may hold anything.
    let host = host.filter(|host| authority(host.as_bytes()).is_some());
    let host = host.or_else(|| detail.local.map(|local| local.to_string()));
    let host = host.as_deref().unwrap_or("localhost");
    match target {
        // "If the request-target is in [...] asterisk-form, the target URI's combined path and query component
        // is empty."
        "" | "*" => format!("http://{host}"),
        // "If the request-target is in authority-form, the target URI's authority component is the
        // request-target."
        authority if &*detail.exchange.method == "CONNECT" => format!("http://{authority}"),
        path if path.starts_with('/') => format!("http://{host}{path}"),
        absolute if has_scheme(absolute) => absolute.to_owned(),
        // A target of none of the four forms.
        other => format!("http://{host}/{other}"),
    }
}

/// RFC 3986 §3.1: whether a target begins with a scheme and an authority.
fn has_scheme(target: &str) -> bool {
    let scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    target.split_once("://").is_some_and(|(before, after)| {
        before.starts_with(|first: char| first.is_ascii_alphabetic())
            && before.bytes().all(scheme)
            && !after.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_begins_with_a_scheme() {
        for (target, has) in [
            ("http://a/b", true),
            ("ftp+x://a", true),
            ("://a", false),
            ("1a://b", false),
            ("a b://c", false),
            ("http://", false),
            ("|a", false),
            ("a.html", false),
        ] {
            assert_eq!(has_scheme(target), has, "{target}");
        }
    }
}
