//! The state of the groups of backends, for a reading of the live server.

use crate::{
    base::stream::Nanos,
    gateway::Group,
    server::live::{BackendInfo, CheckInfo, GroupInfo},
};

use super::Gateway;

impl Gateway {
    /// The state of the groups.
    pub(in crate::server) fn groups_info(&self, now: Nanos) -> Vec<GroupInfo> {
        let info = |(_, group): &(_, Group)| {
            let backends = group.settings().backends.iter().zip(group.backends());
            let backends = backends.map(|(settings, backend)| BackendInfo {
                settings: settings.clone(),
                open: backend.open,
                requests: backend.requests,
                standing: backend.health.standing(now),
                check: group.check().map(|_| CheckInfo {
                    due: backend.checks.due(),
                    is_running: backend.checks.is_running(),
                    last: backend.checks.last(),
                }),
                kept: self.idle.get(&settings.address).map_or(0, Vec::len),
            });
            GroupInfo {
                name: group.settings().name.as_str().into(),
                waiting: group.queue.len(),
                backends: backends.collect(),
            }
        };
        self.groups.iter().map(info).collect()
    }
}
