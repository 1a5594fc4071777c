//! The media type of a file: by its ending, and by a look at its bytes where the ending leaves something open.

use std::{collections::HashMap, io, path::Path, sync::LazyLock};

use bytes::Bytes;

use crate::{base::shared_text::SharedText, words::is_text};

use super::{
    super::{FileBody, Reach},
    Content,
    media_table::TYPES,
};

/// Bytes at the beginning and at the end of a long file that are looked at.
const LOOKED_AT_BYTES: u64 = 64 * 1024;
/// Length of a packet of an MPEG transport stream, which begins with [`SYNC_BYTE`] (ISO/IEC 13818-1 §2.4.3.2).
const PACKET_BYTES: usize = 188;
const SYNC_BYTE: u8 = 0x47;

/// What the response says about the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// The value for Content-Type.
    pub(super) media_type: SharedText,
    /// Whether the file is another one in the coding gzip.
    pub(super) is_gzip: bool,
}

/// The type of a file with this name. `own`: types that the user has given to endings.
///
/// # Errors
/// The file cannot be read, or not within `reach`.
pub(super) fn of_file(
    name: &Path,
    own: &[(Box<str>, Box<str>)],
    content: &Content,
    reach: Reach,
) -> io::Result<Typed> {
    let ending = name.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let plain = |media_type: SharedText| Typed { media_type, is_gzip: false };
    let look = || Sample::of(content, reach);
    let given = own.iter().find(|(of, _)| ending.as_deref() == Some(of));
    if let Some((_, given)) = given {
        let is_whole = given.contains(';') || !has_charset(given);
        return Ok(plain(if is_whole { (**given).to_owned().into() } else { charset(given, &look()?) }));
    }
    let Some(ending) = ending else {
        // A text file without an ending, such as LICENSE or Makefile, is there to be read.
        let sample = look()?;
        let is_readable = sample.is_utf8 && !sample.start.is_empty() && !has_controls(&sample.start);
        let text = if is_readable { "text/plain; charset=utf-8" } else { "application/octet-stream" };
        return Ok(plain(text.into()));
    };
    Ok(match &*ending {
        // TypeScript, unless the bytes are those of a film.
        "ts" | "mts" => {
            let sample = look()?;
            let at = |place| sample.start.get(place).is_none_or(|byte: &u8| *byte == SYNC_BYTE);
            if sample.start.first() == Some(&SYNC_BYTE) && at(PACKET_BYTES) {
                plain("video/mp2t".into())
            } else {
                plain(charset("text/plain", &sample))
            }
        }
        "svgz" => {
            let is_gzip = look()?.start.starts_with(&[0x1f, 0x8b]);
            Typed { media_type: "image/svg+xml".into(), is_gzip }
        }
        ending => {
            let Some(essence) = of_ending(ending) else {
                return Ok(plain("application/octet-stream".into()));
            };
            plain(if has_charset(essence) { charset(essence, &look()?) } else { essence.into() })
        }
    })
}

/// The type of files with this ending, which is in lower case. `None`: unknown.
fn of_ending(ending: &str) -> Option<&'static str> {
    static TABLE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let endings = |(media_type, endings): &(&'static str, &'static str)| {
            let media_type = *media_type;
            endings.split(' ').map(move |ending| (ending, media_type))
        };
        TYPES.iter().flat_map(endings).collect()
    });
    let found = TABLE.get(ending).copied();
    match found.or_else(|| mime_guess::from_ext(ending).first_raw()) {
        // RFC 9239 §6: the other name is obsolete.
        Some("application/javascript") => Some("text/javascript"),
        found => found,
    }
}

/// Whether the encoding of such a file is told by a parameter. RFC 7303 §3: a file of XML tells it by itself, and a
/// parameter would go before what it says.
fn has_charset(essence: &str) -> bool {
    let is_xml = essence.ends_with("+xml") || essence.ends_with("/xml") || essence == "application/xml-dtd";
    is_text(essence) && !is_xml
}

/// The type with its charset. Without one browsers guess, and wrongly for a page in UTF-8; with a wrong one they
/// cannot even do that, nor see what the page itself says.
fn charset(essence: &str, sample: &Sample) -> SharedText {
    match (essence, sample.is_utf8) {
        (_, false) => essence.to_owned().into(),
        // The common types of a web page, without an allocation.
        ("text/html", _) => "text/html; charset=utf-8".into(),
        ("text/css", _) => "text/css; charset=utf-8".into(),
        ("text/javascript", _) => "text/javascript; charset=utf-8".into(),
        ("text/plain", _) => "text/plain; charset=utf-8".into(),
        ("application/json", _) => "application/json; charset=utf-8".into(),
        (essence, _) => format!("{essence}; charset=utf-8").into(),
    }
}

/// Whether there are bytes that no text has.
fn has_controls(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}

/// What is looked at of a file.
struct Sample {
    /// Its first bytes.
    start: Bytes,
    /// Whether its first bytes and its last ones are UTF-8.
    is_utf8: bool,
}

impl Sample {
    fn of(content: &Content, reach: Reach) -> io::Result<Self> {
        let file = match content {
            Content::Opened(file, _) => file,
            Content::Held(bytes) => return Ok(Self { start: bytes.clone(), is_utf8: is_utf8(bytes, false) }),
            Content::Embedded(bytes) => {
                return Ok(Self { start: Bytes::from_static(bytes), is_utf8: is_utf8(bytes, false) });
            }
        };
        let len = content.len();
        let part = |start: u64, len| FileBody { file: file.clone(), start, len }.read_all(reach);
        let start = part(0, len.min(LOOKED_AT_BYTES))?;
        let rest = len - start.len() as u64;
        let end_at = len - rest.min(LOOKED_AT_BYTES);
        let end = if rest == 0 { Bytes::new() } else { part(end_at, len - end_at)? };
        // It may begin within a character.
        let first = end.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
        let is_utf8 = is_utf8(&start, rest > 0) && is_utf8(&end[first..], false);
        Ok(Self { start, is_utf8 })
    }
}

/// Whether the bytes are UTF-8. `is_cut`: the last character may go on.
fn is_utf8(bytes: &[u8], is_cut: bool) -> bool {
    match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => is_cut && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{io::Write as _, sync::Arc};

    use super::*;

    fn typed(name: &str, content: &[u8]) -> Typed {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let content = Content::Opened(Arc::new(file.into()), content.len() as u64);
        of_file(Path::new(name), &[("geo".into(), "text/geo".into())], &content, Reach::Disk).unwrap()
    }

    #[test]
    fn text_has_a_charset_and_other_types_have_none() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("A.HTML", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("app.ts", "text/plain; charset=utf-8"),
            ("data.json", "application/json; charset=utf-8"),
            ("feed.xml", "text/xml"),
            ("a.xhtml", "application/xhtml+xml"),
            ("icon.svg", "image/svg+xml"),
            ("notes.txt", "text/plain; charset=utf-8"),
            ("readme.md", "text/markdown; charset=utf-8"),
            ("a.geo", "text/geo; charset=utf-8"),
            ("picture.png", "image/png"),
            ("font.woff2", "font/woff2"),
            ("code.wasm", "application/wasm"),
            ("unknown.zzz", "application/octet-stream"),
            ("LICENSE", "text/plain; charset=utf-8"),
            ("a.tar.gz", "application/gzip"),
        ] {
            assert_eq!(typed(name, b"text").media_type, expected, "{name}");
        }
    }

    #[test]
    fn a_charset_is_only_claimed_where_it_holds() {
        let long = "\u{e9}".repeat(100_001).into_bytes();
        for (content, is_utf8) in [
            (&b"caf\xe9"[..], false),
            ("caf\u{e9}".as_bytes(), true),
            (b"", true),
            (&long, true),
            (&long[1..], false),
            (&long[..long.len() - 1], false),
            (b"\xff\xfea\0", false),
        ] {
            let expected = if is_utf8 { "text/html; charset=utf-8" } else { "text/html" };
            assert_eq!(typed("a.html", content).media_type, expected, "{} bytes", content.len());
        }
    }

    #[test]
    fn the_bytes_tell_what_an_ending_leaves_open() {
        let mut film = vec![0; 400];
        (film[0], film[PACKET_BYTES]) = (SYNC_BYTE, SYNC_BYTE);
        assert_eq!(typed("a.ts", &film).media_type, "video/mp2t");
        assert_eq!(typed("a.m2ts", b"").media_type, "video/mp2t");
        assert_eq!(typed("program", b"\x7fELF\x02").media_type, "application/octet-stream");
        assert_eq!(typed("latin", b"caf\xe9").media_type, "application/octet-stream");
        assert!(typed("a.svgz", b"\x1f\x8b\x08").is_gzip && !typed("a.svgz", b"<svg").is_gzip);
        assert_eq!(typed("a.svgz", b"\x1f\x8b\x08").media_type, "image/svg+xml");
    }

    /// `tests/media_types.tsv`: the endings of mime-db, the types that it has for them, and ours where they differ.
    #[test]
    fn a_thousand_endings_have_the_types_of_the_registry() {
        let list = include_str!("../../../tests/media_types.tsv");
        let mut wrong = Vec::new();
        for line in list.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [ending, theirs, ours] = columns[..] else { panic!("{line}") };
            let expected = if ours.is_empty() { theirs } else { ours };
            let found = match ending {
                "ts" | "mts" => Some("text/plain"),
                ending => of_ending(ending),
            };
            if found != Some(expected) {
                wrong.push(format!("{ending}: {found:?}, not {expected}"));
            }
        }
        assert!(list.lines().count() > 1000 && wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
