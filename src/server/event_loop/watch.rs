//! How the event loop learns that the served folder has changed.

use mio::{Events, Token};

use crate::{server::listener::FIRST_TOKEN, service::Clock as _};

use super::EventLoop;

/// Token of the watch on the folder.
const CHANGES: Token = Token(FIRST_TOKEN - 1);
/// Token of the list of mounts.
const MOUNTS: Token = Token(FIRST_TOKEN - 2);

impl EventLoop {
    /// Watches the served folder from now on, if the system can. Otherwise it is asked about in each turn.
    #[cfg(target_os = "linux")]
    pub(in crate::server) fn watch_folder(&mut self) {
        use crate::{
            base::faults::{self, Call},
            service::Watch,
        };
        use mio::{Interest, unix::SourceFd};

        let Ok(watch) = Watch::start() else { return };
        let (changes, mounts) = watch.descriptors();
        let registry = self.poll.registry();
        let registered = faults::pass(Call::Register)
            .and_then(|()| registry.register(&mut SourceFd(&changes), CHANGES, Interest::READABLE))
            .and_then(|()| registry.register(&mut SourceFd(&mounts), MOUNTS, Interest::PRIORITY));
        if registered.is_ok() {
            self.turn.service.set_watch(watch);
        }
    }

    /// This system has no such watch.
    #[cfg(not(target_os = "linux"))]
    pub(in crate::server) fn watch_folder(&mut self) {}

    /// Begins this turn's look at the folder, before anybody is served. `is_known`: whether all that is watched was
    /// looked at.
    pub(super) fn begin_look(&mut self, events: &Events, is_known: bool) {
        let has = |token| events.iter().any(|event| event.token() == token);
        let told = is_known.then(|| (has(CHANGES), has(MOUNTS)));
        self.turn.service.begin_look(told, self.turn.clock.wall());
    }
}
