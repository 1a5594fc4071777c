//! A reading of the running server, taken by the event loop.

use std::net::SocketAddr;

use crate::{
    server::{
        host::outer_addresses,
        live::{Bucket, Live, TimerInfo},
    },
    trace::{EventKind, ProtocolKind, Severity},
};

use super::EventLoop;

impl EventLoop {
    /// Tells when the wall clock has stepped: later times follow it.
    pub(super) fn follow_wall_clock(&mut self) {
        if let Some(epoch) = self.turn.clock.step() {
            self.turn.tracer.event(self.turn.now, None, None, EventKind::Epoch(epoch));
            self.announce(
                Severity::Info,
                "the system's clock was set, or the machine slept; times follow it",
            );
        }
    }

    /// The address at which other machines reach this server, looked up again when it listens elsewhere.
    fn outer(&mut self) -> Option<SocketAddr> {
        let addresses: Vec<_> = self.listeners[ProtocolKind::Http as usize].addresses().collect();
        if self.outer.0 != addresses {
            let outer = outer_addresses(&addresses).into_iter().next();
            self.outer = (addresses, outer);
        }
        self.outer.1
    }

    /// Publishes a reading.
    pub(super) fn publish(&mut self) {
        let outer = self.outer();
        let service = &self.turn.service;
        let readings = service.readings(self.turn.now.get());
        let mut live = Live {
            at: self.turn.now,
            revision: self.revision,
            routes: service.routes(),
            timers: Vec::new(),
            connections: u32::try_from(self.open).unwrap_or(u32::MAX),
            largest_head: self.turn.stats.largest_head,
            largest_target: self.turn.stats.largest_target,
            largest_body: self.turn.stats.largest_body,
            largest_websocket: self.turn.stats.largest_websocket,
            buckets: readings
                .buckets
                .into_iter()
                .map(|(peer, tokens, capacity)| Bucket { peer, tokens, capacity })
                .collect(),
            requests: self.turn.stats.requests,
            outer,
            lines: self.lines_info(),
            groups: self.turn.gateway.groups_info(self.turn.now),
            tls: self.trusted.info(),
            log: readings.log,
        };
        for connection in self.slots.iter().flatten() {
            let Some((deadline, kind)) = connection.guard_timer(&self.turn.guards) else { continue };
            match live.timers.iter_mut().find(|timer| timer.kind == kind) {
                Some(timer) => {
                    timer.running += 1;
                    if deadline < timer.deadline {
                        (timer.deadline, timer.conn) = (deadline, connection.id);
                    }
                }
                None => live.timers.push(TimerInfo { kind, conn: connection.id, deadline, running: 1 }),
            }
        }
        self.shared.publish(live);
    }
}
