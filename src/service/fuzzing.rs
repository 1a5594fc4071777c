//! What holds of any path, for [`crate::fuzzing`].

use std::path::Component;

use super::folder::FolderPath;

/// Panics if `path`, looked up in the folder, could lead out of it, or be shown with control characters.
pub(crate) fn check_path(path: &str) {
    let Ok(path) = FolderPath::of(path) else { return };
    if let Some(relative) = path.relative() {
        let normal = relative.components().all(|part| matches!(part, Component::Normal(_)));
        assert!(normal && !relative.has_root(), "{} leads elsewhere", relative.display());
    }
    let shown = path.shown();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(path.with_slash().bytes().all(|byte| byte.is_ascii_graphic()), "{}", path.with_slash());
}
