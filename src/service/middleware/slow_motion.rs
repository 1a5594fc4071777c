//! Slow motion: a response written slowly enough for a person to watch.

use std::time::Duration;

use crate::{trace::StepSummary, words::plural};

use super::{
    super::{Clock, Pace, Reply, Request},
    Descriptor, Middleware, MiddlewareSettings,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "slow-motion",
    title: "Slow motion",
    about: "Writes responses in small pieces with pauses, so that a person can watch.",
    on_by_default: false,
    build: || Box::new(SlowMotion),
};

/// The pace of slow motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SlowMotionSettings {
    /// Bytes in one write.
    pub bytes: u32,
    /// Time from one write to the next, in milliseconds.
    pub every_ms: u32,
}

impl Default for SlowMotionSettings {
    fn default() -> Self {
        Self { bytes: 32, every_ms: 100 }
    }
}

#[derive(Clone, Debug)]
struct SlowMotion;

impl Middleware for SlowMotion {
    fn handles_requests(&self) -> bool {
        false
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        _request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        set_pace(settings.slow_motion, reply)
    }
}

/// Sets the pace at which the reply is written.
fn set_pace(settings: SlowMotionSettings, reply: &mut Reply) -> StepSummary {
    // At least one byte at a time, or the response would never end.
    let bytes = settings.bytes.max(1);
    let ms = settings.every_ms;
    reply.pace = Some(Pace {
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        every: Duration::from_millis(ms.into()),
    });
    format!("writes {} every {ms} ms", plural(bytes.into(), "byte")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;

    #[test]
    fn the_pace_comes_from_the_settings_and_never_stands_still() {
        let mut reply = Reply::text(Status(200), "");
        let summary = set_pace(SlowMotionSettings { bytes: 32, every_ms: 100 }, &mut reply);
        assert_eq!(summary.words(), "writes 32 bytes every 100 ms");
        assert_eq!(reply.pace, Some(Pace { bytes: 32, every: Duration::from_millis(100) }));
        set_pace(SlowMotionSettings { bytes: 0, every_ms: 5 }, &mut reply);
        assert_eq!(reply.pace, Some(Pace { bytes: 1, every: Duration::from_millis(5) }));
    }
}
