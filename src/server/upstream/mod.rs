//! The gateway at work: exchanges on their way to backends, and the connections that are kept for them.
//!
//! A forwarded exchange has two legs, each a connection with a protocol of its own: the client's
//! (`protocol::http1`) and the backend's (`protocol::upstream`). They meet in a [`Transfer`], which holds what is on
//! its way in either direction. Each leg leaves something there and has the other one woken; the event loop
//! does that, as it does the dialing.

mod info;
mod pipe;

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Address, Choice, Failure, GatewaySettings, Group, Mount, mount},
    http::{Head, forward::Target},
    service::Request,
};

pub(super) use pipe::{NoResponse, RequestPart, RequestPipe, ResponsePart, ResponsePipe};

/// Idle connections that are kept for one address.
const IDLE_MAX: usize = 64;

/// Where a connection is found in the event loop.
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
    /// The addresses of its host that are left to be tried. Empty: they are not known.
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
    /// Connections without a request, by the address they lead to; the one used last is last.
    idle: HashMap<Address, Vec<Place>>,
    /// Exchanges that a kept connection is to take.
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
    /// What goes to the backend.
    pub(super) request: RequestPipe,
    /// What goes to the client.
    pub(super) response: ResponsePipe,
    /// `None`: the group was removed.
    group: Option<usize>,
    /// Where the group is, or was, mounted.
    mount: Mount,
    /// The backends of the group that it was sent to. `None`: that backend was removed.
    tried: Vec<Option<usize>>,
    /// The last of them: its name and its address.
    backend: Option<(Box<str>, Address)>,
    /// Whether the outcome of that is open.
    is_tried: bool,
    /// The connection that has it now. `None`: one is being made.
    upstream: Option<Place>,
    /// Whether that connection was used before.
    is_reused: bool,
    /// Any byte of a response arrived.
    pub(super) has_begun: bool,
}

impl Gateway {
    /// Other settings, from the next request on. What is known of a group stays with its name.
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

    /// The name of this gateway in Via: the same for all its messages, and no other program's.
    pub(super) fn name(&mut self, pseudonym: String) {
        self.pseudonym = pseudonym;
    }

    pub(super) fn pseudonym(&self) -> &str {
        &self.pseudonym
    }

    pub(super) const fn settings(&self) -> &GatewaySettings {
        &self.settings
    }

    /// Where the groups are mounted, and their names.
    pub(super) fn mounts(&self) -> Vec<(Mount, Arc<str>)> {
        let mount = |(mount, group): &(Mount, Group)| (mount.clone(), group.settings().name.as_str().into());
        self.groups.iter().map(mount).collect()
    }

    /// Whether the target is one that two readers could take for two different ones.
    pub(super) fn is_ambiguous(path: &str) -> bool {
        mount::has_dot_segment(path)
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

    /// No backend answers the exchange.
    fn give_up(&mut self, exchange: ExchangeId, why: NoResponse) {
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::Failed(why));
            self.wakes.push(transfer.client);
        }
    }

    /// The transfer of an exchange. `None`: it is over.
    pub(super) fn transfer(&mut self, exchange: ExchangeId) -> Option<&mut Transfer> {
        self.transfers.get_mut(&exchange)
    }

    /// The transfer of an exchange, for the connection that has it. `None`: it is over, or another one's.
    pub(super) fn transfer_of(&mut self, exchange: ExchangeId, conn: ConnId) -> Option<&mut Transfer> {
        let is_mine = |transfer: &&mut Transfer| transfer.upstream.is_some_and(|place| place.conn == conn);
        self.transfers.get_mut(&exchange).filter(is_mine)
    }

    /// A connection was made for an exchange. Returns whether the exchange still wants it.
    pub(super) fn dialed(&mut self, exchange: ExchangeId, place: Place) -> bool {
        let transfer = self.transfers.get_mut(&exchange);
        transfer.map(|transfer| transfer.upstream = Some(place)).is_some()
    }

    /// The exchange that a kept connection is to take.
    pub(super) fn take_assigned(&mut self, conn: ConnId) -> Option<ExchangeId> {
        self.assigned.remove(&conn)
    }

    /// The backend that has the exchange: its name and its address.
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
        // The path of a target in asterisk-form, or of one in absolute-form without a path, has no place in it.
        let place = if head.path.is_empty() { head.target.end..head.target.end } else { head.path.clone() };
        if head.path.is_empty() {
            return Some(Target { written: path.into(), copied: place });
        }
        let end = head.query.as_ref().map_or(place.end, |query| query.end) - place.start;
        let mapped = transfer.mount.map(path, end as usize, address.base())?;
        let at = |offset: usize| place.start + u32::try_from(offset).unwrap_or(u32::MAX);
        Some(Target { written: mapped.written, copied: at(mapped.copied.start)..at(mapped.copied.end) })
    }

    /// The backend answered the exchange whole. The connection is kept where it can be used again.
    pub(super) fn complete(&mut self, exchange: ExchangeId, now: Nanos) {
        self.end_attempt(exchange, Some(Ok(())), now);
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::End);
            self.wakes.push(transfer.client);
        }
    }

    /// Keeps a connection without a request. Returns whether there is room for it.
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

    /// A kept connection is gone, or will be. The exchange that was to take it has sent nothing yet: it goes on with
    /// a new one.
    pub(super) fn lost(&mut self, address: &Address, conn: ConnId) {
        if let Some(kept) = self.idle.get_mut(address) {
            kept.retain(|place| place.conn != conn);
        }
        if let Some(exchange) = self.assigned.remove(&conn) {
            self.connect(exchange, address.clone(), false);
        }
    }

    /// The backend failed before the exchange was complete. The request goes to another one where that is safe.
    /// `detail`: what happened, after the backend's name.
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
        // The backend closed a kept connection while the request was on its way: that says nothing of it.
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

    /// The client's leg is done with the exchange, or gone.
    pub(super) fn end(&mut self, exchange: ExchangeId, now: Nanos) {
        self.end_attempt(exchange, None, now);
        let Some(transfer) = self.transfers.remove(&exchange) else { return };
        self.dials.retain(|dial| dial.exchange != exchange);
        // It finds that the exchange is over.
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

    /// Exchanges under way, and connections to be made.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.transfers.len(), self.dials.len() + self.assigned.len())
    }

    pub(super) const fn has_work(&self) -> bool {
        !self.wakes.is_empty() || !self.dials.is_empty()
    }
}
