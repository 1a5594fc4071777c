//! Basic authentication: who does not know the password gets nothing (RFC 7617).

use std::hint::black_box;

use super::{
    super::{BasicAuthSettings, Reply, Request},
    Down,
};
use crate::http::Rule;

/// Passes on who knows user and password, and refuses everyone else.
pub fn down(settings: &BasicAuthSettings, request: &Request<'_>) -> Down {
    if settings.password.is_empty() {
        // A password that was never set must not be one that everybody knows.
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
            Down::Pass("user and password are right".into())
        }
        Some(_) => refuse("The user name or the password is wrong.", "refused: wrong user or password"),
    }
}

/// RFC 9110 §15.5.2: "The server generating a 401 response MUST send a WWW-Authenticate header field
/// (Section 11.6.1) containing at least one challenge applicable to the target resource."
fn refuse(detail: &str, did: &'static str) -> Down {
    let mut reply = Reply::refusal_with(Rule::CredentialsMissing, Some(detail));
    // RFC 7617 §2.1: "The only allowed value is "UTF-8"".
    reply.fields.append("WWW-Authenticate", "Basic realm=\"byteglass\", charset=\"UTF-8\"");
    Down::Answer(Box::new(reply), did.into())
}

/// RFC 9110 §11.4: `credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]`; the scheme is
/// case-insensitive. RFC 7617 §2: the token68 is user-id, a colon and the password in Base64. `None`:
/// another scheme, or malformed.
fn credentials(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    decode(rest.trim_ascii_start())
}

/// RFC 4648 §4. `None`: not Base64, or bits after its end.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., byte] = (bits >> held).to_be_bytes();
            bytes.push(byte);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

/// Compares in a time that depends on what was sent alone, not on how much of it is right: someone who
/// measures answers must not learn the password byte by byte. `black_box` keeps the compiler from
/// leaving early. This is all that a crate for it would do, so there is none.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let mut difference = given.len() ^ expected.len();
    for (at, byte) in given.iter().enumerate() {
        // `expected` has its colon at least.
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
        match down(settings, &Sent::new("GET /", fields).request()) {
            Down::Pass(_) => true,
            Down::Answer(reply, did) => {
                assert_eq!((reply.status, reply.rule), (Status(401), Some(Rule::CredentialsMissing)));
                let challenge = "Basic realm=\"byteglass\", charset=\"UTF-8\"";
                assert_eq!(reply.fields.value("WWW-Authenticate"), Some(challenge));
                let said = format!("{reply:?}{did:?}");
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
        // Every digit of Base64.
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

    /// Were it to stop at the first difference, it would take a millionth of the time there.
    #[test]
    fn how_much_is_right_does_not_show_in_the_time() {
        let expected = vec![b'x'; 1 << 20];
        let time = |given: &[u8]| {
            let times = (0..5).map(|_| {
                let begun = std::time::Instant::now();
                assert!(!is_same(black_box(given), &expected));
                begun.elapsed()
            });
            times.min().unwrap_or_default()
        };
        let (mut first, mut last) = (expected.clone(), expected.clone());
        first[0] = b'y';
        last[expected.len() - 1] = b'y';
        let (first, last) = (time(&first), time(&last));
        assert!(first * 10 > last && last * 10 > first, "{first:?} and {last:?}");
    }

    #[test]
    fn a_prefix_and_a_repetition_are_not_the_same() {
        assert!(is_same(b"a:b", b"a:b"));
        for other in [&b""[..], b"a", b"a:", b"a:ba:b", b"a:c", b"x:b"] {
            assert!(!is_same(other, b"a:b"), "{other:?}");
        }
    }
}
