//! The fields of a head, cookies and query parameters, in HAR's form.

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value, json};

use crate::{
    base::calendar::timestamp_micros,
    http::{Field, head::slice},
};

use super::cookie_date::cookie_date;

/// The fields of a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    /// The ranges of names and values in `bytes`.
    pub fields: &'a [Field],
    /// The head's bytes.
    pub bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The values of the fields `name`, in order.
    pub(super) fn values(self, name: &str) -> impl Iterator<Item = String> {
        let named =
            move |field: &&'a Field| slice(self.bytes, &field.name).eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(move |field| text(self.bytes, &field.value))
    }

    /// The value of the first field `name`. `None`: there is no such field.
    pub(super) fn value(self, name: &str) -> Option<String> {
        self.values(name).next()
    }

    /// All fields, in order.
    pub(super) fn headers(self) -> Vec<Value> {
        let header = |field: &Field| json!({ "name": text(self.bytes, &field.name), "value": text(self.bytes, &field.value) });
        self.fields.iter().map(header).collect()
    }

    /// RFC 6265 §4.2: the pairs of a Cookie field.
    pub(super) fn cookies(self) -> Vec<Value> {
        let lines: Vec<String> = self.values("cookie").collect();
        lines.iter().flat_map(|line| parts(line).map(|part| Value::Object(cookie(part)))).collect()
    }

    /// RFC 6265 §4.1: the pair of each Set-Cookie field, with the attributes that HAR has a place for. `received`: when
    /// they came, from which Max-Age counts; `None`: not known.
    pub(super) fn set_cookies(self, received: Option<SystemTime>) -> Vec<Value> {
        let mut made = Vec::new();
        for line in self.values("set-cookie") {
            let mut parts = parts(&line);
            let Some(mut cookie) = parts.next().map(cookie) else { continue };
            let mut lasts = None;
            for (key, value) in parts.map(pair) {
                let (key, value) = match key.to_ascii_lowercase().as_str() {
                    "path" => ("path", value.into()),
                    "domain" => ("domain", value.into()),
                    "httponly" => ("httpOnly", true.into()),
                    "secure" => ("secure", true.into()),
                    // "Cookie expiration time. (ISO 8601 YYYY-MM-DDThh:mm:ss.sTZD".
                    "expires" => match cookie_date(value) {
                        Some(time) => ("expires", timestamp_micros(time).into()),
                        None => continue,
                    },
                    "max-age" => {
                        lasts = max_age(value).or(lasts);
                        continue;
                    }
                    _ => continue,
                };
                cookie.insert(key.to_owned(), value);
            }
            // RFC 6265 §4.1.2.2: "If a cookie has both the Max-Age and the Expires attribute, the Max-Age attribute has
            // precedence".
            if let Some(lasts) = lasts {
                let expires = received.map(|received| received.checked_add(lasts).unwrap_or(received));
                cookie.remove("expires");
                cookie.extend(expires.map(|time| ("expires".to_owned(), timestamp_micros(time).into())));
            }
            made.push(Value::Object(cookie));
        }
        made
    }
}

/// The parameters of a query, with percent-encoding and `+` decoded if that gives text.
pub(super) fn query(query: &str) -> Vec<Value> {
    let pairs = query.split('&').filter(|part| !part.is_empty()).map(pair);
    pairs.map(|(name, value)| json!({ "name": decoded(name), "value": decoded(value) })).collect()
}

/// Bytes of a head as text. If they are not UTF-8, they are read as ISO 8859-1, so that none is lost.
pub(super) fn text(bytes: &[u8], range: &Range<u32>) -> String {
    let bytes = slice(bytes, range);
    str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// Upper bound on the seconds that a cookie lasts: four hundred years.
const MOST_SECS: u64 = 400 * 366 * 86_400;

/// RFC 6265 §5.2.2: how long a cookie lasts. 0: it is over at once, which a negative number means too. `None`: the value
/// is no number.
fn max_age(value: &str) -> Option<Duration> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let secs = if digits.len() < value.len() { 0 } else { value.parse().unwrap_or(MOST_SECS).min(MOST_SECS) };
    Some(Duration::from_secs(secs))
}

fn parts(line: &str) -> impl Iterator<Item = &str> {
    line.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn pair(part: &str) -> (&str, &str) {
    part.split_once('=').unwrap_or((part, ""))
}

fn cookie(part: &str) -> Map<String, Value> {
    let (name, value) = pair(part);
    Map::from_iter([("name".to_owned(), Value::from(name)), ("value".to_owned(), Value::from(value))])
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}
