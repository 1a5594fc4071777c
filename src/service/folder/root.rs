//! The served folder as a capability, and where paths and links in it lead.

use std::{
    borrow::Cow,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use cap_std::{
    ambient_authority,
    fs::{Dir, Metadata},
};

use crate::base::faults::{self, Call};

use super::{
    super::{Medium, OpenFile, Reach},
    LookupOptions,
    cached::{self, Links},
    own::reading,
    path::FolderPath,
    watch::{Node, Trail, Watch},
};

/// The served folder.
#[derive(Debug)]
pub struct Root {
    /// The folder as a capability: nothing that is opened by it is outside.
    pub dir: Dir,
    /// The folder's absolute path.
    pub path: PathBuf,
    /// What the folder is on.
    pub(super) medium: Medium,
    /// Whether every folder on the way to this one is on a disk of this machine.
    is_local: bool,
    /// Device and inode of the folder.
    #[cfg(unix)]
    identity: (u64, u64),
}

/// What a path leads to.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) metadata: Metadata,
    /// The folder outside of the served one that the entry is in. `None`: it is inside.
    outside: Option<Dir>,
    /// Path of the entry in that folder, or in the served one.
    path: Cow<'a, Path>,
}

impl Root {
    /// Opens a folder.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        faults::reach_path(&path, Path::new(""), true)?;
        faults::pass(Call::Open)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        #[cfg(unix)]
        let identity = {
            use cap_std::fs::MetadataExt as _;
            faults::pass(Call::Stat)?;
            let own = dir.dir_metadata()?;
            (own.dev(), own.ino())
        };
        Ok(Self {
            medium: Medium::of(&dir),
            is_local: path.ancestors().all(is_local),
            dir,
            path,
            #[cfg(unix)]
            identity,
        })
    }

    /// Whether this folder still stands at its path.
    ///
    /// # Errors
    /// Nothing stands there, or it may not be asked for.
    #[cfg(unix)]
    pub(super) fn is_at_its_path(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;
        faults::reach_path(&self.path, Path::new(""), true)?;
        let now = faults::pass(Call::Stat).and_then(|()| std::fs::metadata(&self.path))?;
        Ok((now.dev(), now.ino()) == self.identity)
    }

    /// Looks at what `relative` leads to. A link may be absolute, or climb out of the folder and back: it is followed
    /// to its end, and what it leads to is opened by the path that it has in the folder, so that no race can make it
    /// lead elsewhere. What leads to something that is never served leads nowhere: a folder that comes from elsewhere
    /// may hold `pub -> .git`.
    pub(super) fn look<'a>(&self, relative: &'a Path, options: LookupOptions) -> io::Result<Seen<'a>> {
        if options.reach == Reach::Cache {
            // What a link leads to may have to be hidden, which takes a longer look.
            return Ok(Seen::inside(self.look_cached(relative, Links::Refused)?, relative));
        }
        faults::reach_path(&self.path, relative, true)?;
        let error = match self.look_inside(relative, options) {
            Ok(metadata) => return Ok(Seen::inside(metadata, relative)),
            Err(error) if leads_out(&error) => error,
            Err(error) => return Err(error),
        };
        // Whatever goes wrong on the way, nothing is told of what is outside.
        let real = faults::pass(Call::Stat).and_then(|()| std::fs::canonicalize(self.path.join(relative)));
        let root = faults::pass(Call::Stat).and_then(|()| std::fs::canonicalize(&self.path));
        let (Ok(real), Ok(root)) = (real, root) else { return Err(error) };
        if let Ok(inside) = real.strip_prefix(&root) {
            let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
            let metadata = self.look_inside(inside, options)?;
            return Ok(Seen { metadata, outside: None, path: inside.to_owned().into() });
        }
        if !options.links_out {
            return Err(error);
        }
        let (folder, name) = match (real.parent(), real.file_name()) {
            (Some(folder), Some(name)) => (folder, Path::new(name)),
            _ => (&*real, Path::new(".")),
        };
        faults::pass(Call::Open)?;
        let dir = Dir::open_ambient_dir(folder, ambient_authority())?;
        let metadata = dir.metadata(name)?;
        Ok(Seen { metadata, outside: Some(dir), path: name.to_owned().into() })
    }

    fn look_inside(&self, relative: &Path, options: LookupOptions) -> io::Result<Metadata> {
        let metadata = faults::pass(Call::Stat).and_then(|()| self.dir.metadata(relative))?;
        if options.dot_files {
            return Ok(metadata);
        }
        let real = faults::pass(Call::Stat).and_then(|()| self.dir.canonicalize(relative))?;
        if FolderPath::hides(&real) { Err(io::ErrorKind::NotFound.into()) } else { Ok(metadata) }
    }

    /// Opens what was looked at, if it is not a folder, and reads its metadata again, since the entry may have been
    /// replaced in between.
    pub(super) fn open_file(&self, seen: &Seen<'_>, reach: Reach) -> io::Result<(OpenFile, Metadata)> {
        let (dir, path) = seen.place(self);
        let file = match reach {
            Reach::Cache => {
                faults::reach_path(&self.path, path, false)?;
                cached::open_file(dir, path)?
            }
            Reach::Disk => {
                faults::reach_path(&self.path, path, true)?;
                faults::pass(Call::Open)?;
                dir.open_with(path, &reading())?.into_std()
            }
        };
        faults::pass(Call::Stat)?;
        let metadata = Metadata::from_file(&file)?;
        Ok((self.opened(file, &metadata), metadata))
    }

    fn opened(&self, file: File, metadata: &Metadata) -> OpenFile {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            // What is mounted in the folder may be anything.
            let is_here = metadata.dev() == self.identity.0;
            let medium = if is_here { self.medium } else { Medium::of(&file) };
            OpenFile::new(file, medium, metadata.dev().rotate_left(48) ^ metadata.ino())
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            file.into()
        }
    }

    /// The metadata of what `relative` leads to, if the system's cache knows it.
    ///
    /// # Errors
    /// `WouldBlock`, whatever the reason.
    pub(super) fn look_cached(&self, relative: &Path, links: Links) -> io::Result<Metadata> {
        faults::reach_path(&self.path, relative, false)?;
        if self.medium == Medium::Other {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            cached::look(&self.dir, relative, links)
        }
    }

    /// Watches the folder and all folders on the way to it. `None`: that is not possible.
    pub(super) fn watch(&self, watch: &mut Watch) -> Option<Trail> {
        if !self.is_local {
            return None;
        }
        let places = self.path.ancestors().map(cached::folder_at);
        follow(places.map(|place| Some((place.ok()?, Node::Folder))), watch)
    }

    /// Watches a file and all folders on the way to it from this one on. `None`: that is not possible.
    pub(super) fn watch_file(&self, relative: &Path, watch: &mut Watch) -> Option<Trail> {
        if self.medium != Medium::Local {
            return None;
        }
        let folders = relative.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let nodes = folders.map(|folder| (folder, Node::Folder)).chain([(relative, Node::File)]);
        follow(nodes.map(|(path, node)| Some((cached::place(&self.dir, path).ok()?, node))), watch)
    }

    /// Whether this folder still stands at its path, as far as the system's cache knows.
    pub(super) fn is_known_at_its_path(&self) -> bool {
        #[cfg(unix)]
        {
            faults::reach_path(&self.path, Path::new(""), false).is_ok()
                && cached::identity_at(&self.path).is_ok_and(|identity| identity == self.identity)
        }
        #[cfg(not(unix))]
        true
    }
}

impl<'a> Seen<'a> {
    /// What a path within the folder leads to.
    pub(super) const fn inside(metadata: Metadata, path: &'a Path) -> Self {
        Self { metadata, outside: None, path: Cow::Borrowed(path) }
    }

    /// The folder to open the entry in, and its path there.
    pub(super) fn place<'s>(&'s self, root: &'s Root) -> (&'s Dir, &'s Path) {
        (self.outside.as_ref().unwrap_or(&root.dir), &self.path)
    }
}

/// Whether the capability itself refuses, which has no code of the operating system. Only a link can cause it, since
/// a path has no dot segments left.
pub(super) fn leads_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

/// Whether the folder is on a disk of this machine, or in its memory.
fn is_local(folder: &Path) -> bool {
    File::open(folder).is_ok_and(|folder| Medium::of(&folder) != Medium::Other)
}

/// Watches places. `None`: one of them cannot be watched, and none is.
fn follow(places: impl Iterator<Item = Option<(File, Node)>>, watch: &mut Watch) -> Option<Trail> {
    let mut trail = Trail::new();
    for place in places {
        let Some(node) = place.and_then(|(place, node)| watch.add(&place, node)) else {
            watch.release(&trail);
            return None;
        };
        trail.push(node);
    }
    Some(trail)
}
