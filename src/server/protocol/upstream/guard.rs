//! The time limits of a connection to a backend.

use crate::{
    base::stream::Nanos,
    trace::Guard,
    wire::{Machine, State},
};

use super::{Phase, Upstream};

impl Upstream {
    /// The guard whose time runs, and the time since which it runs. `None`: since the connection last made progress.
    pub(super) fn guard(&self) -> (Guard, Option<Nanos>) {
        match (&self.phase, &self.busy) {
            (Phase::Connecting { since } | Phase::Securing { since }, _) => {
                (Guard::ConnectTimeout, Some(*since))
            }
            (_, Some(busy)) if busy.is_tunnel => (Guard::UpgradeTimeout, None),
            (_, Some(busy)) if self.machine.state() == State::Idle => (Guard::FirstByteTimeout, busy.sent_at),
            (_, Some(_)) => (Guard::SilenceTimeout, None),
            (_, None) => (Guard::IdleTimeout, None),
        }
    }
}
