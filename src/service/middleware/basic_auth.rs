//! Basic authentication: no access without the password (RFC 7617).

use std::{collections::HashMap, fmt, hint::black_box, net::IpAddr, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{base::stream::client_of, trace::Refusal};

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
    build: || Box::new(BasicAuth::default()),
};

/// Settings of basic authentication.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BasicAuthSettings {
    /// The user name, which cannot contain a colon.
    pub user: String,
    /// The password. Empty: not set, and all access is refused.
    pub password: String,
    /// Whether the password comes from the command line, and is therefore not remembered.
    #[serde(skip)]
    pub is_given: bool,
}

impl Default for BasicAuthSettings {
    fn default() -> Self {
        Self { user: "user".to_owned(), password: String::new(), is_given: false }
    }
}

/// Omits the password, since debug output ends up in logs.
impl fmt::Debug for BasicAuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuthSettings").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Wrong passwords of a client that are answered at once. Each further one makes it wait.
const FREE_GUESSES: u32 = 5;
/// Upper bound on the wait, in milliseconds.
const WAIT_MS_MAX: u64 = 5000;
/// Time after which a client's wrong passwords are forgotten, in nanoseconds.
const FORGOTTEN_NANOS: u64 = 600_000_000_000;
/// Upper bound on the remembered clients.
const CLIENTS_MAX: usize = 1000;

#[derive(Clone, Debug, Default)]
struct BasicAuth {
    /// For each client the number of wrong passwords in a row, and the time of the last one.
    guesses: HashMap<IpAddr, (u32, u64)>,
}

impl Middleware for BasicAuth {
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, now: u64) -> OnRequest {
        let client = client_of(request.peer);
        match check(&settings.basic_auth, request) {
            OnRequest::Answer(mut reply, summary) => {
                // Who names no password has not guessed.
                if request.value("Authorization").is_some() {
                    reply.delay = self.wait_after_guess(client, now);
                }
                OnRequest::Answer(reply, summary)
            }
            passed @ OnRequest::Pass(_) => {
                self.guesses.remove(&client);
                passed
            }
        }
    }
}

impl BasicAuth {
    /// Counts a wrong password. Returns the time for which the client waits for the answer.
    fn wait_after_guess(&mut self, client: IpAddr, now: u64) -> Duration {
        let is_recent = |last: u64| now.saturating_sub(last) < FORGOTTEN_NANOS;
        if self.guesses.len() >= CLIENTS_MAX && !self.guesses.contains_key(&client) {
            self.guesses.retain(|_, (_, last)| is_recent(*last));
            if self.guesses.len() >= CLIENTS_MAX {
                self.guesses.clear();
            }
        }
        let (count, last) = self.guesses.entry(client).or_insert((0, now));
        *count = if is_recent(*last) { count.saturating_add(1) } else { 1 };
        *last = now;
        let over = count.saturating_sub(FREE_GUESSES);
        Duration::from_millis(if over == 0 { 0 } else { (100 << (over - 1).min(8)).min(WAIT_MS_MAX) })
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
        None if is_basic(value) => refuse(
            "What follows Basic in the Authorization field is not Base64 with its padding.",
            "refused: not Base64",
        ),
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
    let (_, rest) = value.split_at_checked(6).filter(|_| is_basic(value))?;
    BASE64_STANDARD.decode(rest.trim_ascii_start()).ok()
}

fn is_basic(value: &[u8]) -> bool {
    value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic "))
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
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::http::Status;
    use crate::service::testing::Sent;

    fn settings() -> BasicAuthSettings {
        // The examples of RFC 7617, §2 and §2.1.
        BasicAuthSettings { user: "Aladdin".to_owned(), password: "open sesame".to_owned(), is_given: false }
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
    fn guessing_takes_ever_longer() {
        let mut layer = BasicAuth::default();
        let all = MiddlewareSettings { basic_auth: settings(), ..MiddlewareSettings::default() };
        let mut wait = |fields: &[&str], at: u64| match layer.on_request(
            &all,
            &Sent::new("GET /", fields).request(),
            at,
        ) {
            OnRequest::Answer(reply, _) => Some(reply.delay.as_millis()),
            OnRequest::Pass(_) => None,
        };
        let wrong = ["Authorization: Basic QWxhZGRpbjpvcGVu"];
        let waits: Vec<_> = (0..12).map(|at| wait(&wrong, at).unwrap()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000]);
        assert_eq!(wait(&[], 12), Some(0), "a request without a password is no guess");
        assert_eq!(wait(&wrong, 12 + FORGOTTEN_NANOS), Some(0), "they are forgotten");
        let right = ["Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="];
        assert_eq!(wait(&right, 13 + FORGOTTEN_NANOS), None);
        assert_eq!(wait(&wrong, 14 + FORGOTTEN_NANOS), Some(0), "the right one counts from 0");
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
        let british = BasicAuthSettings {
            user: "test".to_owned(),
            password: "123\u{a3}".to_owned(),
            ..BasicAuthSettings::default()
        };
        assert!(passes(&british, &["Authorization: Basic dGVzdDoxMjPCow=="]));
        // Contains every digit of Base64.
        let odd = BasicAuthSettings {
            user: ">>>???".to_owned(),
            password: "~~~".to_owned(),
            ..BasicAuthSettings::default()
        };
        assert!(passes(&odd, &["Authorization: Basic Pj4+Pz8/On5+fg=="]));
        let colons = BasicAuthSettings {
            user: "a".to_owned(),
            password: "b:c".to_owned(),
            ..BasicAuthSettings::default()
        };
        assert!(passes(&colons, &["Authorization: Basic YTpiOmM="]));
    }

    #[test]
    fn without_a_password_nobody_gets_in() {
        let none = BasicAuthSettings {
            user: "a".to_owned(),
            password: String::new(),
            ..BasicAuthSettings::default()
        };
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
