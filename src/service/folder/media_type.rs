//! The media type of a file, by its extension.

use std::path::Path;

use crate::{base::shared_text::SharedText, words::is_text};

/// The value for Content-Type of a file with this name.
#[must_use]
pub(super) fn media_type(name: &Path) -> SharedText {
    let Some(essence) = mime_guess::from_path(name).first_raw() else {
        return "application/octet-stream".into();
    };
    match essence {
        // The common types of a web page, without an allocation.
        "text/html" => "text/html; charset=utf-8".into(),
        "text/css" => "text/css; charset=utf-8".into(),
        // RFC 9239 §6: the other name is obsolete.
        "text/javascript" | "application/javascript" => "text/javascript; charset=utf-8".into(),
        "text/plain" => "text/plain; charset=utf-8".into(),
        "application/json" => "application/json; charset=utf-8".into(),
        "image/svg+xml" => "image/svg+xml; charset=utf-8".into(),
        // Without a charset browsers guess, and wrongly for a page in UTF-8.
        essence if is_text(essence) => format!("{essence}; charset=utf-8").into(),
        essence => essence.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_a_charset_and_other_types_have_none() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("A.HTML", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("data.json", "application/json; charset=utf-8"),
            ("feed.xml", "text/xml; charset=utf-8"),
            ("a.xhtml", "application/xhtml+xml; charset=utf-8"),
            ("icon.svg", "image/svg+xml; charset=utf-8"),
            ("notes.txt", "text/plain; charset=utf-8"),
            ("readme.md", "text/markdown; charset=utf-8"),
            ("picture.png", "image/png"),
            ("font.woff2", "font/woff2"),
            ("code.wasm", "application/wasm"),
            ("unknown.zzz", "application/octet-stream"),
            ("LICENSE", "application/octet-stream"),
            ("a.tar.gz", "application/gzip"),
        ] {
            assert_eq!(media_type(Path::new(name)), expected, "{name}");
        }
    }
}
