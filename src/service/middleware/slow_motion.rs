//! Slow motion: a response written so slowly that a person can watch.

use std::time::Duration;

use crate::base::shared_text::SharedText;

use super::super::{Pace, Reply, SlowMotionSettings};

/// Sets the pace at which the reply is written.
pub fn up(settings: SlowMotionSettings, reply: &mut Reply) -> SharedText {
    // At least a byte at a time, or it would never end.
    let bytes = settings.bytes.max(1);
    let ms = settings.every_ms;
    reply.pace = Some(Pace {
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        every: Duration::from_millis(ms.into()),
    });
    let unit = if bytes == 1 { "byte" } else { "bytes" };
    format!("to be written {bytes} {unit} every {ms} ms").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;

    #[test]
    fn the_pace_comes_from_the_settings_and_never_stands_still() {
        let mut reply = Reply::text(Status(200), "");
        let did = up(SlowMotionSettings { bytes: 32, every_ms: 100 }, &mut reply);
        assert_eq!(did, "to be written 32 bytes every 100 ms");
        assert_eq!(reply.pace, Some(Pace { bytes: 32, every: Duration::from_millis(100) }));
        up(SlowMotionSettings { bytes: 0, every_ms: 5 }, &mut reply);
        assert_eq!(reply.pace, Some(Pace { bytes: 1, every: Duration::from_millis(5) }));
    }
}
