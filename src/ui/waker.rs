//! Requests for frames, as made by the recorder.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// One frame at 60 Hz: the shortest time between two frames, however often the window is woken.
pub(super) const FRAME: Duration = Duration::from_micros(16_667);

/// A delay of zero would make egui paint two frames.
const AT_ONCE: Duration = Duration::from_nanos(1);

/// Wakes the window. May be made, shared and called before there is a window; clones share it.
#[derive(Clone, Default)]
pub struct Waker {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    ctx: OnceLock<egui::Context>,
    asked: AtomicBool,
    /// When the latest frame began. `None`: no frame yet.
    begun: Mutex<Option<Instant>>,
}

impl Waker {
    /// Requests a frame: at once if the latest one is long enough ago. Cheap: only the first call since the
    /// last frame does anything.
    pub fn wake(&self) {
        if !self.inner.asked.swap(true, Ordering::AcqRel)
            && let Some(ctx) = self.inner.ctx.get()
        {
            let begun = *self.inner.begun.lock();
            ctx.request_repaint_after(wait(begun, Instant::now()));
        }
    }

    /// Closes the window, as its close button would. Returns whether there is a window.
    #[must_use]
    pub fn close(&self) -> bool {
        let Some(ctx) = self.inner.ctx.get() else { return false };
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        ctx.request_repaint();
        true
    }

    /// Connects the waker to a window.
    pub fn attach(&self, ctx: &egui::Context) {
        // There is never a second window; the first one stays attached.
        let _ = self.inner.ctx.set(ctx.clone());
    }

    /// Notes that a frame begins. Returns whether it was requested.
    #[must_use]
    pub fn woken(&self) -> bool {
        *self.inner.begun.lock() = Some(Instant::now());
        self.inner.asked.swap(false, Ordering::AcqRel)
    }
}

/// The delay of the next frame at `now`, if the latest one began at `begun`. `None`: no frame yet.
fn wait(begun: Option<Instant>, now: Instant) -> Duration {
    begun.map_or(FRAME, |begun| FRAME.saturating_sub(now.saturating_duration_since(begun)).max(AT_ONCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_calls_ask_for_one_frame() {
        let ctx = egui::Context::default();
        let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        ctx.set_request_repaint_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let waker = Waker::default();
        waker.wake();
        assert!(waker.woken(), "a call before there is a window is remembered");
        waker.attach(&ctx);
        let before = asked.load(Ordering::Relaxed);
        for _ in 0..1_000 {
            waker.wake();
        }
        assert_eq!(asked.load(Ordering::Relaxed) - before, 1);
        assert!(waker.woken());
        assert!(!waker.woken());
    }

    #[test]
    fn two_frames_are_a_frame_apart_and_the_first_after_a_pause_comes_at_once() {
        let begun = Instant::now();
        let after = |millis| wait(Some(begun), begun + Duration::from_millis(millis));
        assert_eq!(after(0), FRAME);
        assert_eq!(after(10), FRAME.saturating_sub(Duration::from_millis(10)));
        assert_eq!((after(17), after(60_000)), (AT_ONCE, AT_ONCE));
        assert_eq!(wait(None, begun), FRAME);
    }
}
