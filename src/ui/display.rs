//! Is there a display, and are its libraries there? Asked before the window is opened, because the
//! libraries are loaded while the program runs and their absence is found out too late otherwise.

use std::{
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
};

/// Why no window can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisplayProblem {
    /// Neither Wayland nor X11 is announced in the environment.
    NoDisplay,
    /// There is a display, but these libraries were not found.
    MissingLibraries(Vec<Library>),
}

/// A shared library that a window needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its file name.
    pub file: &'static str,
    /// The package in Debian and its kin.
    pub debian: &'static str,
    /// The package in Fedora and its kin.
    pub fedora: &'static str,
}

impl fmt::Display for DisplayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDisplay => {
                f.write_str("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)")
            }
            Self::MissingLibraries(missing) => {
                let list = |pick: fn(&Library) -> &'static str| {
                    missing.iter().map(pick).collect::<Vec<_>>().join(" ")
                };
                write!(
                    f,
                    "libraries for the window are missing ({}); Debian, Ubuntu: apt install {}; Fedora: dnf install {}",
                    list(|library| library.file),
                    list(|library| library.debian),
                    list(|library| library.fedora)
                )
            }
        }
    }
}

impl std::error::Error for DisplayProblem {}

const fn library(file: &'static str, debian: &'static str, fedora: &'static str) -> Library {
    Library { file, debian, fedora }
}

const EGL: Library = library("libEGL.so.1", "libegl1", "libglvnd-egl");
const GL: Library = library("libGL.so.1", "libgl1", "libglvnd-glx");
const XKB: Library = library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon");

/// What winit loads for X11. OpenGL comes by GLX or by EGL, so one of the two is enough.
const X11: [Library; 6] = [
    library("libX11.so.6", "libx11-6", "libX11"),
    library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb"),
    library("libXcursor.so.1", "libxcursor1", "libXcursor"),
    library("libXi.so.6", "libxi6", "libXi"),
    XKB,
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
];

/// What winit and glutin load for Wayland.
const WAYLAND: [Library; 4] = [
    library("libwayland-client.so.0", "libwayland-client0", "libwayland-client"),
    library("libwayland-egl.so.1", "libwayland-egl1", "libwayland-egl"),
    XKB,
    EGL,
];

/// Whether a window can be opened, as far as that can be told before trying.
///
/// # Errors
/// There is no display, or libraries are missing.
pub fn check() -> Result<(), DisplayProblem> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let environment = |name: &str| std::env::var_os(name);
    check_in(&environment, &folders(&environment, Path::new("/")))
}

/// The same, for this environment and these folders of libraries.
///
/// # Errors
/// There is no display, or libraries are missing.
pub fn check_in(
    environment: &dyn Fn(&str) -> Option<OsString>,
    folders: &[PathBuf],
) -> Result<(), DisplayProblem> {
    let set = |name: &str| environment(name).is_some_and(|value| !value.is_empty());
    // The order in which winit chooses.
    let needed: &[Library] = if set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET") {
        &WAYLAND
    } else if set("DISPLAY") {
        &X11
    } else {
        return Err(DisplayProblem::NoDisplay);
    };
    let found = |library: &Library| {
        let bare = library.file.trim_end_matches(|c: char| c == '.' || c.is_ascii_digit());
        folders.iter().any(|folder| folder.join(library.file).exists() || folder.join(bare).exists())
    };
    let mut missing: Vec<Library> = needed.iter().filter(|library| !found(library)).copied().collect();
    if !missing.contains(&EGL) && !found(&EGL) && !found(&GL) {
        missing.push(GL);
    }
    if missing.is_empty() { Ok(()) } else { Err(DisplayProblem::MissingLibraries(missing)) }
}

/// The folders that the loader searches: `LD_LIBRARY_PATH`, those configured, and the usual ones
/// with their folder for each machine type. The loader's cache has a format of its own, so the
/// folders behind it are searched instead.
fn folders(environment: &dyn Fn(&str) -> Option<OsString>, root: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = environment("LD_LIBRARY_PATH")
        .map(|paths| std::env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    let configured = entries(&root.join("etc/ld.so.conf.d")).into_iter().chain([root.join("etc/ld.so.conf")]);
    for file in configured {
        let lines = fs::read_to_string(file).unwrap_or_default();
        folders.extend(lines.lines().map(str::trim).filter(|line| line.starts_with('/')).map(PathBuf::from));
    }
    for usual in ["lib", "usr/lib", "usr/local/lib", "lib64", "usr/lib64", "usr/local/lib64"] {
        let folder = root.join(usual);
        let by_machine = entries(&folder)
            .into_iter()
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("-linux-")));
        folders.extend(by_machine);
        folders.push(folder);
    }
    folders.push(root.join("run/opengl-driver/lib"));
    folders
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn environment(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn without_a_display_nothing_else_is_asked() {
        for pairs in [&[][..], &[("DISPLAY", "")], &[("WAYLAND_DISPLAY", "")]] {
            assert_eq!(check_in(&environment(pairs), &[]), Err(DisplayProblem::NoDisplay));
        }
    }

    #[test]
    fn missing_libraries_are_named_with_their_packages_on_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        let x11 = environment(&[("DISPLAY", ":0")]);
        for library in X11 {
            fs::write(folder.path().join(library.file), "").unwrap();
        }
        assert_eq!(check_in(&x11, &folders), Err(DisplayProblem::MissingLibraries(vec![GL])));
        fs::write(folder.path().join("libEGL.so"), "").unwrap();
        assert_eq!(check_in(&x11, &folders), Ok(()), "EGL will do, and an unversioned file too");
        fs::remove_file(folder.path().join("libXi.so.6")).unwrap();
        let said = check_in(&x11, &folders).unwrap_err().to_string();
        assert!(said.contains("libXi.so.6") && said.contains("libxi6"), "{said}");
        assert!(!said.contains('\n'));
        let wayland = environment(&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")]);
        let said = check_in(&wayland, &folders).unwrap_err().to_string();
        assert!(said.contains("libwayland-client0") && !said.contains("libxi6"), "{said}");
    }

    #[test]
    fn folders_by_machine_type_and_configured_ones_are_searched() {
        let root = tempfile::tempdir().unwrap();
        let machine = root.path().join("usr/lib/sparc64-linux-gnu");
        fs::create_dir_all(&machine).unwrap();
        fs::create_dir_all(root.path().join("etc/ld.so.conf.d")).unwrap();
        fs::write(root.path().join("etc/ld.so.conf.d/own.conf"), "# own\n/opt/own/lib\n").unwrap();
        let env = environment(&[("LD_LIBRARY_PATH", "/one::/two")]);
        let found = folders(&env, root.path());
        for expected in [&machine, Path::new("/opt/own/lib"), Path::new("/one"), Path::new("/two")] {
            assert!(found.iter().any(|folder| folder == expected), "{}", expected.display());
        }
        assert!(!found.iter().any(|folder| folder.as_os_str().is_empty()));
    }
}
