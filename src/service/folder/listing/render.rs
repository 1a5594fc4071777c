//! How a listing is written: for people, and for programs.

use std::{borrow::Cow, fmt::Write as _};

use percent_encoding::percent_encode;

use crate::base::calendar::timestamp;

use super::{super::path::NOT_PCHAR, Entry};
use crate::words::{size, visible};

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// For programs.
    Json,
}

/// No script, and nothing from elsewhere; the page says so to the browser too, in its fields.
const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<style>
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b2027; background: #fff; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
th, td { padding: .5rem .25rem; border-bottom: 1px solid #d6dde6; vertical-align: top; }
td:first-child { overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
a { color: #0b57b0; }
p { color: #4d5866; }
@media (prefers-color-scheme: dark) {
body { color: #e6eaf0; background: #0f1216; }
th, td { border-color: #262d36; }
a { color: #5aa9ff; }
p { color: #97a3b3; }
}
@media (max-width: 32rem) { .d { display: none; } }
</style>
";

impl Format {
    /// The value for Content-Type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// What comes before the entries. `shown`: the folder's path for people.
    pub(super) fn begin(self, into: &mut Vec<u8>, shown: &str) {
        match self {
            Self::Html => {
                let shown = escaped(shown);
                into.extend_from_slice(HEAD.as_bytes());
                let parent =
                    "<tr><td><a href=\"../\">The folder above</a></td><td></td><td class=\"d\"></td></tr>\n";
                let text = format!(
                    "<title>{shown}</title>\n</head>\n<body>\n<h1>{shown}</h1>\n<table>\n<thead><tr><th>Name</th>\
                     <th class=\"n\">Size</th><th class=\"n d\">Changed (UTC)</th></tr></thead>\n<tbody>\n{}",
                    if shown == "/" { "" } else { parent }
                );
                into.extend_from_slice(text.as_bytes());
            }
            Self::Json => {
                let text = format!("{{\"path\":{},\"entries\":[", json(shown));
                into.extend_from_slice(text.as_bytes());
            }
        }
    }

    pub(super) fn entry(self, into: &mut Vec<u8>, entry: &Entry, first: bool) {
        let name = String::from_utf8_lossy(&entry.name);
        let slash = if entry.is_dir { "/" } else { "" };
        // A relative reference whose first segment has a colon would be read as a URI (RFC 3986 §4.2).
        let href = format!("./{}{slash}", percent_encode(&entry.name, NOT_PCHAR));
        // Such a path is refused, so nothing is to lead there.
        let linked = !entry.name.contains(&b'\\');
        let text = match self {
            Self::Html => {
                let shown = escaped(&name);
                let size = if entry.is_dir { String::new() } else { size(entry.len) };
                let date = entry.modified.map(|secs| date(secs, ' ', 16)).unwrap_or_default();
                let name = if linked {
                    format!("<a href=\"{}\">{shown}{slash}</a>", escaped(&href))
                } else {
                    format!("{shown}{slash}")
                };
                format!("<tr><td>{name}</td><td class=\"n\">{size}</td><td class=\"n d\">{date}</td></tr>\n")
            }
            Self::Json => {
                let mut text = if first { String::new() } else { ",".to_owned() };
                let kind = if entry.is_dir { "folder" } else { "file" };
                // Writing to a string does not fail.
                let _ = write!(text, "\n{{\"name\":{},\"type\":\"{kind}\"", json(&name));
                if linked {
                    let _ = write!(text, ",\"href\":{}", json(&href));
                }
                if !entry.is_dir {
                    let _ = write!(text, ",\"size\":{}", entry.len);
                }
                if let Some(secs) = entry.modified {
                    let _ = write!(text, ",\"modified\":\"{}Z\"", date(secs, 'T', 19));
                }
                text.push('}');
                text
            }
        };
        into.extend_from_slice(text.as_bytes());
    }

    /// What comes after the entries. `missing`: why some are left out.
    pub(super) fn end(self, into: &mut Vec<u8>, written: usize, missing: Option<&str>) {
        let text = match self {
            Self::Html => {
                let count = match written {
                    0 if missing.is_none() => "This folder is empty.".to_owned(),
                    1 => "1 entry.".to_owned(),
                    count => format!("{count} entries."),
                };
                let missing =
                    missing.map(|why| format!(" Not everything is listed: {why}.")).unwrap_or_default();
                format!("</tbody>\n</table>\n<p>{count}{missing}</p>\n</body>\n</html>\n")
            }
            Self::Json => format!("\n],\"complete\":{}}}\n", missing.is_none()),
        };
        into.extend_from_slice(text.as_bytes());
    }
}

/// Text for a page: no mark-up, no control character, nothing that turns the direction of the text.
fn escaped(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out.into()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::Value::from(text)
}

/// Seconds since 1970 as `2026-11-21 03:04:05` in UTC, with `between` date and time, cut after `len`
/// characters.
fn date(secs: i64, between: char, len: usize) -> String {
    let mut text = timestamp(secs, between);
    let four_digits = text.find('-') == Some(4);
    if four_digits {
        text.truncate(len);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (secs, expected) in [
            (0, "1970-01-01T00:00:00"),
            (784_111_777, "1994-11-06T08:49:37"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_709_251_199, "2024-02-29T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (-1, "1969-12-31T23:59:59"),
        ] {
            assert_eq!(date(secs, 'T', 19), expected);
        }
        assert_eq!(date(784_111_777, ' ', 16), "1994-11-06 08:49");
    }
}
