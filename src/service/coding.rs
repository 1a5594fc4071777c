//! Content codings, and which of them a client accepts (RFC 9110 §8.4.1, §12.5.3).

use super::Request;

/// A content coding that this server can produce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All codings, best compression first.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// The name in Content-Encoding.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The extension of files with this coding.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// The weight that a client gives to each coding, in thousandths. 0: not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    brotli: u16,
    gzip: u16,
    identity: u16,
}

/// The form in which content is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Without a content coding.
    Identity,
    /// In this content coding.
    Coded(Coding),
}

impl Accepted {
    /// Reads the Accept-Encoding field of `request`.
    #[must_use]
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let (mut brotli, mut gzip, mut identity, mut any) = (None, None, None, None);
        let mut said = false;
        // §5.3: several lines of one name are one list.
        for line in request.values("Accept-Encoding") {
            said = true;
            for member in line.split(|byte| *byte == b',') {
                let Some((name, weight)) = member_of(member) else { continue };
                let place = match &*name.to_ascii_lowercase() {
                    b"br" => &mut brotli,
                    // §8.4.1.3: "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"."
                    b"gzip" | b"x-gzip" => &mut gzip,
                    b"identity" => &mut identity,
                    b"*" => &mut any,
                    _ => continue,
                };
                *place = Some(weight);
            }
        }
        // "If no Accept-Encoding header field is in the request, any content coding is considered
        // acceptable": what everyone can read is sent then.
        if !said {
            return Self { brotli: 0, gzip: 0, identity: WEIGHT_MAX };
        }
        // "The asterisk "*" symbol in an Accept-Encoding field matches any available content coding
        // not explicitly listed in the field."
        let weight = |coding: Option<u16>| coding.or(any).unwrap_or(0);
        // "If the representation has no content coding, then it is acceptable by default unless
        // specifically excluded [...] by "identity;q=0" or "*;q=0"": acceptable, but what was asked
        // for by name goes before it.
        Self { brotli: weight(brotli), gzip: weight(gzip), identity: identity.or(any).unwrap_or(1) }
    }

    /// The form with the highest weight, among identity and the `available` codings; of equal ones, the
    /// smallest. `None`: the client accepts none of them.
    #[must_use]
    pub(crate) fn best(self, available: impl Fn(Coding) -> bool) -> Option<Form> {
        let weight = |form| match form {
            Form::Identity => self.identity,
            Form::Coded(Coding::Brotli) => self.brotli,
            Form::Coded(Coding::Gzip) => self.gzip,
        };
        let coded = Coding::ALL.into_iter().filter(|coding| available(*coding)).map(Form::Coded);
        let mut best = None;
        for form in coded.chain([Form::Identity]) {
            if weight(form) > best.map_or(0, weight) {
                best = Some(form);
            }
        }
        best
    }
}

/// The weight 1, in thousandths.
const WEIGHT_MAX: u16 = 1000;

/// Parses `codings [ weight ]`. `None`: the member does not match the grammar and is ignored.
fn member_of(member: &[u8]) -> Option<(&[u8], u16)> {
    let mut parts = member.split(|byte| *byte == b';');
    let name = parts.next()?.trim_ascii();
    let weight = match parts.next() {
        None => WEIGHT_MAX,
        Some(weight) => weight_of(weight.trim_ascii())?,
    };
    (!name.is_empty() && parts.next().is_none()).then_some((name, weight))
}

/// §12.4.2: `weight = OWS ";" OWS "q=" qvalue`, `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`.
fn weight_of(weight: &[u8]) -> Option<u16> {
    let value = weight.strip_prefix(b"q=").or_else(|| weight.strip_prefix(b"Q="))?;
    let (whole, rest) = value.split_first()?;
    let digits = match rest {
        [] => rest,
        [b'.', digits @ ..] if digits.len() <= 3 => digits,
        _ => return None,
    };
    let mut thousandths = u16::from(*whole == b'1') * WEIGHT_MAX;
    let mut unit = WEIGHT_MAX;
    for digit in digits {
        unit /= 10;
        thousandths += u16::from(digit.is_ascii_digit().then(|| digit - b'0')?) * unit;
    }
    (matches!(whole, b'0' | b'1') && thousandths <= WEIGHT_MAX).then_some(thousandths)
}

/// The weight that the most specific matching member of Accept gives to the media type `kind`/`subtype`, in
/// thousandths (§12.5.1). 0: not acceptable.
#[must_use]
pub(super) fn media_weight(request: &Request<'_>, kind: &str, subtype: &str) -> u16 {
    let mut best: Option<(u8, u16)> = None;
    let mut said = false;
    for line in request.values("Accept") {
        said = true;
        for member in line.split(|byte| *byte == b',') {
            let mut parts = member.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let Some(range) = parts.next().and_then(|range| str::from_utf8(range).ok()) else { continue };
            let Some((of_kind, of_subtype)) = range.split_once('/') else { continue };
            let specific = match (of_kind, of_subtype) {
                ("*", "*") => 0,
                (of, "*") if of.eq_ignore_ascii_case(kind) => 1,
                (of, sub) if of.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => 2,
                _ => continue,
            };
            // Other parameters narrow the type; the content served here has none.
            let weight = parts.find_map(weight_of).unwrap_or(WEIGHT_MAX);
            if best.is_none_or(|(known, _)| specific > known) {
                best = Some((specific, weight));
            }
        }
    }
    // "A request without any Accept header field implies that the user agent will accept any media
    // type in response."
    if said { best.map_or(0, |(_, weight)| weight) } else { WEIGHT_MAX }
}

/// Whether Accept names the media type `kind`/`subtype` itself, not by a range, and does not refuse it.
#[must_use]
pub(super) fn names_media_type(request: &Request<'_>, kind: &str, subtype: &str) -> bool {
    let is_it = |member: &[u8]| {
        let range = member.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        range.eq_ignore_ascii_case(format!("{kind}/{subtype}").as_bytes())
    };
    let mut lines = request.head.values(request.bytes, "Accept");
    lines.any(|line| line.split(|byte| *byte == b',').any(is_it)) && media_weight(request, kind, subtype) > 0
}

#[cfg(test)]
mod tests {
    use super::{super::testing::Sent, *};

    fn best(fields: &[&str], available: &[Coding]) -> Option<Form> {
        Accepted::of(&Sent::new("GET /", fields).request()).best(|coding| available.contains(&coding))
    }

    #[test]
    fn the_weights_decide() {
        use Coding::{Brotli, Gzip};
        let both = &[Brotli, Gzip];
        for (value, expected) in [
            ("gzip", Some(Form::Coded(Gzip))),
            ("GZIP", Some(Form::Coded(Gzip))),
            ("x-gzip", Some(Form::Coded(Gzip))),
            ("gzip, deflate, br, zstd", Some(Form::Coded(Brotli))),
            ("gzip;q=1.0, br;q=0.9", Some(Form::Coded(Gzip))),
            ("gzip ; q=0.001", Some(Form::Coded(Gzip))),
            ("br;q=0, gzip", Some(Form::Coded(Gzip))),
            ("identity, gzip;q=0.5", Some(Form::Identity)),
            ("identity;q=0.5, gzip;q=0.5", Some(Form::Coded(Gzip))),
            ("*", Some(Form::Coded(Brotli))),
            ("*, br;q=0", Some(Form::Coded(Gzip))),
            ("*;q=0", None),
            ("*;q=0, identity", Some(Form::Identity)),
            ("identity;q=0", None),
            ("identity;q=0, gzip;q=0", None),
            ("gzip;q=0", Some(Form::Identity)),
            ("", Some(Form::Identity)),
            ("deflate, zstd", Some(Form::Identity)),
            (", gzip ,", Some(Form::Coded(Gzip))),
            // A malformed member is ignored.
            ("gzip;q=2", Some(Form::Identity)),
            ("gzip;q=1.001", Some(Form::Identity)),
            ("gzip;q=0.0001", Some(Form::Identity)),
            ("gzip;q=", Some(Form::Identity)),
            ("gzip;level=9", Some(Form::Identity)),
            ("gzip br", Some(Form::Identity)),
        ] {
            assert_eq!(best(&[&format!("Accept-Encoding: {value}")], both), expected, "{value}");
        }
        assert_eq!(best(&[], both), Some(Form::Identity));
        assert_eq!(best(&["Accept-Encoding: br"], &[Gzip]), Some(Form::Identity));
        assert_eq!(best(&["Accept-Encoding: br, identity;q=0"], &[Gzip]), None);
        let lines = ["Accept-Encoding: br;q=0.1", "Accept-Encoding: gzip"];
        assert_eq!(best(&lines, both), Some(Form::Coded(Gzip)), "lines are one list");
    }

    #[test]
    fn the_most_specific_media_range_counts() {
        let weight = |accept: &str| {
            media_weight(&Sent::new("GET /", &[&format!("Accept: {accept}")]).request(), "text", "html")
        };
        for (accept, expected) in [
            ("text/html", 1000),
            ("TEXT/*;q=0.5", 500),
            ("*/*;q=0.1, text/html;q=0.7", 700),
            ("text/html;level=1;q=0.4", 400),
            ("text/html;q=0, */*", 0),
            ("application/json", 0),
            ("image/avif,image/webp,*/*;q=0.8", 800),
        ] {
            assert_eq!(weight(accept), expected, "{accept}");
        }
        assert_eq!(media_weight(&Sent::new("GET /", &[]).request(), "text", "html"), 1000);
    }
}
