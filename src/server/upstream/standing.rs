//! What is said of the groups: at the start, and when a backend leaves the rotation or comes back.

use super::Gateway;

impl Gateway {
    /// Each group in words: `group app below /, round robin: app-1 at http://127.0.0.1:3000`.
    pub(in crate::server) fn groups_in_words(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|(mount, group)| {
            let settings = group.settings();
            let backend = |backend: &crate::gateway::BackendSettings| {
                format!("{} at {}", backend.name, backend.address)
            };
            let backends: Vec<_> = settings.backends.iter().map(backend).collect();
            let (name, policy) = (&settings.name, settings.policy.title());
            format!("group {name} below {}, {policy}: {}", mount.prefix(), backends.join(", "))
        });
        groups.collect()
    }

    /// The backends that have left the rotation or come back since the last call, in words.
    pub(in crate::server) fn take_changes(&mut self) -> Vec<String> {
        let mut changes = Vec::new();
        for (_, group) in &mut self.groups {
            for index in group.take_changes() {
                let name = &group.settings().backends[index].name;
                changes.push(match group.backends()[index].health.out() {
                    Some((_, failure)) => format!("{name} is out of rotation: it {}", failure.words()),
                    None => format!("{name} is back in rotation"),
                });
            }
        }
        changes
    }
}
