//! Status codes (RFC 9110 §15) and their reason phrases.

use std::fmt;

/// A status code, 100 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Status(pub u16);

/// The codes that have a reason phrase of their own, in order.
const REASONS: &[(u16, &str)] = &[
    (100, "Continue"),
    (101, "Switching Protocols"),
    (102, "Processing"),
    (103, "Early Hints"),
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (203, "Non-Authoritative Information"),
    (204, "No Content"),
    (205, "Reset Content"),
    (206, "Partial Content"),
    (207, "Multi-Status"),
    (208, "Already Reported"),
    (226, "IM Used"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (305, "Use Proxy"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Range Not Satisfiable"),
    (417, "Expectation Failed"),
    (418, "I'm a teapot"),
    (421, "Misdirected Request"),
    (422, "Unprocessable Content"),
    (423, "Locked"),
    (424, "Failed Dependency"),
    (425, "Too Early"),
    (426, "Upgrade Required"),
    (428, "Precondition Required"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (451, "Unavailable For Legal Reasons"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
    (505, "HTTP Version Not Supported"),
    (506, "Variant Also Negotiates"),
    (507, "Insufficient Storage"),
    (508, "Loop Detected"),
    (511, "Network Authentication Required"),
];

impl Status {
    /// The usual reason phrase; for an unknown code the name of its class.
    #[must_use]
    pub fn reason(self) -> &'static str {
        if let Ok(row) = REASONS.binary_search_by_key(&self.0, |row| row.0) {
            return REASONS[row].1;
        }
        match self.class() {
            1 => "Informational",
            2 => "Successful",
            3 => "Redirection",
            4 => "Client Error",
            _ => "Server Error",
        }
    }

    /// 1 to 5: the class of the code (RFC 9110 §15).
    #[must_use]
    pub const fn class(self) -> u16 {
        self.0 / 100
    }

    /// Whether a response with this code never has content (RFC 9112 §6.3, rule 1).
    #[must_use]
    pub const fn forbids_content(self) -> bool {
        matches!(self.0, 100..=199 | 204 | 304)
    }

    /// Whether both ends speak another protocol after a response with this code: 101 (RFC 9110 §15.2.2), or 2xx if the
    /// request `connects`, with the method CONNECT (RFC 9110 §9.3.6).
    #[must_use]
    pub const fn opens_tunnel(self, connects: bool) -> bool {
        self.0 == 101 || (connects && self.class() == 2)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// RFC 9112 §4: `reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )`.
    #[test]
    fn every_code_has_a_reason_that_can_be_sent_and_no_two_share_one() {
        assert!(REASONS.is_sorted_by_key(|row| row.0));
        let mut codes: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
        for code in 100..600 {
            let reason = Status(code).reason();
            assert!(!reason.is_empty() && reason.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{code}");
            assert_eq!(Status(code).to_string(), format!("{code} {reason}"));
            codes.entry(reason).or_default().push(code);
        }
        let classes: Vec<_> = codes.iter().filter(|(_, codes)| codes.len() > 1).collect();
        // Those without a name of their own are called after their class.
        assert_eq!(classes.len(), 5, "{classes:?}");
        assert!(classes.iter().all(|(_, codes)| codes[0] / 100 == codes[codes.len() - 1] / 100));
    }

    #[test]
    fn codes_without_content_are_those_of_the_rfc() {
        let without: Vec<_> = (200..600).filter(|code| Status(*code).forbids_content()).collect();
        assert_eq!(without, [204, 304]);
        assert!((100..200).all(|code| Status(code).forbids_content()));
    }
}
