//! Paths as the window shows them.

use std::path::Path;

/// A path with `~` for the home folder.
#[must_use]
pub fn path(path: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// At most `max` characters of `text`; longer text is shortened in the middle.
#[must_use]
pub fn elide_middle(text: &str, max: usize) -> String {
    let length = text.chars().count();
    if length <= max {
        return text.to_owned();
    }
    let kept = max.saturating_sub(1);
    let head: String = text.chars().take(kept / 2).collect();
    let tail: String = text.chars().skip(length - (kept - kept / 2)).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short_and_keep_both_ends() {
        let home = Path::new("/home/ada");
        assert_eq!(path(Path::new("/home/ada/course/site"), Some(home)), "~/course/site");
        assert_eq!(path(home, Some(home)), "~");
        assert_eq!(path(Path::new("/srv/www"), Some(home)), "/srv/www");
        assert_eq!(path(Path::new("/home/adam"), Some(home)), "/home/adam");
        assert_eq!(elide_middle("abcdefghij", 5), "ab…ij");
        assert_eq!(elide_middle("äöüßé", 5), "äöüßé");
        assert_eq!(elide_middle("äöüßéa", 4), "ä…éa");
    }
}
