//! The ready compressed files beside a file.

use std::{
    io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{trace::Refusal, words::visible};

use super::{
    super::{
        super::{Coding, FileBody, Sibling},
        LookupOptions, Resolution,
        own::is_own,
    },
    served::Served,
    system::{modified, validators},
};

/// Such a file may be this much older than its original: programs that copy times cut them off.
const OLDER_MAX: Duration = Duration::from_secs(1);

impl Served {
    /// The precompressed files beside the one at `relative`. They are opened by the same rules as any file
    /// and must be about as new as the original, since an older one may have other content. Also returns what is
    /// to be said of those that are not used.
    ///
    /// # Errors
    /// `WouldBlock`: the reach of the options is too short.
    pub(super) fn siblings(
        &self,
        relative: &Path,
        original: Option<SystemTime>,
        options: LookupOptions,
    ) -> io::Result<(Vec<Sibling>, Option<String>)> {
        let (mut siblings, mut problem) = (Vec::new(), None);
        for coding in Coding::ALL {
            let mut name = relative.as_os_str().to_owned();
            name.push(coding.extension());
            match self.sibling(Path::new(&name), coding, options) {
                Ok(Some((sibling, modified))) => {
                    let newest = modified.and_then(|modified| modified.checked_add(OLDER_MAX));
                    if newest >= original {
                        siblings.push(sibling);
                    } else {
                        let name = visible(&name.to_string_lossy()).into_owned();
                        problem = Some(format!("{name} is older than its original and was not used."));
                    }
                }
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(error) => {
                    let refused = self.failed(&error, &visible(&name.to_string_lossy()));
                    if matches!(
                        refused.what,
                        Resolution::Refuse(Refusal::FileFailed | Refusal::FileDenied, _)
                    ) {
                        problem = Some(format!("{}: {error}.", refused.words()));
                    }
                }
            }
        }
        Ok((siblings, problem))
    }

    /// The file that holds `relative` in `coding`, and the time of its last modification. `None`: no regular
    /// file.
    fn sibling(
        &self,
        relative: &Path,
        coding: Coding,
        options: LookupOptions,
    ) -> io::Result<Option<(Sibling, Option<SystemTime>)>> {
        let seen = self.root.look(relative, options)?;
        if !seen.metadata.is_file() {
            return Ok(None);
        }
        let (file, metadata) = self.root.open_file(&seen, options.reach)?;
        if is_own(&file, &metadata, options.reach)? {
            return Ok(None);
        }
        let sibling = Sibling {
            coding,
            body: FileBody { file: Arc::new(file), start: 0, len: metadata.len() },
            validators: validators(&metadata),
        };
        Ok(metadata.is_file().then(|| (sibling, modified(&metadata))))
    }
}
