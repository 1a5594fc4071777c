//! The rows through a gateway in front of a second server: what the front decides, it decides as without one.

use super::{
    Servers, TABLES, Validators, long,
    row::{Row, Table},
    short,
    site::{self, On, Server},
};
use byteglass::trace::Cause;

/// Whether the front may blame this where a server alone blames what the row says. It blames nothing where the second
/// server decides, which is never for a rule of the protocol. A path with dot segments is refused by a gateway alone.
fn may_blame(row: &Row, fault: &str) -> bool {
    let cause = row.fault.split('@').next().and_then(Cause::from_key);
    let has_dots = ["/.", "/%2e"].iter().any(|dots| row.sends.contains(dots));
    fault == row.fault
        || (fault.is_empty() && !matches!(cause, Some(Cause::Rule(_))))
        || (has_dots && fault.starts_with("path_malformed@"))
}

#[test]
fn a_gateway_in_front_decides_as_the_server_itself() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    site::fill(folder.path(), outside.path());
    let mut failures = Vec::new();
    // The front has no rules of its own: `gateway::fields` and `gateway::on_purpose` have.
    for (name, on) in TABLES.into_iter().filter(|(_, on)| !matches!(on, On::Fields | On::Trouble)) {
        let table = Table::read(name);
        let is_strict = on == On::Strict;
        let back = Server::start(folder.path(), long(), on);
        let front = |guards| Server::in_front_of(back.address(), guards, is_strict);
        let servers = Servers { usual: front(long()), hasty: front(short()) };
        let outcomes = servers.play_all(&table, &Validators::of(&back));
        for (row, (fault, failure)) in table.rows.iter().zip(outcomes) {
            let failure = failure.filter(|_| !fault.starts_with("path_malformed@"));
            if failure.is_some() || !may_blame(row, &fault) {
                failures
                    .push(format!("{} {} {}: blames {fault:?}, {failure:?}", row.id, row.sends, row.fault));
            }
        }
    }
    assert!(failures.is_empty(), "{} rows differ:\n{}", failures.len(), failures.join("\n"));
}
