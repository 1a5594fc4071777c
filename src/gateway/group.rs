//! Choice of the backend that takes a request, with the verdict on each other backend of the group.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
};

use super::{
    BackendSettings, Checks, Duty, Failure, GroupSettings, Health, Policy, Reason, Verdict,
    budget::RetryBudget, queue::Queue,
};
use crate::base::stream::{ExchangeId, Nanos};

/// A group of backends with its settings and its state.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) settings: GroupSettings,
    pub(super) backends: Vec<Backend>,
    /// The retries that are allowed.
    pub budget: RetryBudget,
    /// The requests that wait for a backend.
    pub queue: Queue,
}

/// The state of a backend.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// The failures of the backend.
    pub health: Health,
    /// The active checks of the backend.
    pub checks: Checks,
    /// Number of requests that the backend has not answered yet.
    pub open: u32,
    /// Number of requests that the backend was sent.
    pub requests: u64,
    /// Share of the requests, in hundredths, that the backend is owed (smooth weighted round robin).
    credit: i64,
    /// Whether the backend was out of rotation when changes were taken last.
    was_out: bool,
}

/// A choice among the backends of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The index of the backend that takes the request. `None`: no backend can take it.
    pub chosen: Option<usize>,
    /// The verdict on each backend, in their order.
    pub verdicts: Vec<Verdict>,
}

impl Choice {
    /// Whether a backend would have been chosen if it had fewer open requests.
    #[must_use]
    pub fn is_worth_waiting(&self) -> bool {
        self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Full { .. }))
    }
}

impl Group {
    /// A group whose backends are all taken to be healthy.
    #[must_use]
    pub fn new(settings: GroupSettings) -> Self {
        let backends = vec![Backend::default(); settings.backends.len()];
        Self { settings, backends, budget: RetryBudget::default(), queue: Queue::default() }
    }

    /// Replaces the settings. A backend whose name and address stay the same keeps its state.
    pub fn set(&mut self, settings: GroupSettings) {
        let known = |new: &BackendSettings| {
            let old = &self.settings.backends;
            let index = old.iter().position(|old| old.name == new.name && old.address == new.address);
            index.map_or_else(Backend::default, |index| self.backends[index].clone())
        };
        self.backends = settings.backends.iter().map(known).collect();
        if settings.check != self.settings.check {
            // Checked in the new way at once.
            self.backends.iter_mut().for_each(|backend| backend.checks = Checks::default());
        }
        self.settings = settings;
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &GroupSettings {
        &self.settings
    }

    /// The backends, in the order of the settings.
    #[must_use]
    pub fn backends(&self) -> &[Backend] {
        &self.backends
    }

    /// The index of the backend with this name. `None`: the group has no such backend.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.settings.backends.iter().position(|backend| backend.name == name)
    }

    /// Chooses a backend for a request of `client`. `tried`: the backends that the request was sent to before.
    pub fn choose(&mut self, client: IpAddr, tried: &[usize], now: Nanos) -> Choice {
        let mut verdicts = self.obstacles(tried, now);
        // No obstacle is that another backend was chosen.
        let is_free = |(index, verdict): (usize, &Verdict)| {
            matches!(verdict, Verdict::NotChosen { .. }).then_some(index)
        };
        let free = verdicts.iter().enumerate().filter_map(is_free);
        // A backend due for a trial comes first: else it would stay out as long as the others are never busy.
        let trial = free.clone().find(|index| self.backends[*index].health.out().is_some());
        let chosen = trial.or_else(|| match self.settings.policy {
            Policy::RoundRobin => self.next_in_turn(free, now),
            Policy::FewestOpen => free.min_by(|left, right| {
                // open / weight, without a division.
                let load = |index: usize| u64::from(self.backends[index].open + 1) * 10_000;
                let left_load = load(*left) * u64::from(self.weight(*right, now));
                let right_load = load(*right) * u64::from(self.weight(*left, now));
                left_load.cmp(&right_load)
            }),
            Policy::ClientAddress => free.max_by_key(|index| self.affinity(*index, client)),
        });
        if let Some(index) = chosen {
            verdicts[index] = match (trial, self.settings.policy) {
                (Some(_), _) => Verdict::Trial,
                (None, Policy::RoundRobin) => Verdict::Chosen(Reason::InTurn),
                (None, Policy::FewestOpen) => {
                    Verdict::Chosen(Reason::FewestOpen { open: self.backends[index].open })
                }
                (None, Policy::ClientAddress) => {
                    Verdict::Chosen(Reason::ClientAddress { score: self.affinity(index, client) })
                }
            };
        }
        Choice { chosen, verdicts }
    }

    /// The choice for a request of `client` that was sent to no backend yet, as [`Self::choose`] would make it. Nothing
    /// changes by it.
    #[must_use]
    pub fn preview(&self, client: IpAddr, now: Nanos) -> Choice {
        self.clone().choose(client, &[], now)
    }

    /// The verdict on each backend for a request that none takes. `tried`: the backends that it was sent to before.
    #[must_use]
    pub fn obstacles(&self, tried: &[usize], now: Nanos) -> Vec<Verdict> {
        let verdict = |(index, backend): (usize, &Backend)| {
            self.obstacle(index, tried, now).unwrap_or(Verdict::NotChosen { open: backend.open })
        };
        self.backends.iter().enumerate().map(verdict).collect()
    }

    /// The indices of the backends that have left the rotation or come back since the last call.
    pub fn take_changes(&mut self) -> Vec<usize> {
        let mut changed = Vec::new();
        for (index, backend) in self.backends.iter_mut().enumerate() {
            let is_out = backend.health.out().is_some();
            if std::mem::replace(&mut backend.was_out, is_out) != is_out {
                changed.push(index);
            }
        }
        changed
    }

    /// Records that a request goes to a backend.
    pub fn begin(&mut self, index: usize) {
        if let Some(backend) = self.backends.get_mut(index) {
            backend.open += 1;
            backend.requests += 1;
            backend.health.send();
        }
    }

    /// Records that a request is over. `outcome`: `None` if the request tells nothing about the backend, for example
    /// because the client left.
    pub fn end(&mut self, index: usize, outcome: Option<Result<(), Failure>>, now: Nanos) {
        let Some(backend) = self.backends.get_mut(index) else { return };
        backend.open = backend.open.saturating_sub(1);
        match outcome {
            Some(Ok(())) => backend.health.succeed(now),
            // What this program did on purpose tells nothing about the backend.
            None | Some(Err(Failure::OnPurpose)) => backend.health.leave_open(),
            Some(Err(failure)) => backend.health.fail(failure, now),
        }
    }

    /// Takes out a request that has waited for too long. `None`: none has.
    pub fn take_overdue(&mut self, now: Nanos) -> Option<ExchangeId> {
        self.queue.take_overdue(now, self.wait_ns())
    }

    pub(super) const fn wait_ns(&self) -> u64 {
        self.settings.load.wait_ms.saturating_mul(1_000_000)
    }

    /// The reason why a backend cannot be chosen. `None`: it can.
    fn obstacle(&self, index: usize, tried: &[usize], now: Nanos) -> Option<Verdict> {
        let backend = &self.backends[index];
        match self.settings.backends[index].duty {
            Duty::Off => return Some(Verdict::Off),
            Duty::Draining => return Some(Verdict::Draining),
            Duty::On => {}
        }
        if tried.contains(&index) {
            return Some(Verdict::Tried);
        }
        // Where a check tells whether a backend is back, no client's request has to.
        if let (Some((since, failure)), Some(until)) = (backend.health.out_since(), self.trial_at(backend))
            && (self.check().is_some() || !backend.health.is_in(now))
        {
            return Some(Verdict::Out { failure, since, until });
        }
        (backend.open >= self.settings.load.open_max.max(1)).then_some(Verdict::Full { open: backend.open })
    }

    /// The weight of a backend in hundredths, reduced during its slow start.
    fn weight(&self, index: usize, now: Nanos) -> u32 {
        self.settings.backends[index].weight.clamp(1, 100) * self.backends[index].health.share(now)
    }

    /// Smooth weighted round robin: each backend earns its weight; the backend that is owed most is chosen and pays
    /// what all have earned. `None`: `free` is empty.
    fn next_in_turn(&mut self, free: impl Iterator<Item = usize>, now: Nanos) -> Option<usize> {
        let (mut total, mut chosen) = (0, None);
        for index in free {
            let weight = i64::from(self.weight(index, now));
            self.backends[index].credit += weight;
            total += weight;
            // Of several that are owed the same, the first is chosen.
            if chosen.is_none_or(|chosen: usize| self.backends[chosen].credit < self.backends[index].credit) {
                chosen = Some(index);
            }
        }
        self.backends[chosen?].credit -= total;
        chosen
    }

    /// Score of a backend for a client in rendezvous hashing: if a backend leaves, only its own clients move.
    fn affinity(&self, index: usize, client: IpAddr) -> u64 {
        let backend = &self.settings.backends[index];
        let draw = |number: u32| {
            let mut hasher = DefaultHasher::new();
            (client.to_canonical(), &backend.name, number).hash(&mut hasher);
            hasher.finish()
        };
        // A backend of weight 3 takes the best of three draws.
        (0..backend.weight.clamp(1, 100)).map(draw).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use std::collections::HashMap;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn group(policy: Policy, weights: &[u32]) -> Group {
        let addresses = weights.iter().enumerate();
        let addresses =
            addresses.map(|(index, _)| format!("http://127.0.0.1:{}", 3000 + index).parse().unwrap());
        let mut settings = GroupSettings::new("app", "/", addresses);
        settings.policy = policy;
        for (backend, weight) in settings.backends.iter_mut().zip(weights) {
            backend.weight = *weight;
        }
        Group::new(settings)
    }

    fn shares(group: &mut Group, requests: u32) -> Vec<usize> {
        let mut taken = vec![0; group.backends().len()];
        for _ in 0..requests {
            let index = group.choose(CLIENT, &[], Nanos::ZERO).chosen.unwrap();
            group.begin(index);
            group.end(index, Some(Ok(())), Nanos::ZERO);
            taken[index] += 1;
        }
        taken
    }

    #[test]
    fn round_robin_goes_by_weight_and_spreads_evenly() {
        assert_eq!(shares(&mut group(Policy::RoundRobin, &[1, 1, 1]), 9), [3, 3, 3]);
        let mut weighted = group(Policy::RoundRobin, &[5, 1, 1]);
        let order: Vec<_> =
            (0..7).map(|_| weighted.choose(CLIENT, &[], Nanos::ZERO).chosen.unwrap()).collect();
        assert_eq!(order, [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn the_fewest_open_requests_count_for_the_weight() {
        let mut group = group(Policy::FewestOpen, &[1, 2]);
        let order: Vec<_> = (0..6)
            .map(|_| {
                let index = group.choose(CLIENT, &[], Nanos::ZERO).chosen.unwrap();
                group.begin(index);
                index
            })
            .collect();
        assert_eq!(order.iter().filter(|index| **index == 1).count(), 4, "{order:?}");
    }

    #[test]
    fn a_client_keeps_its_backend_when_another_one_leaves() {
        let mut group = group(Policy::ClientAddress, &[1, 1, 1]);
        let client = |number: u8| IpAddr::from([10, 0, 0, number]);
        let choose =
            |group: &mut Group, number| group.choose(client(number), &[], Nanos::ZERO).chosen.unwrap();
        let before: HashMap<u8, usize> =
            (0..200).map(|number| (number, choose(&mut group, number))).collect();
        let mut settings = group.settings().clone();
        settings.backends[1].duty = Duty::Off;
        group.set(settings);
        for (number, index) in before {
            let now = choose(&mut group, number);
            assert!(index == 1 || now == index);
        }
    }

    #[test]
    fn every_backend_that_is_not_taken_has_its_reason() {
        let mut group = group(Policy::RoundRobin, &[1; 6]);
        let mut settings = group.settings().clone();
        settings.backends[0].duty = Duty::Off;
        settings.backends[1].duty = Duty::Draining;
        settings.load.open_max = 1;
        group.set(settings);
        for _ in 0..3 {
            group.begin(2);
            group.end(2, Some(Err(Failure::Refused)), Nanos::ZERO);
        }
        group.begin(4);
        let choice = group.choose(CLIENT, &[3], Nanos::ZERO);
        assert_eq!(
            choice.verdicts,
            [
                Verdict::Off,
                Verdict::Draining,
                Verdict::Out {
                    failure: Failure::Refused,
                    since: Nanos::ZERO,
                    until: Nanos::new(1_000_000_000)
                },
                Verdict::Tried,
                Verdict::Full { open: 1 },
                Verdict::Chosen(Reason::InTurn),
            ]
        );
        assert!(choice.chosen == Some(5) && choice.is_worth_waiting());
        assert_eq!(group.choose(CLIENT, &[3, 5], Nanos::ZERO).chosen, None);
        let later = group.choose(CLIENT, &[], Nanos::new(1_000_000_000));
        assert_eq!(later.chosen.map(|index| later.verdicts[index]), Some(Verdict::Trial));
    }
}
