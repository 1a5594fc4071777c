//! The welcome site, embedded in the program.

use std::{path::Path, sync::LazyLock};

use super::{
    super::{Reach, Validators},
    Content, Found, Resolution, Selected, media_type,
    path::FolderPath,
};

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/public/", $name)) as &[u8])),*]
    };
}

/// Every file of `public/`, by name.
static FILES: [(&str, &[u8]); 12] = embed![
    "app.js",
    "events.html",
    "favicon.svg",
    "form.html",
    "framing.html",
    "glass.png",
    "index.html",
    "messages.html",
    "socket.html",
    "stream.html",
    "style.css",
    "try.html",
];

/// The validators of [`FILES`], in the order of that list. They depend on the content alone, because the
/// build time is unrelated to the pages.
static VALIDATORS: LazyLock<[Validators; FILES.len()]> =
    LazyLock::new(|| FILES.map(|(_, content)| Validators::of_content(content)));

/// Looks up a path.
#[must_use]
pub(super) fn find(path: &FolderPath<'_>) -> Found {
    let key = path.key();
    let name = if key.is_empty() { b"index.html" } else { &*key };
    let place = FILES.iter().position(|(file, _)| file.as_bytes() == name);
    match place {
        Some(place) if key.is_empty() || !path.slash => {
            let (name, content) = FILES[place];
            let content = Content::Embedded(content);
            // Nothing is read that could fail.
            let Ok(typed) = media_type::of_file(Path::new(name), &[], &content, Reach::Cache) else {
                return Found::missing(path.shown());
            };
            let selected = Selected {
                content,
                media_type: typed.media_type,
                is_gzip: typed.is_gzip,
                validators: VALIDATORS[place].clone(),
                siblings: Vec::new(),
            };
            Found::new(name, Resolution::Serve(selected))
        }
        _ => Found::missing(path.shown()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{collections::BTreeSet, fs};

    use super::{
        super::{LookupOptions, Site},
        *,
    };

    #[test]
    fn every_file_of_the_site_is_in_the_program_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
        let on_disk: BTreeSet<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let embedded: BTreeSet<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(on_disk, embedded);
        for (name, content) in FILES {
            assert!(fs::read(folder.join(name)).unwrap() == content, "{name} is not the embedded one");
        }
    }

    #[test]
    fn the_site_is_found_by_the_rules_of_a_folder() {
        let said = |path| Site::Welcome.find(path, LookupOptions::default()).words();
        assert!(said("/").starts_with("file index.html, "));
        assert!(said("/%73tyle.css").starts_with("file style.css, "));
        assert_eq!(said("/style.css/"), "no file style.css/");
        assert_eq!(said("/nope"), "no file nope");
        assert_eq!(said("/.style.css"), "no file .style.css");
        assert_eq!(said("/../etc/passwd"), "/../etc/passwd leads outside the served folder");
    }

    #[test]
    fn tags_differ_from_file_to_file() {
        let tags: BTreeSet<_> = VALIDATORS.iter().map(|validators| validators.tag.as_deref()).collect();
        assert_eq!(tags.len(), FILES.len());
        let found = Site::Welcome.find("/app.js", LookupOptions::default());
        assert!(matches!(
            found.what,
            Resolution::Serve(Selected { validators: Validators { modified: None, .. }, .. })
        ));
    }
}
