//! A folder that is gone when its value is.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// An empty folder below the system's folder for temporary files, removed with all that is in it on drop.
#[derive(Debug)]
pub struct ScratchFolder {
    path: PathBuf,
}

impl ScratchFolder {
    /// Makes one with a name that no other has.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let root = std::env::temp_dir();
        let process = std::process::id();
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = root.join(format!("byteglass-test-{process}-{number}"));
            // One of an earlier process with the same number may still be there.
            if fs::create_dir(&path).is_ok() {
                return Self { path };
            }
            assert!(path.exists(), "{} cannot be made", path.display());
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Default for ScratchFolder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = fs::remove_dir_all(&self.path);
    }
}
