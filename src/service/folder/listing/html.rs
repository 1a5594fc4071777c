//! Folder listings as HTML.

use std::borrow::Cow;

use crate::{
    base::calendar::timestamp,
    words::{size, visible},
};

use super::{Entry, Renderer};

/// The value for Content-Type.
pub(super) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// The start of the page: no script, and nothing from other origins. The response's fields tell the browser
/// the same.
const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<style>
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b2027; background: #fff; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
form { display: flex; gap: .5rem; margin: 1rem 0; }
input { flex: 1; min-width: 0; }
input, button { font: inherit; padding: .25rem .5rem; }
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

/// Writes a page for a browser.
pub(super) struct Html;

impl Renderer for Html {
    fn begin(&self, into: &mut Vec<u8>, shown: &str, search: &str) {
        let (shown, search) = (escaped(shown), escaped(search));
        into.extend_from_slice(HEAD.as_bytes());
        let parent = "<tr><td><a href=\"../\">Parent folder</a></td><td></td><td class=\"d\"></td></tr>\n";
        let text = format!(
            "<title>{shown}</title>\n</head>\n<body>\n<h1>{shown}</h1>\n\
             <form><input type=\"search\" name=\"search\" value=\"{search}\" aria-label=\"Words in the name\">\n\
             <button>Search</button></form>\n<table>\n<thead><tr><th>Name</th>\
             <th class=\"n\">Size</th><th class=\"n d\">Changed (UTC)</th></tr></thead>\n<tbody>\n{}",
            if shown == "/" { "" } else { parent }
        );
        into.extend_from_slice(text.as_bytes());
    }

    fn entry(&self, into: &mut Vec<u8>, entry: &Entry, _first: bool) {
        let name = entry.text();
        let (shown, slash) = (escaped(&name), if entry.is_dir { "/" } else { "" });
        let size = if entry.is_dir { String::new() } else { size(entry.len) };
        let date = entry.modified.map(date).unwrap_or_default();
        let name = match entry.href() {
            Some(href) => format!("<a href=\"{}\">{shown}{slash}</a>", escaped(&href)),
            None => format!("{shown}{slash}"),
        };
        let row =
            format!("<tr><td>{name}</td><td class=\"n\">{size}</td><td class=\"n d\">{date}</td></tr>\n");
        into.extend_from_slice(row.as_bytes());
    }

    fn end(&self, into: &mut Vec<u8>, (written, all): (usize, usize), missing: Option<&str>) {
        let entries = if all == 1 { "entry" } else { "entries" };
        let count = match written {
            0 if all == 0 && missing.is_none() => "This folder is empty.".to_owned(),
            written if written < all => {
                format!("{written} of {all} {entries}. <a href=\"?\">Show all</a>.")
            }
            written => format!("{written} {entries}."),
        };
        let missing = missing.map(|why| format!(" Not everything is listed: {why}.")).unwrap_or_default();
        let text = format!("</tbody>\n</table>\n<p>{count}{missing}</p>\n</body>\n</html>\n");
        into.extend_from_slice(text.as_bytes());
    }
}

/// `text` escaped for HTML, without control characters and characters that change the direction of text.
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

/// Seconds since 1970 as `2026-11-21 03:04` in UTC.
fn date(secs: i64) -> String {
    let mut text = timestamp(secs, ' ');
    if text.find('-') == Some(4) {
        text.truncate(16);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_no_seconds() {
        assert_eq!(date(784_111_777), "1994-11-06 08:49");
        assert_eq!(date(-1), "1969-12-31 23:59");
    }
}
