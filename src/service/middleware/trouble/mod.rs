//! Trouble: what goes wrong on networks, done on purpose by rules, so that one can see how a client or a backend takes
//! it.
//!
//! What is done to a message is a function of the seed and the number of its exchange, so that a run can be repeated.

mod disturbance;
mod mischief;
mod rule;

pub use disturbance::{Disturbance, PlannedEnd};
pub use mischief::Ending;
pub use rule::TroubleRule;

use crate::trace::{Phase, Refusal, StepSummary};

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Effects, Middleware, MiddlewareSettings, OnRequest,
    condition::OnTheWay,
    rule::{Switched, acting, summary},
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "trouble",
    title: "Trouble",
    about: "Does by rules what goes wrong on networks: latency, a low rate, a connection that ends halfway, a wrong \
            length, a 502. The same seed gives the same trouble again.",
    on_by_default: false,
    build: || Box::new(Trouble),
};

/// Settings of trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TroubleSettings {
    /// The rules, in the order in which they act.
    pub rules: Vec<Switched<TroubleRule>>,
    /// Decides with the number of the exchange which messages a share is, and the jitter.
    pub seed: u32,
}

impl TroubleSettings {
    /// Number of rules that are on.
    #[must_use]
    pub fn acting(&self) -> usize {
        acting(&self.rules).count()
    }

    /// The rules that act on a message of this exchange, with their numbers.
    fn matching(
        &self,
        phase: Phase,
        exchange: u64,
        message: &OnTheWay<'_>,
    ) -> impl Iterator<Item = (u32, &TroubleRule)> {
        acting(&self.rules).filter(move |(number, rule)| {
            rule.phase == phase
                && rule.condition.holds(message)
                && chance(self.seed, exchange, *number, SHARE) % 100 < rule.share.into()
        })
    }
}

/// What a chance decides: whether a message belongs to the share.
const SHARE: u64 = 0;
/// What a chance decides: how long a latency is.
const JITTER: u64 = 1;

/// A number that is evenly distributed over the exchanges. `SplitMix64` (Steele, Lea and Flood, 2014).
const fn chance(seed: u32, exchange: u64, rule: u32, what: u64) -> u64 {
    let mut state = ((seed as u64) << 32 | rule as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state =
        state.wrapping_add(exchange.wrapping_mul(2).wrapping_add(what).wrapping_mul(0xD1B5_4A32_D192_ED03));
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[derive(Clone, Debug)]
struct Trouble;

impl Middleware for Trouble {
    fn on_request_with(
        &mut self,
        settings: &MiddlewareSettings,
        request: &Request<'_>,
        _now: u64,
        effects: &mut Effects,
    ) -> OnRequest {
        let settings = &settings.trouble;
        let mut disturbance = Disturbance::default();
        let message = OnTheWay::request(request);
        let told = decide(settings, Phase::Request, request, &message, &mut disturbance);
        let said = summary(&told, "left alone", &settings.rules, Phase::Request);
        if disturbance.refused.is_some() {
            let mut reply = Reply::refusal(Refusal::OnPurpose);
            reply.trouble = Some(Box::new(Disturbance {
                refused: disturbance.refused.clone(),
                ..disturbance.before_answer()
            }));
            return OnRequest::Answer(Box::new(reply), said);
        }
        effects.trouble.extend(disturbance);
        OnRequest::Pass(said)
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        let settings = &settings.trouble;
        // Without a complete head there is no message to speak of.
        let Some(request) = request else { return "left alone".into() };
        let mut disturbance = Disturbance::default();
        let message = OnTheWay::response(Some(request), reply);
        let told = decide(settings, Phase::Response, request, &message, &mut disturbance);
        if disturbance.refused.is_some() {
            reply.refuse(Refusal::OnPurpose, None);
        }
        if let Some((pace, _)) = &disturbance.pace {
            reply.pace = Some(*pace);
        }
        if !disturbance.is_empty() {
            reply.trouble.get_or_insert_default().extend(disturbance);
        }
        summary(&told, "left alone", &settings.rules, Phase::Response)
    }
}

/// Decides what is done to a message. Returns what each rule does.
fn decide(
    settings: &TroubleSettings,
    phase: Phase,
    request: &Request<'_>,
    message: &OnTheWay<'_>,
    disturbance: &mut Disturbance,
) -> Vec<String> {
    let exchange = request.exchange.get();
    let add = |(number, rule): (u32, &TroubleRule)| {
        disturbance.add(number, phase, rule.mischief, chance(settings.seed, exchange, number, JITTER))
    };
    settings.matching(phase, exchange, message).filter_map(add).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::{
        base::stream::ExchangeId,
        http::Status,
        service::testing::{Sent, TestClock},
    };

    fn settings(seed: u32, rules: &[&str]) -> MiddlewareSettings {
        let rules = rules.iter().map(|rule| rule.parse::<TroubleRule>().unwrap().into()).collect();
        MiddlewareSettings { trouble: TroubleSettings { rules, seed }, ..MiddlewareSettings::default() }
    }

    /// Which of the first exchanges are answered with a 502.
    fn refused(seed: u32, share: u32) -> Vec<u64> {
        let settings = settings(seed, &[&format!("request 502 share {share}% where path=/a")]);
        let sent = Sent::new("GET /a", &[]);
        let is_refused = |number: &u64| {
            let request = Request { exchange: ExchangeId::nth(*number), ..sent.request() };
            let result = Trouble.on_request_with(&settings, &request, 0, &mut Effects::default());
            matches!(result, OnRequest::Answer(reply, _) if reply.status == Status(502))
        };
        (1..=2_000).filter(is_refused).collect()
    }

    #[test]
    fn a_share_is_kept_and_the_same_seed_chooses_the_same() {
        for share in [1, 10, 50, 99] {
            let found = refused(7, share).len() as u64;
            assert!(found.abs_diff(20 * u64::from(share)) < 60, "{share}%: {found}");
        }
        assert_eq!(refused(7, 10), refused(7, 10));
        assert_ne!(refused(7, 10), refused(8, 10));
        assert_eq!(refused(7, 100).len(), 2_000);
    }

    #[test]
    fn a_response_is_disturbed_as_the_rules_say() {
        let settings = settings(
            1,
            &[
                "response latency 50ms where status=404",
                "response rate 1k",
                "response cut 10 where type=text/plain",
                "response reset",
                "request latency 5ms",
            ],
        );
        let mut reply = Reply::text(Status(200), "");
        let sent = Sent::new("GET /", &[]);
        let said = Trouble.on_response(&settings, Some(&sent.request()), &mut reply, &TestClock::new());
        assert_eq!(said.words(), "rule 2: 1,000 bytes a second, rule 3: cut after byte 10");
        let trouble = reply.trouble.unwrap();
        assert!(trouble.waits.is_empty() && reply.pace.is_some());
        assert_eq!(trouble.end.map(|end| (end.ending, end.after)), Some((Ending::Cut, 10)));
        let mut effects = Effects::default();
        let result = Trouble.on_request_with(&settings, &sent.request(), 0, &mut effects);
        assert!(matches!(result, OnRequest::Pass(said) if said.words() == "rule 5: a wait of 5 ms"));
        let note = effects.trouble.waits[0].1.clone();
        assert_eq!(&*note, "Trouble on the request: a wait of 5 ms, by rule 5.");
    }

    #[test]
    fn a_response_becomes_a_502() {
        let settings = settings(1, &["response 502 where status=2xx"]);
        let sent = Sent::new("GET /", &[]);
        for (status, expected) in [(200, 502), (404, 404)] {
            let mut reply = Reply::text(Status(status), "");
            Trouble.on_response(&settings, Some(&sent.request()), &mut reply, &TestClock::new());
            assert_eq!(reply.status, Status(expected));
            assert_eq!(reply.trouble.is_some(), expected == 502);
        }
    }
}
