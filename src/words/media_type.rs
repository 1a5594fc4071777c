//! Media types: the type without its parameters, and whether it is text.

/// The media type in the value of a Content-Type field, without parameters and in lower case. Empty: the
/// value has none.
#[must_use]
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether content of this type, an [`essence`], is text although it may not be called so.
#[must_use]
pub fn is_text(essence: &str) -> bool {
    const TEXTS: [&str; 4] = [
        "application/json",
        "application/javascript",
        "application/xml",
        "application/x-www-form-urlencoded",
    ];
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || essence.ends_with("+json")
        || TEXTS.contains(&essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_known_by_its_type() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            (" Application/JSON ;a=b", true),
            ("image/svg+xml", true),
            ("application/ld+json", true),
            ("application/wasm", false),
            ("image/png", false),
            ("", false),
        ] {
            assert_eq!(is_text(&essence(content_type)), expected, "{content_type}");
        }
    }
}
