//! Content metadata from the fields: media type, charset and content codings.

use std::ops::Range;

/// A value, and the stream range that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Stream range of the value.
    pub range: Range<u64>,
}

/// A parsed Content-Type field (RFC 9110 §8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// The stream range of the field's value.
    pub range: Range<u64>,
    /// The media type. `None`: the value does not begin with one.
    pub media_type: Option<Placed<MediaType>>,
    /// The `charset` parameter, in lower case and without quotes. `None`: no such parameter.
    pub charset: Option<Placed<String>>,
}

/// A media type without parameters, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    slash: usize,
}

impl MediaType {
    /// Parses `type/subtype`. `None`: the value does not have this form.
    ///
    /// RFC 9110 §8.3.1: "media-type = type "/" subtype parameters; type = token; subtype = token".
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let slash = bytes.iter().position(|byte| *byte == b'/')?;
        let (kind, subtype) = (&bytes[..slash], &bytes[slash + 1..]);
        let essence = str::from_utf8(bytes).ok()?.to_ascii_lowercase();
        (is_token(kind) && is_token(subtype)).then_some(Self { essence, slash })
    }

    /// `text/html`.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// `text`.
    #[must_use]
    pub fn main(&self) -> &str {
        &self.essence[..self.slash]
    }

    /// The structured syntax suffix, after the last `+` of the subtype: `json` of `application/ld+json`.
    /// `None`: the subtype has no `+`.
    #[must_use]
    pub fn suffix(&self) -> Option<&str> {
        self.essence[self.slash + 1..].rsplit_once('+').map(|(_, suffix)| suffix)
    }
}

/// A content coding (RFC 9110 §8.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, also written `x-gzip`.
    Gzip,
    /// `deflate`.
    Deflate,
    /// `br`.
    Brotli,
    /// `identity`: no coding.
    Identity,
    /// Any other coding, in lower case; bytes that are not valid UTF-8 are replaced.
    Other(String),
}

impl Coding {
    /// The registered name of the coding, or the name that the sender wrote.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Identity => "identity",
            Self::Other(name) => name,
        }
    }

    fn parse(name: &[u8]) -> Self {
        match name.to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"deflate" => Self::Deflate,
            b"br" => Self::Brotli,
            b"identity" => Self::Identity,
            other => Self::Other(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

/// Parses the value of a Content-Type field at `range`.
pub(crate) fn content_type(value: &[u8], range: &Range<u64>) -> ContentType {
    let mut parts = split(value, b';', range.start);
    let media_type =
        parts.next().and_then(|(bytes, range)| Some(Placed { value: MediaType::parse(bytes)?, range }));
    let charset = parts.find_map(|(parameter, range)| {
        let sign = parameter.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (&parameter[..sign], &parameter[sign + 1..]);
        let value = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value);
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        name.eq_ignore_ascii_case(b"charset").then_some(Placed { value, range })
    });
    ContentType { range: range.clone(), media_type, charset }
}

/// Parses the values of all Content-Encoding fields, each with the stream offset of its first byte.
pub(crate) fn codings<'a>(values: impl Iterator<Item = (&'a [u8], u64)>) -> Vec<Placed<Coding>> {
    let names = values.flat_map(|(value, start)| split(value, b',', start));
    names
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, range)| Placed { value: Coding::parse(name), range })
        .collect()
}

/// The parts of `value` between separators outside quotes, without surrounding white space (RFC 9110 §5.6.3:
/// "OWS = *( SP / HTAB )"). `start` is the stream offset of the first byte.
fn split(value: &[u8], separator: u8, start: u64) -> impl Iterator<Item = (&[u8], Range<u64>)> {
    let mut quoted = false;
    let parts = value.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == separator && !quoted
    });
    let mut next = start;
    parts.map(move |part| {
        let begin = next;
        next += part.len() as u64 + 1;
        let solid = |byte: &u8| !matches!(byte, b' ' | b'\t');
        let first = part.iter().position(solid).unwrap_or(0);
        let end = part.iter().rposition(solid).map_or(first, |last| last + 1);
        (&part[first..end], begin + first as u64..begin + end as u64)
    })
}

// RFC 9110 §5.6.2: "tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" /
// "|" / "~" / DIGIT / ALPHA".
fn is_token(bytes: &[u8]) -> bool {
    let tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> (Option<String>, Option<String>) {
        let found = content_type(value, &(100..100 + value.len() as u64));
        for range in [
            found.media_type.as_ref().map(|placed| &placed.range),
            found.charset.as_ref().map(|placed| &placed.range),
        ]
        .into_iter()
        .flatten()
        {
            assert!(100 <= range.start && range.start < range.end && range.end <= 100 + value.len() as u64);
        }
        let essence = found.media_type.map(|placed| placed.value.essence().to_owned());
        (essence, found.charset.map(|placed| placed.value))
    }

    #[test]
    fn a_content_type_is_read_as_the_grammar_says() {
        let text = |text: &str| Some(text.to_owned());
        for (value, essence, charset) in [
            (&b"text/html"[..], text("text/html"), None),
            (b"Application/JSON\t; Charset=UTF-8", text("application/json"), text("utf-8")),
            (b"text/plain;a=\"x;charset=no\";charset=\"Latin1\"", text("text/plain"), text("latin1")),
            (b"text", None, None),
            (b"text/pl\x01ain; charset=a", None, text("a")),
            (b"", None, None),
        ] {
            assert_eq!(read(value), (essence, charset), "{}", value.escape_ascii());
        }
        let long = format!("application/{}+json", "a".repeat(300));
        let found = content_type(long.as_bytes(), &(0..long.len() as u64)).media_type;
        assert_eq!(found.as_ref().and_then(|placed| placed.value.suffix()), Some("json"));
        assert_eq!(found.map(|placed| placed.value.main().to_owned()).as_deref(), Some("application"));
    }

    #[test]
    fn codings_stand_in_the_order_of_the_fields() {
        let values: [(&[u8], u64); 2] = [(b"X-GZIP ,, br", 10), (b"zstd", 40)];
        let found: Vec<_> = codings(values.into_iter()).into_iter().map(|it| (it.value, it.range)).collect();
        let expected =
            [(Coding::Gzip, 10..16), (Coding::Brotli, 20..22), (Coding::Other("zstd".to_owned()), 40..44)];
        assert_eq!(found, expected);
    }
}
