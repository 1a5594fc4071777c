//! Torture on top of trouble: what is done on purpose, and calls that fail besides. Nothing is left behind, every
//! connection is closed and every exchange over.

use super::{Script, code, folder, play, scenario::Scenario};
use crate::{
    base::faults::{
        Call,
        plan::{Fault, Plan},
    },
    service::{MiddlewareKind, TroubleRule},
};

/// The scenario with these rules.
fn troubled(rules: &[&str]) -> Scenario {
    let mut scenario = Scenario::protocol();
    scenario.middleware.set_enabled(MiddlewareKind::Trouble, true);
    let rules = rules.iter().map(|rule| rule.parse::<TroubleRule>().unwrap().into());
    scenario.middleware.trouble.rules = rules.collect();
    // The client that comes afterwards is left alone.
    scenario.scripts.push(Script::next());
    scenario
}

#[test]
fn calls_fail_while_trouble_is_made() {
    let folder = folder();
    let scenarios = [
        troubled(&["response latency 1ms jitter 1ms share 50%", "response rate 40m", "request latency 1ms"]),
        troubled(&["response cut 300 where path=/large.bin", "response reset 9 where path~drip"]),
        troubled(&["response half-close 250 where path=/dir/", "response latency 3ms where method=POST"]),
        troubled(&[
            "request reset share 30% where path!=/a.txt",
            "response 502 share 50% where path!=/a.txt",
        ]),
    ];
    for (number, scenario) in scenarios.iter().enumerate() {
        let usual = play(folder.path(), scenario, None);
        assert!(usual.next.ends_with("abcdefghijklmnopqrstuvwxyz"), "{}", usual.next);
        assert!(usual.messages.keys().any(|message| message.starts_with("Trouble")), "{:?}", usual.messages);
        for (call, fault) in [
            (Call::Read, code(libc::ECONNRESET)),
            (Call::Write, code(libc::EPIPE)),
            (Call::Write, Fault::Short(1)),
            (Call::Shutdown, code(libc::ENOTCONN)),
        ] {
            for at in [0, 1, 2, 3, 5, 8, 13] {
                let plan = Plan { call, at, times: 1, fault };
                let outcome = play(folder.path(), scenario, Some(plan));
                assert_eq!(outcome.next, usual.next, "scenario {number}: {plan:?}");
            }
        }
    }
}
