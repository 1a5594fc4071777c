//! The gateway at work: exchanges on their way to backends, and the connections that are kept for them.
//!
//! A forwarded exchange has two legs, each a connection with a protocol of its own: the client's
//! (`protocol::http1`) and the backend's (`protocol::upstream`). They meet in a [`Transfer`], which holds the parts
//! of both messages that are on their way. Each leg leaves parts there and has the other leg woken. Waking and
//! dialing are done by the event loop.

mod info;
mod pipe;

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Address, Choice, Failure, GatewaySettings, Group, Mount},
    http::{Head, forward::Target},
    service::Request,
};

pub(super) use pipe::{NoResponse, RequestPart, RequestPipe, ResponsePart, ResponsePipe};

/// Idle connections that are kept for one address at most.
const IDLE_MAX: usize = 64;

/// The place of a connection in the event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: usize,
    pub(super) conn: ConnId,
}

/// A connection to be made.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub(super) exchange: ExchangeId,
    pub(super) address: Address,
    /// Addresses of the host that are left to try. Empty: they are not known.
    pub(super) left: Vec<IpAddr>,
}

/// The gateway of one event loop.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    settings: GatewaySettings,
    groups: Vec<(Mount, Group)>,
    /// The name of this gateway in Via.
    pseudonym: String,
    transfers: HashMap<ExchangeId, Transfer>,
    /// Connections without a request, by the address they lead to; the most recently used is last.
    idle: HashMap<Address, Vec<Place>>,
    /// Exchanges that kept connections are to take.
    assigned: HashMap<ConnId, ExchangeId>,
    dials: Vec<Dial>,
    wakes: Vec<Place>,
}

/// A forwarded exchange.
#[derive(Debug)]
pub(super) struct Transfer {
    /// The client's leg.
    pub(super) client: Place,
    /// The client's address.
    pub(super) peer: IpAddr,
    /// The request's head and its bytes.
    pub(super) head: Head,
    pub(super) head_bytes: Bytes,
    /// The request on its way to the backend.
    pub(super) request: RequestPipe,
    /// The response on its way to the client.
    pub(super) response: ResponsePipe,
    /// Index of the group. `None`: the group was removed.
    group: Option<usize>,
    /// The mount of the group, even if the group was removed.
    mount: Mount,
    /// Indices of the backends that the exchange was given to, in order. `None`: that backend was removed.
    tried: Vec<Option<usize>>,
    /// Name and address of the last of these backends. `None`: the exchange was given to none.
    backend: Option<(Box<str>, Address)>,
    /// Whether that backend's outcome is still to be recorded.
    is_tried: bool,
    /// The connection that has the exchange now. `None`: the connection is being made.
    upstream: Option<Place>,
    /// Whether that connection was used before.
    is_reused: bool,
    /// Whether any byte of a response arrived.
    pub(super) has_begun: bool,
}

impl Gateway {
    /// Replaces the settings, from the next request on. A group whose name stays the same keeps its state.
    pub(super) fn set(&mut self, settings: GatewaySettings) {
        let mut old = std::mem::take(&mut self.groups);
        let before: Vec<_> = old.iter().map(|(_, group)| group.settings().clone()).collect();
        for group in &settings.groups {
            let Some(mount) = group.mount() else { continue };
            let known = old.iter().position(|(_, old)| old.settings().name == group.name);
            let mut kept = known.map_or_else(|| Group::new(group.clone()), |index| old.swap_remove(index).1);
            kept.set(group.clone());
            self.groups.push((mount, kept));
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
        self.settings = settings;
    }

    /// Sets the name of this gateway in Via: one for all its messages, and unlike that of any other gateway.
    pub(super) fn name(&mut self, pseudonym: String) {
        self.pseudonym = pseudonym;
    }

    pub(super) fn pseudonym(&self) -> &str {
        &self.pseudonym
    }

    pub(super) const fn settings(&self) -> &GatewaySettings {
        &self.settings
    }

    /// The mounts of the groups, with the groups' names.
    pub(super) fn mounts(&self) -> Vec<(Mount, Arc<str>)> {
        let mount = |(mount, group): &(Mount, Group)| (mount.clone(), group.settings().name.as_str().into());
        self.groups.iter().map(mount).collect()
    }

    /// Begins to forward a request to a group.
    pub(super) fn begin(
        &mut self,
        exchange: ExchangeId,
        client: Place,
        request: &Request<'_>,
        bytes: &Bytes,
        group: usize,
        now: Nanos,
    ) {
        let Some((mount, known)) = self.groups.get_mut(group) else { return };
        known.budget.earn();
        let transfer = Transfer {
            client,
            peer: request.peer,
            head: request.head.clone(),
            head_bytes: bytes.clone(),
            request: RequestPipe::new(),
            response: ResponsePipe::default(),
            group: Some(group),
            mount: mount.clone(),
            tried: Vec::new(),
            backend: None,
            is_tried: false,
            upstream: None,
            is_reused: false,
            has_begun: false,
        };
        self.transfers.insert(exchange, transfer);
        self.assign(exchange, now);
    }

    /// Gives an exchange to a backend.
    fn assign(&mut self, exchange: ExchangeId, now: Nanos) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let Some((_, group)) = transfer.group.and_then(|index| self.groups.get_mut(index)) else {
            // The group was removed while the exchange was under way.
            return self.give_up(exchange, NoResponse::NoBackend(1));
        };
        let tried: Vec<_> = transfer.tried.iter().copied().flatten().collect();
        let Choice { chosen, .. } = group.choose(transfer.peer, &tried, u32::MAX, now);
        let Some(index) = chosen else {
            let wait = group.next_trial().map_or(0, |at| at.saturating_sub(now));
            return self.give_up(exchange, NoResponse::NoBackend(wait.div_ceil(1_000_000_000).max(1)));
        };
        group.begin(index);
        transfer.tried.push(Some(index));
        transfer.is_tried = true;
        let backend = &group.settings().backends[index];
        let address = backend.address.clone();
        transfer.backend = Some((backend.name.as_str().into(), address.clone()));
        self.connect(exchange, address, true);
    }

    /// Takes a kept connection to `address`, or has one made.
    fn connect(&mut self, exchange: ExchangeId, address: Address, reuses: bool) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let kept = if reuses { self.idle.get_mut(&address).and_then(Vec::pop) } else { None };
        transfer.is_reused = kept.is_some();
        transfer.upstream = kept;
        match kept {
            Some(place) => {
                self.assigned.insert(place.conn, exchange);
                self.wakes.push(place);
            }
            None => self.dials.push(Dial { exchange, address, left: Vec::new() }),
        }
    }

    /// Gives an exchange up that no backend answers.
    fn give_up(&mut self, exchange: ExchangeId, why: NoResponse) {
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::Failed(why));
            self.wakes.push(transfer.client);
        }
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

    /// Records that a connection is being made for an exchange.
    pub(super) fn dialed(&mut self, exchange: ExchangeId, place: Place) {
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = Some(place);
        }
    }

    /// Takes the exchange that is assigned to a kept connection. `None`: there is none.
    pub(super) fn take_assigned(&mut self, conn: ConnId) -> Option<ExchangeId> {
        self.assigned.remove(&conn)
    }

    /// The name and the address of the backend that has the exchange. `None`: no backend has it.
    pub(super) fn backend(&self, exchange: ExchangeId) -> Option<(&str, &Address)> {
        let (name, address) = self.transfers.get(&exchange)?.backend.as_ref()?;
        Some((name, address))
    }

    /// The target that the backend at `address` is asked for.
    pub(super) fn target(&self, exchange: ExchangeId, address: &Address) -> Option<Target> {
        let transfer = self.transfers.get(&exchange)?;
        let head = &transfer.head;
        let request = Request { head, bytes: &transfer.head_bytes, peer: transfer.peer };
        let path = request.path();
        // The path of a target in asterisk-form, or in absolute-form without a path, is empty and has no range.
        if head.path.is_empty() {
            return Some(Target { written: path.into(), copied: head.target.end..head.target.end });
        }
        let place = &head.path;
        let end = head.query.as_ref().map_or(place.end, |query| query.end) - place.start;
        let mapped = transfer.mount.map(path, end as usize, address.base())?;
        let at = |offset: usize| place.start + u32::try_from(offset).unwrap_or(u32::MAX);
        Some(Target { written: mapped.written, copied: at(mapped.copied.start)..at(mapped.copied.end) })
    }

    /// Records that the backend answered the exchange completely.
    pub(super) fn complete(&mut self, exchange: ExchangeId, now: Nanos) {
        self.end_attempt(exchange, Some(Ok(())), now);
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::End);
            self.wakes.push(transfer.client);
        }
    }

    /// Keeps an idle connection. Returns whether there was room for it.
    pub(super) fn keep(&mut self, address: &Address, place: Place) -> bool {
        let kept = self.idle.entry(address.clone()).or_default();
        let has_room = kept.len() < IDLE_MAX;
        if has_room {
            kept.push(place);
        }
        has_room
    }

    /// Dials another address of the backend that has the exchange. Returns whether there is one.
    pub(super) fn dial_next(&mut self, dial: Dial) -> bool {
        let Some(transfer) = self.transfers.get_mut(&dial.exchange).filter(|_| !dial.left.is_empty()) else {
            return false;
        };
        transfer.upstream = None;
        self.dials.push(dial);
        true
    }

    /// Forgets a kept connection that is gone, or will be. The exchange assigned to it has sent nothing yet, and
    /// goes on with a new connection.
    pub(super) fn lost(&mut self, address: &Address, conn: ConnId) {
        if let Some(kept) = self.idle.get_mut(address) {
            kept.retain(|place| place.conn != conn);
        }
        if let Some(exchange) = self.assigned.remove(&conn) {
            self.connect(exchange, address.clone(), false);
        }
    }

    /// Records that the backend failed before the exchange was complete. Sends the request to another backend if
    /// that is safe. `detail`: the failure in words that follow the backend's name.
    pub(super) fn fail(&mut self, exchange: ExchangeId, failure: Failure, detail: &str, now: Nanos) {
        let Some((name, address)) = self.backend(exchange) else { return };
        let (told, address) = (format!("{name} ({}) {detail}", address.authority()), address.clone());
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let can_repeat = transfer.request.can_repeat() && !transfer.has_begun;
        // RFC 9110 §9.2.2: "A client SHOULD NOT automatically retry a request with a non-idempotent method". A
        // connection that was never made has carried nothing.
        let is_safe = can_repeat
            && (transfer.head.method.is_idempotent()
                || matches!(
                    failure,
                    Failure::Refused | Failure::Unreachable | Failure::Unresolved | Failure::ConnectTimeout
                ));
        // A backend that closed a kept connection while the request was on its way has not failed.
        if is_safe && transfer.is_reused && failure == Failure::Reset {
            transfer.request.rewind();
            return self.connect(exchange, address, false);
        }
        transfer.upstream = None;
        self.end_attempt(exchange, Some(Err(failure)), now);
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let group = transfer.group.and_then(|index| self.groups.get_mut(index));
        let may_repeat = is_safe
            && group.is_some_and(|(_, group)| {
                transfer.tried.iter().flatten().count() < group.backends().len() && group.budget.spend()
            });
        if may_repeat {
            transfer.request.rewind();
            self.assign(exchange, now);
        } else {
            self.give_up(exchange, NoResponse::Failed(failure, told));
        }
    }

    /// Records that the client's leg is done with the exchange, or gone.
    pub(super) fn end(&mut self, exchange: ExchangeId, now: Nanos) {
        self.end_attempt(exchange, None, now);
        let Some(transfer) = self.transfers.remove(&exchange) else { return };
        self.dials.retain(|dial| dial.exchange != exchange);
        // The backend's leg then finds that the exchange is over.
        self.wakes.extend(transfer.upstream);
    }

    fn end_attempt(&mut self, exchange: ExchangeId, outcome: Option<Result<(), Failure>>, now: Nanos) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let group = transfer.group.and_then(|index| self.groups.get_mut(index));
        let was_tried = std::mem::take(&mut transfer.is_tried);
        if let (true, Some((_, group)), Some(Some(index))) = (was_tried, group, transfer.tried.last()) {
            group.end(*index, outcome, now);
        }
    }

    /// Has a connection served again in this turn.
    pub(super) fn wake(&mut self, place: Place) {
        self.wakes.push(place);
    }

    /// Has the backend's leg of an exchange served again in this turn.
    pub(super) fn wake_upstream(&mut self, exchange: ExchangeId) {
        let upstream = self.transfers.get(&exchange).and_then(|transfer| transfer.upstream);
        self.wakes.extend(upstream);
    }

    /// Has the client's leg of an exchange served again in this turn.
    pub(super) fn wake_client(&mut self, exchange: ExchangeId) {
        let client = self.transfers.get(&exchange).map(|transfer| transfer.client);
        self.wakes.extend(client);
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
        (self.transfers.len(), self.dials.len() + self.assigned.len())
    }

    pub(super) const fn has_work(&self) -> bool {
        !self.wakes.is_empty() || !self.dials.is_empty()
    }
}
