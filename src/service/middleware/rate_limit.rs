//! The rate limit: a token bucket for each address. A request takes a token; tokens return over time.

use std::{collections::HashMap, net::IpAddr};

use crate::{
    base::stream::client_of,
    trace::{Refusal, StepSummary},
    words::plural,
};

use super::{
    super::{Reply, Request},
    Descriptor, Middleware, MiddlewareSettings, OnRequest, Readings,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "rate-limit",
    title: "Rate limit",
    about: "Each address has a bucket of tokens, and every request takes one. When the bucket is empty, the \
            answer is 429 with Retry-After.",
    on_by_default: false,
    build: || Box::<RateLimit>::default(),
};

/// The token bucket of each address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct RateLimitSettings {
    /// Tokens in a full bucket. A request takes one.
    pub capacity: u32,
    /// Tokens that return each second.
    pub per_second: u32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self { capacity: 10, per_second: 1 }
    }
}

/// Number of buckets shown, the emptiest ones.
const BUCKETS_SHOWN: usize = 8;
/// Upper bound on the remembered addresses.
const ADDRESSES_MAX: usize = 10_000;
/// Parts per token: one for each nanosecond of a second, so that at one token per second one part returns
/// each nanosecond.
const PARTS: u64 = 1_000_000_000;

/// The buckets. An address without one has a full bucket.
#[derive(Clone, Debug, Default)]
struct RateLimit {
    buckets: HashMap<IpAddr, Bucket>,
}

/// The level of a bucket at a point in time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Level in parts of tokens.
    parts: u64,
    /// The time, in nanoseconds of the server's clock.
    at: u64,
}

impl Middleware for RateLimit {
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, now: u64) -> OnRequest {
        self.take_token(settings.rate_limit, request.peer, now)
    }

    fn read(&self, settings: &MiddlewareSettings, now: u64, readings: &mut Readings) {
        readings.buckets = self.emptiest(BUCKETS_SHOWN, settings.rate_limit, now);
    }
}

impl RateLimit {
    /// Takes a token of this address, or refuses the request.
    fn take_token(&mut self, settings: RateLimitSettings, peer: IpAddr, now: u64) -> OnRequest {
        let peer = client_of(peer);
        let full = Bucket { parts: u64::from(settings.capacity) * PARTS, at: now };
        let mut bucket = self.buckets.get(&peer).map_or(full, |bucket| bucket.refilled(settings, now));
        let result = match bucket.parts.checked_sub(PARTS) {
            Some(left) => {
                bucket.parts = left;
                OnRequest::Pass(StepSummary::TokenTaken {
                    left: u32::try_from(left / PARTS).unwrap_or(u32::MAX),
                })
            }
            None => refuse(settings, bucket),
        };
        if self.buckets.len() >= ADDRESSES_MAX && !self.buckets.contains_key(&peer) {
            self.make_room(settings, now);
        }
        self.buckets.insert(peer, bucket);
        result
    }

    /// Address, whole tokens and capacity of the emptiest buckets, emptiest first.
    fn emptiest(&self, most: usize, settings: RateLimitSettings, now: u64) -> Vec<(IpAddr, u32, u32)> {
        let mut buckets: Vec<_> =
            self.buckets.iter().map(|(peer, bucket)| (bucket.refilled(settings, now).parts, *peer)).collect();
        buckets.sort_unstable();
        buckets.truncate(most);
        let tokens = |parts: u64| u32::try_from(parts / PARTS).unwrap_or(u32::MAX);
        buckets.into_iter().map(|(parts, peer)| (peer, tokens(parts), settings.capacity)).collect()
    }

    /// Forgets full buckets, which does not affect their addresses; if that is not enough, the fullest tenth,
    /// which gives away the fewest tokens. Removing a tenth at a time avoids a search for every address of a
    /// flood.
    fn make_room(&mut self, settings: RateLimitSettings, now: u64) {
        let full = u64::from(settings.capacity) * PARTS;
        self.buckets.retain(|_, bucket| bucket.refilled(settings, now).parts < full);
        let most = ADDRESSES_MAX - ADDRESSES_MAX / 10;
        if self.buckets.len() > most {
            let mut levels: Vec<_> = self
                .buckets
                .iter()
                .map(|(peer, bucket)| (bucket.refilled(settings, now).parts, *peer))
                .collect();
            levels.sort_unstable();
            for (_, peer) in levels.drain(most..) {
                self.buckets.remove(&peer);
            }
        }
    }
}

impl Bucket {
    /// The bucket at the time `now`, under settings that may have changed.
    fn refilled(self, settings: RateLimitSettings, now: u64) -> Self {
        let gained = now.saturating_sub(self.at).saturating_mul(settings.per_second.into());
        let full = u64::from(settings.capacity) * PARTS;
        Self { parts: self.parts.saturating_add(gained).min(full), at: now.max(self.at) }
    }
}

/// RFC 6585 §4: "The response representations SHOULD include details explaining the condition, and
/// MAY include a Retry-After header indicating how long to wait before making a new request."
fn refuse(settings: RateLimitSettings, bucket: Bucket) -> OnRequest {
    let missing = PARTS.saturating_sub(bucket.parts);
    let wait_nanos = match settings {
        // If no token ever returns, or none fits into the bucket, there is no time to report.
        RateLimitSettings { capacity: 0, .. } | RateLimitSettings { per_second: 0, .. } => None,
        settings => Some(missing.div_ceil(settings.per_second.into())),
    };
    let detail = format!(
        "A bucket holds {} and {} a second come back.",
        plural(settings.capacity.into(), "token"),
        plural(settings.per_second.into(), "token"),
    );
    let mut reply = Reply::refusal_with(Refusal::RateLimited, Some(&detail));
    let Some(nanos) = wait_nanos else {
        return OnRequest::Answer(Box::new(reply), StepSummary::NoToken { wait_secs: None });
    };
    // RFC 9110 §10.2.3: whole seconds, rounded up, since retrying earlier would fail.
    let secs = nanos.div_ceil(1_000_000_000).max(1);
    reply.fields.append("Retry-After", secs.to_string());
    let wait_secs = Some(u32::try_from(secs).unwrap_or(u32::MAX));
    OnRequest::Answer(Box::new(reply), StepSummary::NoToken { wait_secs })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn settings(capacity: u32, per_second: u32) -> RateLimitSettings {
        RateLimitSettings { capacity, per_second }
    }

    fn words(result: &OnRequest) -> String {
        match result {
            OnRequest::Pass(summary) | OnRequest::Answer(_, summary) => summary.words().into_owned(),
        }
    }

    fn retry_after(result: &OnRequest) -> Option<&str> {
        match result {
            OnRequest::Answer(reply, _) => reply.fields.value("Retry-After"),
            OnRequest::Pass(summary) => panic!("passed on: {summary:?}"),
        }
    }

    #[test]
    fn tokens_are_taken_and_come_back() {
        let mut buckets = RateLimit::default();
        let limit = settings(2, 1);
        assert_eq!(words(&buckets.take_token(limit, HERE, 0)), "1 token taken, 1 left");
        assert_eq!(words(&buckets.take_token(limit, HERE, 0)), "1 token taken, 0 left");
        assert_eq!(retry_after(&buckets.take_token(limit, HERE, 0)), Some("1"));
        let refused = buckets.take_token(limit, HERE, SECOND / 2);
        assert_eq!(words(&refused), "no token left, the next one in 1 s");
        assert_eq!(retry_after(&refused), Some("1"));
        assert_eq!(words(&buckets.take_token(limit, HERE, SECOND)), "1 token taken, 0 left");
        assert!(matches!(buckets.take_token(limit, HERE, 2 * SECOND - 1), OnRequest::Answer(..)));
        assert_eq!(
            words(&buckets.take_token(limit, HERE, 1000 * SECOND)),
            "1 token taken, 1 left",
            "not above full"
        );
    }

    #[test]
    fn each_address_has_its_own_bucket() {
        let mut buckets = RateLimit::default();
        let limit = settings(1, 1);
        assert!(matches!(buckets.take_token(limit, HERE, 0), OnRequest::Pass(_)));
        assert!(matches!(buckets.take_token(limit, IpAddr::V6(Ipv6Addr::LOCALHOST), 0), OnRequest::Pass(_)));
        let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        assert!(matches!(buckets.take_token(limit, mapped, 0), OnRequest::Answer(..)), "the same client");
    }

    #[test]
    fn waiting_as_long_as_told_is_enough() {
        for per_second in [1, 2, 3, 7, 1_000_000] {
            let mut buckets = RateLimit::default();
            let limit = settings(1, per_second);
            buckets.take_token(limit, HERE, 0);
            assert_eq!(retry_after(&buckets.take_token(limit, HERE, 1)), Some("1"), "{per_second}");
            assert!(
                matches!(buckets.take_token(limit, HERE, SECOND + 1), OnRequest::Pass(_)),
                "{per_second}"
            );
        }
    }

    #[test]
    fn where_nothing_comes_back_no_time_is_named() {
        for limit in [settings(0, 1), settings(0, 0), settings(1, 0)] {
            let mut buckets = RateLimit::default();
            buckets.take_token(limit, HERE, 0);
            let refused = buckets.take_token(limit, HERE, 1000 * SECOND);
            assert_eq!(retry_after(&refused), None, "{limit:?}");
        }
    }

    #[test]
    fn other_settings_hold_for_old_buckets() {
        let mut buckets = RateLimit::default();
        buckets.take_token(settings(10, 1), HERE, 0);
        assert_eq!(words(&buckets.take_token(settings(3, 1), HERE, 0)), "1 token taken, 2 left");
        assert_eq!(buckets.emptiest(8, settings(2, 1), 0), [(HERE, 2, 2)]);
        assert!(matches!(
            buckets.take_token(settings(u32::MAX, u32::MAX), HERE, u64::MAX),
            OnRequest::Pass(_)
        ));
    }

    #[test]
    fn the_emptiest_are_shown_first() {
        let mut buckets = RateLimit::default();
        let limit = settings(5, 1);
        for (last, taken) in [(1, 1), (2, 3), (3, 2)] {
            for _ in 0..taken {
                buckets.take_token(limit, IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), 0);
            }
        }
        let shown: Vec<_> = buckets.emptiest(2, limit, 0).iter().map(|bucket| bucket.1).collect();
        assert_eq!(shown, [2, 3]);
        assert_eq!(buckets.emptiest(1, limit, 2 * SECOND)[0].1, 4, "as of the reading");
    }

    #[test]
    fn the_table_is_bounded_and_the_emptiest_stay() {
        let mut buckets = RateLimit::default();
        let limit = settings(3, 1);
        for _ in 0..3 {
            buckets.take_token(limit, HERE, 0);
        }
        for number in 0..25_000_u32 {
            buckets.take_token(limit, IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number)), 0);
            assert!(buckets.buckets.len() <= ADDRESSES_MAX);
        }
        assert!(
            matches!(buckets.take_token(limit, HERE, 0), OnRequest::Answer(..)),
            "its bucket is still empty"
        );
        // A second later all others are full again and are removed first.
        buckets.make_room(limit, SECOND);
        assert!(buckets.buckets.len() <= 1, "{}", buckets.buckets.len());
        assert!(buckets.buckets.contains_key(&HERE));
    }
}
