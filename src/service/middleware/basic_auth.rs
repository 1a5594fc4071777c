//! Basic authentication: no access without the password (RFC 7617).

use crate::trace::Refusal;
use std::{fmt, hint::black_box};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    super::{Reply, Request},
    Descriptor, Middleware, MiddlewareSettings, OnRequest,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "basic-auth",
    title: "Basic auth",
    about: "Asks for this user and password, and answers 401 without them. Credentials are sent unencrypted. \
            Use this to keep casual visitors out, not to protect secrets. The password is kept in the settings \
            file.",
    on_by_default: false,
    build: || Box::new(BasicAuth),
};

/// Settings of basic authentication.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BasicAuthSettings {
    /// The user name, which cannot contain a colon.
    pub user: String,
    /// The password. Empty: not set, and all access is refused.
    pub password: String,
}

impl Default for BasicAuthSettings {
    fn default() -> Self {
        Self { user: "user".to_owned(), password: String::new() }
    }
}

/// Omits the password, since debug output ends up in logs.
impl fmt::Debug for BasicAuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuthSettings").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct BasicAuth;

impl Middleware for BasicAuth {
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, _now: u64) -> OnRequest {
        check(&settings.basic_auth, request)
    }
}

/// Passes requests with the right credentials, and refuses all others.
fn check(settings: &BasicAuthSettings, request: &Request<'_>) -> OnRequest {
    if settings.password.is_empty() {
        // An empty password must not be one that everybody knows.
        return refuse("No password is set, so nobody can get in.", "refused: no password is set");
    }
    let mut lines = request.head.values(request.bytes, "Authorization");
    let (Some(value), None) = (lines.next(), lines.next()) else {
        return refuse(
            "The request has no Authorization field, or more than one.",
            "refused: no credentials",
        );
    };
    match credentials(value) {
        None => refuse("The Authorization field is not of the scheme Basic.", "refused: not Basic"),
        Some(given) if is_same(&given, format!("{}:{}", settings.user, settings.password).as_bytes()) => {
            OnRequest::Pass("user and password accepted".into())
        }
        Some(_) => refuse("The user name or the password is wrong.", "refused: wrong user or password"),
    }
}

/// RFC 9110 §15.5.2: "The server generating a 401 response MUST send a WWW-Authenticate header field
/// (Section 11.6.1) containing at least one challenge applicable to the target resource."
fn refuse(detail: &str, summary: &'static str) -> OnRequest {
    let mut reply = Reply::refusal_with(Refusal::CredentialsMissing, Some(detail));
    // RFC 7617 §2.1: "The only allowed value is "UTF-8"".
    reply.fields.append("WWW-Authenticate", "Basic realm=\"byteglass\", charset=\"UTF-8\"");
    OnRequest::Answer(Box::new(reply), summary.into())
}

/// RFC 9110 §11.4: `credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]`; the scheme is
/// case-insensitive. RFC 7617 §2: the token68 is user-id, a colon and the password in Base64. `None`:
/// another scheme, or malformed.
fn credentials(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    BASE64_STANDARD.decode(rest.trim_ascii_start()).ok()
}

/// Compares in a time that depends only on the length of `given`, not on how much of it is right, so that
/// nobody can learn the password byte by byte by measuring response times. `black_box` keeps the compiler
/// from leaving early. A crate for this would do no more.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let mut difference = given.len() ^ expected.len();
    for (at, byte) in given.iter().enumerate() {
        // `expected` contains at least the colon.
        difference |= usize::from(byte ^ black_box(expected[at % expected.len()]));
        difference = black_box(difference);
    }
    difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;
    use crate::service::testing::Sent;

    fn settings() -> BasicAuthSettings {
        // The examples of RFC 7617, §2 and §2.1.
        BasicAuthSettings { user: "Aladdin".to_owned(), password: "open sesame".to_owned() }
    }

    fn passes(settings: &BasicAuthSettings, fields: &[&str]) -> bool {
        match check(settings, &Sent::new("GET /", fields).request()) {
            OnRequest::Pass(_) => true,
            OnRequest::Answer(reply, summary) => {
                assert_eq!(
                    (reply.status, reply.refusal),
                    (Status(401), Some(Refusal::CredentialsMissing.into()))
                );
                let challenge = "Basic realm=\"byteglass\", charset=\"UTF-8\"";
                assert_eq!(reply.fields.value("WWW-Authenticate"), Some(challenge));
                let said = format!("{reply:?}{summary:?}");
                assert!(!said.contains("sesame") && !said.contains("Aladdin"), "{said}");
                false
            }
        }
    }

    #[test]
    fn the_right_credentials_pass_and_nothing_else() {
        for value in ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ=="] {
            assert!(passes(&settings(), &[&format!("Authorization: {value}")]), "{value}");
        }
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== x",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtYQ==",
            "Basic QWxhZGRpbjpvcGVu",
            "Basic Og==",
            "Basic !!!!",
            "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ] {
            assert!(!passes(&settings(), &[&format!("Authorization: {value}")]), "{value}");
        }
        assert!(!passes(&settings(), &[]));
        let right = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        assert!(!passes(&settings(), &[right, right]), "which of two lines counts is open");
    }

    #[test]
    fn passwords_are_utf_8_and_may_hold_colons() {
        let british = BasicAuthSettings { user: "test".to_owned(), password: "123\u{a3}".to_owned() };
        assert!(passes(&british, &["Authorization: Basic dGVzdDoxMjPCow=="]));
        // Contains every digit of Base64.
        let odd = BasicAuthSettings { user: ">>>???".to_owned(), password: "~~~".to_owned() };
        assert!(passes(&odd, &["Authorization: Basic Pj4+Pz8/On5+fg=="]));
        let colons = BasicAuthSettings { user: "a".to_owned(), password: "b:c".to_owned() };
        assert!(passes(&colons, &["Authorization: Basic YTpiOmM="]));
    }

    #[test]
    fn without_a_password_nobody_gets_in() {
        let none = BasicAuthSettings { user: "a".to_owned(), password: String::new() };
        assert!(!passes(&none, &["Authorization: Basic YTo="]));
        assert!(!passes(&none, &[]));
    }

    #[test]
    fn what_is_shown_of_the_settings_has_no_password() {
        let shown = format!("{:?}", settings());
        assert!(shown.contains("Aladdin") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn a_prefix_and_a_repetition_are_not_the_same() {
        assert!(is_same(b"a:b", b"a:b"));
        for other in [&b""[..], b"a", b"a:", b"a:ba:b", b"a:c", b"x:b"] {
            assert!(!is_same(other, b"a:b"), "{other:?}");
        }
    }
}
