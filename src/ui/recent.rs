//! The existence of recent folders, as far as the disks have answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Answers and open questions about recent folders.
#[derive(Debug, Default)]
pub(super) struct Recent {
    exists: BTreeMap<PathBuf, bool>,
    asked: BTreeSet<PathBuf>,
}

impl Recent {
    /// The folders to ask about: those without an open question. Marks each of them as asked.
    pub(super) fn ask_about(&mut self, folders: &[PathBuf]) -> Vec<PathBuf> {
        folders.iter().filter(|folder| self.asked.insert((*folder).clone())).cloned().collect()
    }

    pub(super) fn answered(&mut self, folder: PathBuf, exists: bool) {
        self.asked.remove(&folder);
        self.exists.insert(folder, exists);
    }

    /// Each folder, and whether it exists. A folder without an answer counts as existing.
    pub(super) fn shown(&self, folders: &[PathBuf]) -> Vec<(PathBuf, bool)> {
        let exists = |folder: &PathBuf| self.exists.get(folder).copied().unwrap_or(true);
        folders.iter().map(|folder| (folder.clone(), exists(folder))).collect()
    }
}
