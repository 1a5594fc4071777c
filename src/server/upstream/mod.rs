//! The gateway at work: exchanges on their way to backends, and the connections that are kept for them.
//!
//! A forwarded exchange has two legs, each a connection with a protocol of its own: the client's
//! (`protocol::http1`) and the backend's (`protocol::upstream`). They meet in a [`Transfer`], which holds the parts
//! of both messages that are on their way. Each leg leaves parts there and has the other leg woken. Waking and
//! dialing are done by the event loop.

mod attempt;
mod check;
mod idle;
mod info;
mod message;
mod pipe;
mod preview;
mod queue;
mod report;
mod spare;
mod standing;
mod transfer;

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use crate::{
    base::{
        numbered::NumberedMap,
        stream::{ConnId, ExchangeId, Nanos},
    },
    gateway::{Address, BackendSettings, CheckId, Duty, Failure, GatewaySettings, Group, Mount},
};

use check::Running;
pub(super) use pipe::{FULL_BYTES, NoResponse, READ_BYTES, RequestPart, ResponsePart};
use report::GroupReports;
pub(super) use report::Report;
use spare::Spare;
use transfer::Destination;
pub(super) use transfer::{Place, Transfer};

/// The purpose of a connection to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// A request.
    Exchange(ExchangeId),
    /// An active check.
    Check(CheckId),
}

/// A connection without a request.
#[derive(Clone, Copy, Debug)]
struct Idle {
    place: Place,
    since: Nanos,
}

/// A connection to be made.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub(super) errand: Errand,
    pub(super) address: Address,
    /// Addresses of the host that are left to try. Empty: they are not known.
    pub(super) left: Vec<IpAddr>,
}

/// The gateway of one event loop.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    settings: GatewaySettings,
    groups: Vec<(Arc<Mount>, Group)>,
    /// The backends of each group, in the same order.
    destinations: Vec<Vec<Arc<Destination>>>,
    /// What the trace says of each group, in the same order.
    records: Vec<GroupReports>,
    /// Whether anyone wants to know of attempts.
    is_traced: bool,
    /// What is to be said of attempts.
    reports: Vec<Report>,
    /// The name of this gateway in Via.
    pseudonym: Arc<str>,
    transfers: NumberedMap<ExchangeId, Transfer>,
    /// The number of the settings of TLS in force.
    pub(super) trust: u64,
    /// Connections without a request, by the address they lead to; the most recently used is last. Every address to
    /// which requests go has an entry, others have none.
    idle: NumberedMap<Address, Vec<Idle>>,
    /// Grows when kept connections are given up that were kept before.
    pub(super) keeping: u64,
    /// Exchanges that kept connections are to take.
    assigned: NumberedMap<ConnId, ExchangeId>,
    /// The memory of exchanges that are over.
    pub(super) spare: Spare,
    dials: Vec<Dial>,
    wakes: Vec<Place>,
    /// The active checks under way, and the number of the last one.
    checks: HashMap<CheckId, Running>,
    last_check: CheckId,
    /// Whether a backend may have room for an exchange that waits.
    has_room: bool,
}

impl Gateway {
    /// Replaces the settings, from the next request on. A group whose name stays the same keeps its state.
    pub(super) fn set(&mut self, settings: GatewaySettings) {
        let mut old = std::mem::take(&mut self.groups);
        let before: Vec<_> = old.iter().map(|(_, group)| group.settings().clone()).collect();
        self.records.clear();
        self.destinations.clear();
        for group in &settings.groups {
            let Some(mount) = group.mount() else { continue };
            let known = old.iter().position(|(_, old)| old.settings().name == group.name);
            let mut kept = known.map_or_else(|| Group::new(group.clone()), |index| old.swap_remove(index).1);
            kept.set(group.clone());
            self.records.push(report::group_reports(group));
            let destination = |backend: &BackendSettings| {
                Arc::new(Destination { name: (&*backend.name).into(), address: backend.address.clone() })
            };
            self.destinations.push(group.backends.iter().map(destination).collect());
            self.groups.push((Arc::new(mount), kept));
        }
        // Exchanges under way go on, and are counted where they went.
        for transfer in self.transfers.values_mut() {
            let Some(old) = transfer.group.and_then(|index| before.get(index)) else { continue };
            transfer.group = self.groups.iter().position(|(_, group)| group.settings().name == old.name);
            let new = transfer.group.map_or(&[][..], |index| &self.groups[index].1.settings().backends);
            for tried in &mut transfer.tried {
                let old = tried.and_then(|index| old.backends.get(index));
                *tried = old.and_then(|old| {
                    new.iter().position(|new| (&new.name, &new.address) == (&old.name, &old.address))
                });
            }
        }
        // What waits for a group that was removed waits in vain.
        for exchange in old.iter_mut().flat_map(|(_, group)| group.queue.take_all()).collect::<Vec<_>>() {
            self.give_up_removed(exchange);
        }
        self.has_room = true;
        let used = settings.groups.iter().flat_map(|group| &group.backends);
        self.keep_only(used.filter(|backend| backend.duty == Duty::On).map(|backend| &backend.address));
        self.settings = settings;
    }

    /// Sets the name of this gateway in Via: one for all its messages, and unlike that of any other gateway.
    pub(super) fn name(&mut self, pseudonym: String) {
        self.pseudonym = pseudonym.into();
    }

    pub(super) const fn pseudonym(&self) -> &Arc<str> {
        &self.pseudonym
    }

    /// The mounts of the groups, with the groups' names.
    pub(super) fn mounts(&self) -> Vec<(Mount, Arc<str>)> {
        let mount = |(mount, group): &(Arc<Mount>, Group)| {
            (Mount::clone(mount), group.settings().name.as_str().into())
        };
        self.groups.iter().map(mount).collect()
    }

    /// The transfer of an exchange. `None`: the exchange is over.
    pub(super) fn transfer(&mut self, exchange: ExchangeId) -> Option<&mut Transfer> {
        self.transfers.get_mut(&exchange)
    }

    /// The transfer of an exchange, for the connection that has it. `None`: the exchange is over, or another
    /// connection has it.
    pub(super) fn transfer_of(&mut self, exchange: ExchangeId, conn: ConnId) -> Option<&mut Transfer> {
        let is_mine = |transfer: &&mut Transfer| transfer.upstream.is_some_and(|place| place.conn == conn);
        self.transfers.get_mut(&exchange).filter(is_mine)
    }

    /// Whether a connection is still to be made.
    pub(super) fn wants(&self, errand: Errand) -> bool {
        match errand {
            Errand::Exchange(exchange) => self.transfers.contains_key(&exchange),
            Errand::Check(id) => self.is_checking(id),
        }
    }

    /// Records that a connection is being made.
    pub(super) fn dialed(&mut self, errand: Errand, place: Place) {
        match errand {
            Errand::Exchange(exchange) => {
                if let Some(transfer) = self.transfers.get_mut(&exchange) {
                    transfer.upstream = Some(place);
                }
            }
            Errand::Check(id) => self.check_dialed(id, place),
        }
    }

    /// Records that a connection could not be made. `detail`: the failure in words that follow the backend's name.
    pub(super) fn not_dialed(&mut self, errand: Errand, failure: Failure, detail: &str, now: Nanos) {
        match errand {
            Errand::Exchange(exchange) => self.fail(exchange, failure, detail, now),
            Errand::Check(id) => self.checked(id, Err(failure), now),
        }
    }

    /// Dials another address of a backend. Returns whether there is one.
    pub(super) fn dial_next(&mut self, dial: Dial) -> bool {
        let has_next = !dial.left.is_empty() && self.wants(dial.errand);
        if has_next {
            if let Errand::Exchange(exchange) = dial.errand
                && let Some(transfer) = self.transfers.get_mut(&exchange)
            {
                transfer.upstream = None;
            }
            self.dials.push(dial);
        }
        has_next
    }

    /// The name and the address of the backend that has the exchange. `None`: no backend has it.
    pub(super) fn backend(&self, exchange: ExchangeId) -> Option<(&str, &Address)> {
        let backend = self.transfers.get(&exchange)?.backend.as_ref()?;
        Some((&backend.name, &backend.address))
    }

    /// Has a connection served again in this turn.
    pub(super) fn wake(&mut self, place: Place) {
        // A leg that puts several parts into a pipe wakes the other one once.
        if self.wakes.last() != Some(&place) {
            self.wakes.push(place);
        }
    }

    /// Has the backend's leg of an exchange served again in this turn.
    pub(super) fn wake_upstream(&mut self, exchange: ExchangeId) {
        if let Some(place) = self.transfers.get(&exchange).and_then(|transfer| transfer.upstream) {
            self.wake(place);
        }
    }

    /// Has the client's leg of an exchange served again in this turn.
    pub(super) fn wake_client(&mut self, exchange: ExchangeId) {
        if let Some(place) = self.transfers.get(&exchange).map(|transfer| transfer.client) {
            self.wake(place);
        }
    }

    pub(super) fn take_dial(&mut self) -> Option<Dial> {
        self.dials.pop()
    }

    pub(super) fn take_wake(&mut self) -> Option<Place> {
        self.wakes.pop()
    }

    /// Numbers of exchanges under way and of connections to be made.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.transfers.len(), self.dials.len() + self.assigned.len() + self.checks.len())
    }

    /// For each exchange the bytes on their way, and those that are remembered to be sent again.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> std::collections::BTreeMap<ExchangeId, (usize, usize)> {
        let held = |transfer: &Transfer| {
            let (waiting, remembered) = transfer.request.held_bytes();
            (waiting + transfer.response.held_bytes(), remembered)
        };
        self.transfers.iter().map(|(exchange, transfer)| (*exchange, held(transfer))).collect()
    }

    pub(super) const fn has_work(&self) -> bool {
        !self.wakes.is_empty() || !self.dials.is_empty() || self.has_room
    }
}
