//! What happened to a request, in words: why each backend of a group took it or did not, and how one failed.

use super::{Address, Group, Policy, Reason, Verdict};
use crate::{base::stream::Nanos, words};

/// The backends that are named in a row; further ones are counted.
const NAMED_MAX: usize = 16;

impl Verdict {
    /// The verdict at time `at`: `3 open requests`. `weight`: that of the backend. `None`: all backends of the group have
    /// the same.
    #[must_use]
    pub fn words(self, policy: Policy, weight: Option<u32>, at: Nanos) -> String {
        let told_weight = weight.map_or_else(String::new, |weight| format!(", weight {weight}"));
        let requests = |open: u32| words::plural(u64::from(open), "open request");
        match self {
            Self::Chosen(Reason::InTurn) => format!("chosen: its turn{told_weight}"),
            Self::Chosen(Reason::FewestOpen { open }) => {
                let for_weight = if weight.is_some() { " for its weight" } else { "" };
                format!("chosen: {}, the fewest{for_weight}", requests(open))
            }
            Self::Chosen(Reason::ClientAddress { score }) => {
                format!("chosen: the client's address leads here, hash {score:016x}{told_weight}")
            }
            Self::Trial => "chosen: a trial, since it was out of rotation".to_owned(),
            Self::Again => "chosen: once more, since the connection that was kept had ended".to_owned(),
            Self::Off => "switched off".to_owned(),
            Self::Draining => "draining: it takes no new requests".to_owned(),
            Self::Out { failure, since, until } => {
                let passed = words::duration(at.saturating_sub(since));
                let next = match until.saturating_sub(at) {
                    0 => "it is being tried now".to_owned(),
                    wait => format!("next try in {}", words::duration(wait)),
                };
                format!("out of rotation for {passed}, because it {}; {next}", failure.words())
            }
            Self::Tried => "tried already".to_owned(),
            Self::Full { open } => format!("full: {}", requests(open)),
            Self::NotChosen { open } => match policy {
                Policy::FewestOpen => format!("{}{told_weight}", requests(open)),
                Policy::RoundRobin => format!("not its turn{told_weight}"),
                Policy::ClientAddress => "the client's address leads elsewhere".to_owned(),
            },
        }
    }
}

/// The weight of a backend as it is told: `None` if all backends of its group have the same.
#[must_use]
pub fn weight_told(weight: u32, mut all: impl Iterator<Item = u32>) -> Option<u32> {
    all.any(|other| other != weight).then_some(weight)
}

impl Group {
    /// The reason why each backend does not take a request at `now`, one sentence each. `tried`: the backends that the
    /// request was sent to before.
    #[must_use]
    pub fn obstacles_told(&self, tried: &[usize], now: Nanos) -> String {
        let settings = self.settings();
        let backends = settings.backends.iter().zip(self.obstacles(tried, now)).take(NAMED_MAX);
        let mut told: Vec<_> = backends
            .map(|(backend, verdict)| {
                let weights = settings.backends.iter().map(|backend| backend.weight);
                let reason = verdict.words(settings.policy, weight_told(backend.weight, weights), now);
                format!("{} ({}): {reason}.", backend.name, backend.address.authority())
            })
            .collect();
        match settings.backends.len().saturating_sub(NAMED_MAX) {
            0 => {}
            more => told.push(format!("There are {more} more.")),
        }
        told.join(" ")
    }
}

/// The failure of a backend: what happened at which backend after how long. `detail` follows the backend's name.
/// `took`: nanoseconds since the request was given to it.
#[must_use]
pub fn failed(name: &str, address: &Address, detail: &str, took: u64) -> String {
    let stop = if detail.ends_with('.') { "" } else { "." };
    let took = words::duration(took);
    format!("{name} ({}) {detail}{stop} The attempt took {took}.", address.authority())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::gateway::{Duty, Failure};

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn group(backends: usize) -> Group {
        let address = |index| format!("http://127.0.0.1:{}", 3001 + index).parse().unwrap();
        Group::new(crate::gateway::GroupSettings::new("app", "/", (0..backends).map(address)))
    }

    #[test]
    fn each_backend_has_its_reason() {
        let mut group = group(5);
        let mut settings = group.settings().clone();
        settings.backends[0].duty = Duty::Off;
        settings.backends[1].duty = Duty::Draining;
        settings.load.open_max = 2;
        group.set(settings);
        group.begin(3);
        group.begin(3);
        for second in 1..=3 {
            group.begin(2);
            group.end(2, Some(Err(Failure::Refused)), Nanos::new(second * 1_000_000_000));
        }
        let told = group.obstacles_told(&[4], Nanos::new(3_250_000_000));
        let expected = "app-1 (127.0.0.1:3001): switched off. \
            app-2 (127.0.0.1:3002): draining: it takes no new requests. \
            app-3 (127.0.0.1:3003): out of rotation for 250 ms, because it refused the connection; next try in 750 ms. \
            app-4 (127.0.0.1:3004): full: 2 open requests. \
            app-5 (127.0.0.1:3005): tried already.";
        assert_eq!(told, expected);

        let trial = group.choose(CLIENT, &[4], Nanos::new(4_000_000_000));
        assert_eq!(trial.chosen, Some(2));
        group.begin(2);
        let told = group.obstacles_told(&[], Nanos::new(4_500_000_000));
        let expected = "out of rotation for 1.5 s, because it refused the connection; it is being tried now.";
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn of_many_backends_some_are_named_and_the_rest_counted() {
        let mut group = group(20);
        let mut settings = group.settings().clone();
        settings.backends.iter_mut().for_each(|backend| backend.duty = Duty::Off);
        group.set(settings);
        let told = group.obstacles_told(&[], Nanos::ZERO);
        assert_eq!(told.matches("switched off").count(), 16);
        assert!(told.ends_with("There are 4 more."), "{told}");
    }

    #[test]
    fn a_failure_names_the_backend_and_the_time() {
        let address = "http://127.0.0.1:3001".parse().unwrap();
        assert_eq!(
            failed("app-1", &address, "refused the connection", 300_000),
            "app-1 (127.0.0.1:3001) refused the connection. The attempt took 0.3 ms."
        );
    }
}
