//! Names and values as HTML forms and queries write them: `application/x-www-form-urlencoded`.

use percent_encoding::percent_decode_str;

/// The pairs of `text`, decoded, in order. A part without `=` is a name with an empty value; what is
/// malformed stays as it is, as the URL standard has it (<https://url.spec.whatwg.org/#urlencoded-parsing>).
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let pairs: Vec<_> = pairs("a=1&b=x+y%2Bz&&c&=d&e=%C3%A9%ff%zz&a==").collect();
        let expected = [("a", "1"), ("b", "x y+z"), ("c", ""), ("", "d"), ("e", "é\u{fffd}%zz"), ("a", "=")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
