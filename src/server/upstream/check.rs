//! Active checks at work: each is a GET on a connection of its own, which no exchange has.

use crate::{
    base::stream::{ConnId, Nanos},
    gateway::{Address, CheckId, Failure},
};

use super::{Dial, Errand, Gateway, Place};

/// A check under way.
#[derive(Debug)]
pub(super) struct Running {
    /// The names of the group and of the backend, which may be removed meanwhile.
    group: String,
    backend: String,
    address: Address,
    path: String,
    /// The time at which the check is given up.
    until: Nanos,
    /// The connection of the check. `None`: it is being made.
    place: Option<Place>,
}

impl Gateway {
    /// Begins the checks that are due, and gives up those that take too long.
    pub(super) fn run_checks(&mut self, now: Nanos) {
        for (_, group) in &mut self.groups {
            while let (Some(index), Some(check)) = (group.to_check(now), group.check().cloned()) {
                self.last_check.0 += 1;
                let id = self.last_check;
                let backend = &group.settings().backends[index];
                let address = backend.address.clone();
                self.dials.push(Dial {
                    errand: Errand::Check(id),
                    address: address.clone(),
                    left: Vec::new(),
                });
                let running = Running {
                    group: group.settings().name.clone(),
                    backend: backend.name.clone(),
                    address,
                    until: now + check.timeout_ns(),
                    path: check.path,
                    place: None,
                };
                self.checks.insert(id, running);
                group.begin_check(index, id, now);
            }
        }
        let overdue = self.checks.iter().filter(|(_, check)| check.until <= now);
        for id in overdue.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.checked(id, Err(Failure::FirstByteTimeout), now);
        }
    }

    /// The time at which [`Self::run_checks`] has something to do. `None`: it has nothing to do.
    pub(super) fn next_check_time(&self) -> Option<Nanos> {
        let planned = self.groups.iter().filter_map(|(_, group)| group.next_check());
        planned.chain(self.checks.values().map(|check| check.until)).min()
    }

    /// Records the connection of a check.
    pub(super) fn check_dialed(&mut self, id: CheckId, place: Place) {
        if let Some(check) = self.checks.get_mut(&id) {
            check.place = Some(place);
        }
    }

    /// The target and the authority that a check asks for. `None`: the check is over, or another connection has it.
    pub(in crate::server) fn check(&self, id: CheckId, conn: ConnId) -> Option<(&str, String)> {
        let check = self.checks.get(&id)?;
        check.place.is_some_and(|place| place.conn == conn).then(|| (&*check.path, check.address.authority()))
    }

    /// Whether a check is under way.
    pub(super) fn is_checking(&self, id: CheckId) -> bool {
        self.checks.contains_key(&id)
    }

    /// Ends a check. `outcome`: the status of the response, or how the backend failed.
    pub(in crate::server) fn checked(&mut self, id: CheckId, outcome: Result<u16, Failure>, now: Nanos) {
        let Some(check) = self.checks.remove(&id) else { return };
        // The connection finds that its check is over.
        self.wakes.extend(check.place);
        self.dials.retain(|dial| dial.errand != Errand::Check(id));
        let group = self.groups.iter_mut().find(|(_, group)| group.settings().name == check.group);
        let Some((_, group)) = group else { return };
        if let Some(index) = group.index_of(&check.backend) {
            group.end_check(index, id, outcome, now);
            self.has_room |= !group.queue.is_empty();
        }
    }
}
