//! Values that let others in: what a head says of passwords, cookies and tokens, and what takes its place in a file that
//! is meant for others.

use std::{borrow::Cow, ops::Range};

use crate::http::{Field, head::slice};

/// What becomes of secret values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Each byte of them is replaced by an `x`, so that lengths and places stay as they were.
    Replaced,
    /// They are written as they were.
    Kept,
}

/// How much of a field's value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// RFC 9110 §11.4: all but the scheme.
    Credentials,
    /// RFC 6265 §4.2: the value of each pair.
    Cookies,
    /// RFC 6265 §4.1: the value of the first pair; the rest are attributes.
    SetCookie,
    /// All of it.
    Whole,
    /// A reference: the values of parameters of its query.
    Reference,
}

/// The fields with secrets in them.
const FIELDS: &[(&str, Form)] = &[
    ("authorization", Form::Credentials),
    ("proxy-authorization", Form::Credentials),
    ("cookie", Form::Cookies),
    ("set-cookie", Form::SetCookie),
    ("location", Form::Reference),
    ("content-location", Form::Reference),
    ("referer", Form::Reference),
];
/// What the name of a field or of a parameter holds if its value lets somebody in. Hyphens and underscores are not
/// looked at.
const NAMES: &[&str] = &[
    "token",
    "secret",
    "passw",
    "pwd",
    "apikey",
    "accesskey",
    "authorization",
    "credential",
    "session",
    "signature",
];
/// Whole names of parameters of the same kind.
const PARAMETERS: &[&str] = &["auth", "code", "jwt", "key", "sid", "sig"];

impl Secrets {
    /// What a file says about them, without a capital and a full stop.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Replaced => {
                "passwords, cookies and tokens in heads and forms are replaced by x of the same length; other contents are as they were"
            }
            Self::Kept => "passwords, cookies and tokens are as they were",
        }
    }

    /// The end of a file's name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Replaced => "",
            Self::Kept => "-with-secrets",
        }
    }

    /// The bytes of a head, with the secrets in `fields` and in the query of `target` replaced. Ranges are those of
    /// `bytes`, and stay the same.
    pub(super) fn head<'a>(
        self,
        bytes: &'a [u8],
        fields: &[Field],
        target: Option<&Range<u32>>,
    ) -> Cow<'a, [u8]> {
        if self == Self::Kept {
            return bytes.into();
        }
        let mut secret: Vec<Range<usize>> = Vec::new();
        let mut add = |whole: &Range<u32>, form: Form| {
            let start = usize::try_from(whole.start).unwrap_or(usize::MAX);
            let found = form.secrets(slice(bytes, whole));
            secret.extend(found.into_iter().map(|part| start + part.start..start + part.end));
        };
        if let Some(target) = target {
            add(target, Form::Reference);
        }
        for field in fields {
            if let Some(form) = form_of(slice(bytes, &field.name)) {
                add(&field.value, form);
            }
        }
        replaced(bytes, &secret)
    }

    /// A target as text, with the secrets in its query replaced.
    pub(super) fn target(self, target: &str) -> String {
        match self {
            Self::Kept => target.to_owned(),
            Self::Replaced => {
                let secret = Form::Reference.secrets(target.as_bytes());
                String::from_utf8_lossy(&replaced(target.as_bytes(), &secret)).into_owned()
            }
        }
    }

    /// The value of a trailer field.
    pub(super) fn trailer<'a>(self, name: &[u8], value: &'a [u8]) -> Cow<'a, [u8]> {
        match form_of(name).filter(|_| self == Self::Replaced) {
            Some(form) => replaced(value, &form.secrets(value)),
            None => value.into(),
        }
    }

    /// The content of a form, with the values of secret parameters replaced. Other content stays as it is.
    pub(super) fn content<'a>(self, media_type: Option<&[u8]>, content: &'a [u8]) -> Cow<'a, [u8]> {
        let form = media_type.is_some_and(|media_type| {
            let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        });
        if form && self == Self::Replaced {
            replaced(content, &parameters(content, 0))
        } else {
            content.into()
        }
    }
}

/// How much of the value of the field `name` is secret. `None`: nothing.
fn form_of(name: &[u8]) -> Option<Form> {
    let known = FIELDS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
    known.map(|(_, form)| *form).or_else(|| has_secret_name(name).then_some(Form::Whole))
}

/// Whether a name is that of a secret.
fn has_secret_name(name: &[u8]) -> bool {
    let plain: String = name
        .iter()
        .filter(|byte| !b"-_.".contains(byte))
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    NAMES.iter().any(|part| plain.contains(part))
}

impl Form {
    /// The secret parts of a value.
    fn secrets(self, value: &[u8]) -> Vec<Range<usize>> {
        match self {
            Self::Whole => std::iter::once(0..value.len()).collect(),
            Self::Credentials => {
                let scheme = value.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
                std::iter::once(scheme..value.len()).collect()
            }
            Self::Cookies => pairs(value, b";").map(|(_, secret)| secret).collect(),
            Self::SetCookie => pairs(value, b";").take(1).map(|(_, secret)| secret).collect(),
            Self::Reference => match value.iter().position(|byte| b"?#".contains(byte)) {
                Some(at) => parameters(&value[at + 1..], at + 1),
                None => Vec::new(),
            },
        }
    }
}

/// The values of secret parameters in a query that begins at `start`. A fragment counts as more of them: some services
/// hand out tokens there.
fn parameters(query: &[u8], start: usize) -> Vec<Range<usize>> {
    let is_secret = |name: &[u8]| {
        has_secret_name(name) || PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    let secret = pairs(query, b"&#").filter(|(name, _)| is_secret(name));
    secret.map(|(_, value)| start + value.start..start + value.end).collect()
}

/// Name and place of the value of each pair of a list. A part without `=` has no name.
fn pairs<'a>(list: &'a [u8], separators: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Range<usize>)> {
    let mut next = 0;
    list.split(|byte| separators.contains(byte)).map(move |part| {
        let start = next;
        let end = start + part.len();
        next = end + 1;
        match part.iter().position(|byte| *byte == b'=') {
            Some(equals) => (part[..equals].trim_ascii(), start + equals + 1..end),
            None => (&part[..0], end - part.trim_ascii_start().len()..end),
        }
    })
}

/// `bytes` with each byte in `secret` replaced.
fn replaced<'a>(bytes: &'a [u8], secret: &[Range<usize>]) -> Cow<'a, [u8]> {
    if secret.iter().all(Range::is_empty) {
        return bytes.into();
    }
    let mut bytes = bytes.to_vec();
    for part in secret {
        if let Some(part) = bytes.get_mut(part.clone()) {
            part.fill(b'x');
        }
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> String {
        String::from_utf8_lossy(&Secrets::Replaced.trailer(name.as_bytes(), value.as_bytes())).into_owned()
    }

    #[test]
    fn what_is_secret_is_replaced_at_equal_length_and_nothing_else() {
        for (name, value, written) in [
            ("Authorization", "Basic dXNlcjpwYXNz", "Basic xxxxxxxxxxxx"),
            ("authorization", "opaque", "xxxxxx"),
            ("Proxy-Authorization", "Bearer a b", "Bearer xxx"),
            ("Cookie", "sid=abc; theme=dark;flag", "sid=xxx; theme=xxxx;xxxx"),
            ("Set-Cookie", "sid=abc; Path=/; HttpOnly", "sid=xxx; Path=/; HttpOnly"),
            ("X-Api-Key", "k", "x"),
            ("X-CSRF-Token", "abc", "xxx"),
            ("Location", "/cb?code=1234&state=1#access_token=9", "/cb?code=xxxx&state=1#access_token=x"),
            ("Referer", "http://a/b?c=d", "http://a/b?c=d"),
            ("Accept", "token/secret", "token/secret"),
            ("Cookie", "", ""),
        ] {
            assert_eq!(field(name, value), written, "{name}: {value}");
            assert_eq!(Secrets::Kept.trailer(name.as_bytes(), value.as_bytes()), value.as_bytes());
        }
        for (target, written) in [
            ("/a?token=abc&q=1", "/a?token=xxx&q=1"),
            ("/token?q", "/token?q"),
            ("/a?API_KEY=1=2&key=3&monkey=4&&=", "/a?API_KEY=xxx&key=x&monkey=4&&="),
            ("/a?password=\u{e9}", "/a?password=xx"),
        ] {
            assert_eq!(Secrets::Replaced.target(target), written);
        }
        let form = |media_type| Secrets::Replaced.content(media_type, b"user=a&password=b c");
        assert_eq!(
            form(Some(b"application/x-www-form-urlencoded; charset=utf-8")),
            &b"user=a&password=xxx"[..]
        );
        assert_eq!(form(Some(b"text/plain")), &b"user=a&password=b c"[..]);
    }
}
