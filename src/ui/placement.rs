//! The window on its screen: no larger than that, and maximized again if it was.

use std::time::Duration;

use egui::ViewportCommand;

use super::theme::space;

/// Time that the window system has to maximize the window, in seconds.
const MAXIMIZE_SECS: f64 = 2.0;
/// Pause before it is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What is still to be done about the place of the window, which was opened a moment ago.
#[derive(Debug)]
pub(super) struct Placement {
    /// Whether the size of the window was compared with that of the screen.
    is_fitted: bool,
    /// Whether the window is still to be maximized.
    maximizes: bool,
    /// Until when it is asked for, in seconds on the clock of the frames. `None`: the system has said nothing of the window
    /// yet.
    until: Option<f64>,
}

/// What the system says of the window, to be remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Placed {
    /// Size of the inside at a zoom of 1, in points. `None`: not known, or not the one that it has of itself.
    pub size: Option<[f32; 2]>,
    /// Whether it is maximized. `None`: not known, or still to be done.
    pub maximized: Option<bool>,
}

impl Placement {
    /// `maximizes`: whether the window was maximized when it was closed last.
    pub(super) const fn new(maximizes: bool) -> Self {
        Self { is_fitted: false, maximizes, until: None }
    }

    /// Takes in what the system says in this frame, and asks it for what is still to be done.
    pub(super) fn update(&mut self, ctx: &egui::Context) -> Placed {
        self.fit(ctx);
        let zoom = ctx.zoom_factor();
        let (size, maximized, now) = ctx.input(|input| {
            let viewport = input.viewport();
            let size = viewport.inner_rect.filter(|_| is_normal(viewport)).map(|rect| rect.size() * zoom);
            (size, viewport.maximized, input.time)
        });
        // X11 maximizes no window before it is seen, so that opening it maximized does not do everywhere.
        if let Some(is_maximized) = maximized.filter(|_| self.maximizes) {
            self.maximizes = !is_maximized && now < *self.until.get_or_insert(now + MAXIMIZE_SECS);
            if self.maximizes {
                ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
                ctx.request_repaint_after(ASK_AGAIN);
            }
        }
        Placed {
            size: size.filter(|_| !self.maximizes).map(|size| [size.x.round(), size.y.round()]),
            maximized: maximized.filter(|_| !self.maximizes),
        }
    }

    /// Makes a window smaller once that is larger than its screen, with its frame and a panel of the desktop.
    fn fit(&mut self, ctx: &egui::Context) {
        if self.is_fitted {
            return;
        }
        let (screen, inside, is_normal) = ctx.input(|input| {
            let viewport = input.viewport();
            (viewport.monitor_size, viewport.inner_rect.map(|rect| rect.size()), is_normal(viewport))
        });
        let (Some(screen), Some(inside)) = (screen, inside) else { return };
        self.is_fitted = true;
        let around = egui::Vec2::from(space::AROUND_WINDOW) / ctx.zoom_factor();
        let room = (screen - around).max(around);
        if is_normal && (inside.x > room.x || inside.y > room.y) {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(inside.min(room)));
        }
    }
}

/// Whether the window has a size of its own.
fn is_normal(viewport: &egui::ViewportInfo) -> bool {
    viewport.maximized != Some(true) && viewport.fullscreen != Some(true)
}
