//! The settings file: read once, written by a thread of its own.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender};
use parking_lot::Mutex;

use crate::base::{files::private_file, own_files};

use super::Settings;

/// Changes that follow each other within this time are written together.
const DEBOUNCE: Duration = Duration::from_millis(400);

/// Why the program starts with default settings, or forgets them when it ends.
#[derive(Debug)]
pub enum Warning {
    /// The file does not hold settings. It is kept under another name.
    Broken {
        /// The file.
        path: PathBuf,
        /// Where the damaged file is kept. `None`: it could not be renamed.
        kept: Option<PathBuf>,
        /// The problem with the file.
        reason: serde_json::Error,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why reading failed.
        reason: io::Error,
    },
    /// The system has no folder for settings.
    Homeless,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { path, kept: Some(kept), reason } => write!(
                f,
                "The settings file {} is damaged ({reason}). Starting with default settings; the damaged file is kept as {}.",
                path.display(),
                kept.display()
            ),
            Self::Broken { path, kept: None, reason } => write!(
                f,
                "The settings file {} is damaged ({reason}) and could not be moved aside. Starting with default settings; nothing is saved.",
                path.display()
            ),
            Self::Unreadable { path, reason } => write!(
                f,
                "The settings file {} cannot be read ({reason}). Starting with default settings; nothing is saved.",
                path.display()
            ),
            Self::Homeless => {
                f.write_str("There is no folder for settings on this system, so they are not saved.")
            }
        }
    }
}

impl std::error::Error for Warning {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Broken { reason, .. } => Some(reason),
            Self::Unreadable { reason, .. } => Some(reason),
            Self::Homeless => None,
        }
    }
}

/// The settings and their file. Dropping this writes the changes that are not written yet.
pub struct SettingsFile {
    settings: Settings,
    writer: Option<Writer>,
    problem: Arc<Mutex<Option<String>>>,
}

struct Writer {
    changes: Sender<Settings>,
    thread: JoinHandle<()>,
}

impl SettingsFile {
    /// The usual path: `settings.json` in the program's own configuration folder. `None`: the system has
    /// no configuration folder.
    #[must_use]
    pub fn usual_path() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "byteglass")
            .map(|dirs| dirs.config_dir().join("settings.json"))
    }

    /// Reads the settings file. Without a file the settings are the defaults; without a `path` they are
    /// not kept. A broken file is moved aside and named in the warning.
    #[must_use]
    pub fn open(path: Option<PathBuf>) -> (Self, Option<Warning>) {
        let Some(path) = path else { return (Self::forgetful(), Some(Warning::Homeless)) };
        // The settings may hold a password: they are not served if they lie in the folder.
        let bytes = File::open(&path).and_then(|mut file| {
            own_files::add(&file);
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| bytes)
        });
        match bytes {
            Ok(bytes) => match serde_json::from_slice::<Settings>(&bytes) {
                Ok(settings) => (Self::keeping(settings.sane(), path), None),
                Err(reason) => {
                    let kept = move_aside(&path).ok();
                    let store = match kept {
                        Some(_) => Self::keeping(Settings::default(), path.clone()),
                        None => Self::forgetful(),
                    };
                    (store, Some(Warning::Broken { path, kept, reason }))
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (Self::keeping(Settings::default(), path), None)
            }
            Err(reason) => (Self::forgetful(), Some(Warning::Unreadable { path, reason })),
        }
    }

    /// Settings that are not kept, for tests and for systems without a place to keep them.
    #[must_use]
    pub fn forgetful() -> Self {
        Self { settings: Settings::default(), writer: None, problem: Arc::default() }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings. Another thread writes them soon.
    pub fn update(&mut self, change: impl FnOnce(&mut Settings)) {
        let before = self.settings.clone();
        change(&mut self.settings);
        if before != self.settings
            && let Some(writer) = &self.writer
        {
            // Fails only if the writer died, which it reported.
            let _ = writer.changes.send(self.settings.clone());
        }
    }

    /// Why the last attempt to write failed; reported once. `None`: nothing failed since.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.problem.lock().take()
    }

    fn keeping(settings: Settings, path: PathBuf) -> Self {
        let problem = Arc::<Mutex<Option<String>>>::default();
        let (changes, incoming) = crossbeam_channel::unbounded::<Settings>();
        let report = Arc::clone(&problem);
        let write = move |settings: &Settings| {
            if let Err(error) = write_whole(&path, settings) {
                *report.lock() = Some(format!("Settings could not be saved to {}: {error}.", path.display()));
            }
        };
        let body = move || {
            while let Ok(mut latest) = incoming.recv() {
                let ended = loop {
                    match incoming.recv_timeout(DEBOUNCE) {
                        Ok(newer) => latest = newer,
                        Err(RecvTimeoutError::Timeout) => break false,
                        Err(RecvTimeoutError::Disconnected) => break true,
                    }
                };
                write(&latest);
                if ended {
                    return;
                }
            }
        };
        let writer = match std::thread::Builder::new().name("settings".to_owned()).spawn(body) {
            Ok(thread) => Some(Writer { changes, thread }),
            Err(error) => {
                *problem.lock() = Some(format!("Settings are not saved: {error}."));
                None
            }
        };
        Self { settings, writer, problem }
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        if let Some(Writer { changes, thread }) = self.writer.take() {
            drop(changes);
            let _ = thread.join();
        }
    }
}

/// Writes beside the file and renames, so that a reader finds the old file or the new one whole.
fn write_whole(path: &Path, settings: &Settings) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let beside = path.with_extension("json.new");
    // The settings hold a password.
    let mut file = private_file(&beside)?;
    let mut bytes = serde_json::to_vec_pretty(settings)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Renames to `settings.broken.json`, or `settings.broken-2.json` if that is taken, and so on.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let free = (1..1_000)
        .map(|number| match number {
            1 => path.with_extension("broken.json"),
            number => path.with_extension(format!("broken-{number}.json")),
        })
        .find(|candidate| !candidate.exists())
        .ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &free)?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{config::ThemeChoice, gateway::Mount, trace::Guard};

    #[test]
    fn what_was_set_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("settings.json");
        let (mut store, warning) = SettingsFile::open(Some(path.clone()));
        assert!(warning.is_none());
        store.update(|settings| {
            settings.theme = ThemeChoice::Light;
            settings.zoom = 1.5;
            settings.served(Path::new("/srv/ä b"));
            settings.panes.insert("traffic-list".to_owned(), 333.0);
            settings.guards.set(Guard::HeadBytes, 1234);
            let address = "http://[::1]:3000/v2".parse().unwrap();
            settings.gateway.add(&Mount::new("/api").unwrap(), address);
            settings.gateway.groups[0].load.open_max = 8;
        });
        let expected = store.settings().clone();
        drop(store);
        let (store, warning) = SettingsFile::open(Some(path.clone()));
        assert!(warning.is_none());
        assert_eq!(store.settings(), &expected);
        let names: Vec<_> =
            fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["settings.json"], "nothing is left beside the file");
    }

    #[test]
    fn broken_files_are_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for (text, kept_as) in [
            ("{ not json", "settings.broken.json"),
            ("{\"zoom\": \"big\"}", "settings.broken-2.json"),
            ("", "settings.broken-3.json"),
        ] {
            fs::write(&path, text).unwrap();
            let (mut store, warning) = SettingsFile::open(Some(path.clone()));
            assert_eq!(store.settings(), &Settings::default());
            let kept = folder.path().join(kept_as);
            let said = warning.unwrap().to_string();
            assert!(said.contains(kept_as), "{said}");
            assert_eq!(fs::read_to_string(&kept).unwrap(), text);
            store.update(|settings| settings.zoom = 2.0);
            drop(store);
            assert!(SettingsFile::open(Some(path.clone())).1.is_none(), "saving works again");
        }
    }

    #[test]
    fn settings_from_another_version_are_read_as_far_as_they_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, "{\"theme\": \"light\", \"from the future\": 1}").unwrap();
        let (store, warning) = SettingsFile::open(Some(path));
        assert!(warning.is_none());
        assert_eq!(store.settings().theme, ThemeChoice::Light);
        assert_eq!(store.settings().guards, crate::server::Guards::default());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let blocker = folder.path().join("file");
        fs::write(&blocker, "").unwrap();
        // Reading below a file fails with "not a directory", not with "not found".
        let (store, warning) = SettingsFile::open(Some(blocker.join("settings.json")));
        assert!(matches!(warning, Some(Warning::Unreadable { .. })));
        assert!(store.writer.is_none());
    }
}
