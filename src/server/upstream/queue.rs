//! The exchanges that wait because every backend of their group is busy, and what happens as time passes.

use crate::{
    base::stream::{ExchangeId, Nanos},
    gateway::LoadSettings,
};

use super::{Gateway, NoResponse, Transfer};

impl Gateway {
    /// Has an exchange wait for a backend of its group. Gives it up if too many wait already.
    pub(super) fn wait(&mut self, exchange: ExchangeId, group: usize, now: Nanos) {
        let Some((_, group)) = self.groups.get_mut(group) else { return };
        let LoadSettings { open_max, waiting_max, .. } = group.settings().load;
        let waits = group.queue.push(exchange, now, waiting_max);
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.is_waiting = waits;
        }
        if !waits {
            let told = self.obstacles_told(exchange, now);
            self.give_up(exchange, NoResponse::QueueFull { open_max, waiting_max, told });
        }
    }

    /// Gives waiting exchanges to backends that have room for them by now, those that came first first.
    pub(in crate::server) fn serve_queues(&mut self, now: Nanos) {
        if !std::mem::take(&mut self.has_room) {
            return;
        }
        for index in 0..self.groups.len() {
            let mut place = 0;
            while let Some(exchange) = self.groups[index].1.queue.at(place) {
                let Some(choice) = self.choose(exchange, now) else { break };
                if choice.chosen.is_none() && choice.is_worth_waiting() {
                    // Only one that has failed at a backend may have to wait where the next one need not.
                    let has_tried = |of: &Transfer| !of.tried.is_empty();
                    if !self.transfers.get(&exchange).is_some_and(has_tried) {
                        break;
                    }
                    place += 1;
                    continue;
                }
                self.groups[index].1.queue.remove(exchange);
                self.give_to(exchange, choice, now);
            }
        }
    }

    /// Gives up what has waited for too long, looks whether a backend is due for a trial, and runs the checks.
    pub(in crate::server) fn on_time(&mut self, now: Nanos) {
        self.run_checks(now);
        for index in 0..self.groups.len() {
            let wait_ms = self.groups[index].1.settings().load.wait_ms;
            while let Some(exchange) = self.groups[index].1.take_overdue(now) {
                let told = self.obstacles_told(exchange, now);
                self.give_up(exchange, NoResponse::Waited { ms: wait_ms, told });
            }
            let (_, group) = &self.groups[index];
            self.has_room |= !group.queue.is_empty() && group.has_trial(now);
        }
    }

    /// The time at which [`Self::on_time`] has something to do. `None`: it has nothing to do.
    pub(in crate::server) fn next_time(&self, now: Nanos) -> Option<Nanos> {
        let queues = self.groups.iter().filter_map(|(_, group)| group.next_queue_time(now));
        queues.chain(self.next_check_time()).min()
    }
}
