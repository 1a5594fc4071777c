//! A server on a free port, and a folder of its own that it serves.

use std::{net::SocketAddr, path::Path};

use super::{Client, PATIENCE, ScratchFolder};
use crate::{
    server::{BindAddresses, Guards, Handle, Setting, Settings, SiteChoice, StartError},
    trace,
};

/// A running server, its folder and its trace.
pub struct Site {
    pub server: Handle,
    pub events: trace::Receiver,
    pub folder: ScratchFolder,
}

impl Site {
    /// Serves a new folder with a few files, with these guards.
    pub fn start_with(guards: Guards) -> Self {
        Self::start_as(|settings| settings.guards = guards)
    }

    /// Serves a new folder with a few files, with the settings that `change` makes of the usual ones.
    pub fn start_as(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = ScratchFolder::new();
        fill(folder.path());
        let (sender, events) = trace::channel(64 << 20);
        let mut settings =
            Settings { port: 0, site: SiteChoice::Folder(folder.path().to_owned()), ..Settings::default() };
        change(&mut settings);
        let server = Handle::start(settings, Some(sender)).unwrap();
        Self { server, events, folder }
    }

    pub fn start() -> Self {
        Self::start_with(Guards::default())
    }

    /// Changes a setting and waits until it is in force.
    pub fn set(&self, setting: Setting) {
        let revision = self.server.set(setting);
        assert!(self.server.wait_for(revision), "the server is stuck");
    }

    /// Listens at other addresses.
    pub fn listen(&self, addresses: impl Into<BindAddresses>, port: u16) -> Result<SocketAddr, StartError> {
        self.server.listen(addresses, port).wait().unwrap()
    }

    pub fn client(&self) -> Client {
        Client::connect(self.server.address().unwrap())
    }

    /// Takes events out of the trace until one is what `wanted` says.
    pub fn wait_for(&self, mut wanted: impl FnMut(&trace::Event) -> bool) -> trace::Event {
        let deadline = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < deadline {
            let batch = self.events.recv().unwrap();
            if let Some(event) = batch.events.into_iter().find(&mut wanted) {
                return event;
            }
        }
        panic!("the event did not come");
    }
}

fn fill(folder: &Path) {
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    write("index.html", b"<!doctype html><title>ok</title>ok");
    write("a.txt", b"abcdefghijklmnopqrstuvwxyz");
    write("empty.txt", b"");
    std::fs::create_dir(folder.join("dir")).unwrap();
    write("dir/index.html", b"<!doctype html><title>dir</title>dir");
}
