//! The fonts of the system: what fontconfig answers, or the files that come with Windows and macOS.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::coverage::Coverage;

/// A font with a character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The file.
    pub path: PathBuf,
    /// The face in the file.
    pub index: u32,
    /// What else it has.
    pub covers: Coverage,
}

/// A font that comes with a system: its file, and what it is used for, as [`Coverage::parse`] reads it.
type Known = (&'static str, &'static str);

const WINDOWS: [Known; 11] = [
    ("segoeui.ttf", "590-5ff 600-6ff 530-58f 10a0-10ff"),
    ("msyh.ttc", "2e80-303f 3100-31bf 3400-4dbf 4e00-9fff f900-faff fe30-fe4f ff00-ffef"),
    ("YuGothM.ttc", "3040-30ff 31f0-31ff"),
    ("malgun.ttf", "1100-11ff 3130-318f ac00-d7af"),
    ("LeelawUI.ttf", "e00-eff 1780-17ff"),
    ("Nirmala.ttc", "900-dff"),
    ("Nirmala.ttf", "900-dff"),
    ("ebrima.ttf", "1200-139f"),
    ("seguiemj.ttf", "1f000-1faff"),
    ("seguisym.ttf", "2000-2bff"),
    ("msgothic.ttc", "3040-30ff"),
];

const MACOS: [Known; 11] = [
    ("Hiragino Sans GB.ttc", "2e80-30ff 3400-4dbf 4e00-9fff f900-faff ff00-ffef"),
    ("PingFang.ttc", "2e80-30ff 3400-4dbf 4e00-9fff f900-faff ff00-ffef"),
    ("AppleSDGothicNeo.ttc", "1100-11ff 3130-318f ac00-d7af"),
    ("GeezaPro.ttc", "600-6ff 750-77f fb50-fdff fe70-feff"),
    ("ArialHB.ttc", "590-5ff fb1d-fb4f"),
    ("ThonburiUI.ttc", "e00-e7f"),
    ("Thonburi.ttc", "e00-e7f"),
    ("Kohinoor.ttc", "900-97f"),
    ("Apple Color Emoji.ttc", "1f000-1faff"),
    ("Apple Symbols.ttf", "2000-2bff"),
    ("Supplemental/Arial Unicode.ttf", "20-ffff"),
];

/// A font of the system with this character. Takes up to some seconds. `None`: there is none.
pub(super) fn font_with(character: char) -> Option<Found> {
    if cfg!(windows) {
        let windows = std::env::var_os("WINDIR").map_or_else(|| PathBuf::from("C:\\Windows"), PathBuf::from);
        known(&windows.join("Fonts"), &WINDOWS, character)
    } else if cfg!(target_os = "macos") {
        known(Path::new("/System/Library/Fonts"), &MACOS, character)
    } else {
        fontconfig(character)
    }
}

/// The first of the known fonts that is there.
fn known(folder: &Path, fonts: &[Known], character: char) -> Option<Found> {
    fonts.iter().find_map(|(file, covers)| {
        let (path, covers) = (folder.join(file), Coverage::parse(covers));
        (covers.has(character) && path.is_file()).then_some(Found { path, index: 0, covers })
    })
}

/// The font that fontconfig would take, among those that have the character.
fn fontconfig(character: char) -> Option<Found> {
    let pattern = format!("sans-serif:charset={:x}", u32::from(character));
    let best = output("fc-match", &["-f", "%{file}", &pattern]).unwrap_or_default();
    let having = format!(":charset={:x}", u32::from(character));
    let list = output("fc-list", &["-f", "%{file}\t%{index}\t%{style}\t%{charset}\n", &having])?;
    choose(&list, &best, character)
}

/// Chooses from the lines of `fc-list`: `best` if it is among them, else a regular face.
fn choose(list: &str, best: &str, character: char) -> Option<Found> {
    let fonts = list.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        let (path, index, style, charset) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let readable = ["ttf", "otf", "ttc", "otc"];
        let path = PathBuf::from(path);
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        // The upper half of the index names a variant.
        let index = index.parse::<u32>().ok()? & 0xffff;
        let covers = Coverage::parse(charset);
        let is_fit = readable.contains(&&*ending) && covers.has(character);
        let is_plain = ["Regular", "Book", "Medium"].iter().any(|plain| style.contains(plain));
        let is_slanted = ["Italic", "Oblique"].iter().any(|slanted| style.contains(slanted));
        let rank = (path.as_os_str() == best, is_plain && !is_slanted, !is_slanted);
        is_fit.then_some((rank, Found { path, index, covers }))
    });
    // The first of equals, so that the answer is the same each time.
    fonts.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, found)| found)
}

/// What a command prints. `None`: it is not there, or fails.
fn output(command: &str, arguments: &[&str]) -> Option<String> {
    let ran =
        Command::new(command).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn the_font_that_the_system_prefers_is_taken_or_a_plain_one() {
        let list = "/f/Bold.ttf\t0\tBold\t590-5ff\n/f/Old.pfb\t0\tRegular\t590-5ff\n\
                    /f/Plain.ttc\t65537\tRegular\t20-7e 590-5ff\n/f/Other.otf\t0\tBook\t590-5ff\n\
                    /f/Latin.ttf\t0\tRegular\t20-7e\nnonsense\n";
        let path = |best: &str| choose(list, best, 'ש').unwrap().path;
        assert_eq!(path("/f/Bold.ttf"), Path::new("/f/Bold.ttf"));
        assert_eq!(path("/f/Latin.ttf"), Path::new("/f/Plain.ttc"), "it does not have the character");
        assert_eq!(choose(list, "", 'ש').unwrap().index, 1);
        assert_eq!(choose(list, "", '你'), None);
        assert_eq!(choose("", "", 'a'), None);
    }

    #[test]
    fn the_known_fonts_are_tried_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(known(folder.path(), &WINDOWS, '한'), None);
        std::fs::write(folder.path().join("malgun.ttf"), "").unwrap();
        assert_eq!(known(folder.path(), &WINDOWS, '한').unwrap().path, folder.path().join("malgun.ttf"));
        assert_eq!(known(folder.path(), &WINDOWS, '你'), None);
        for (file, covers) in WINDOWS.iter().chain(&MACOS) {
            assert_ne!(Coverage::parse(covers), Coverage::default(), "{file}");
        }
    }
}
