//! The window in its frame.

use std::panic::{AssertUnwindSafe, catch_unwind};

use eframe::{
    Renderer,
    egui::{self, ViewportBuilder},
};

use super::{Parts, dialogs::System, theme::space, window::Window};

struct App {
    window: Window,
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.window.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.window.ui(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// Opens the window and runs until it is closed. To be called on the main thread, after
/// [`super::display::check`]. `size`: of its inside, in points; `None`: the usual one. `parts` is called
/// only once a window is there, so that its caller still has everything if there cannot be one.
///
/// # Errors
/// The display or its graphics cannot be used, or `parts` failed; why, in one line.
pub fn run(
    size: Option<[f32; 2]>,
    parts: impl FnOnce() -> Result<Parts, String> + 'static,
) -> Result<(), String> {
    let mut viewport = ViewportBuilder::default()
        .with_title("byteglass")
        .with_app_id("byteglass")
        .with_inner_size(size.unwrap_or(space::WINDOW))
        .with_min_inner_size(space::WINDOW_MIN)
        .with_drag_and_drop(true);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        viewport = viewport.with_icon(icon);
    }
    let options =
        eframe::NativeOptions { viewport, renderer: Renderer::Glow, ..eframe::NativeOptions::default() };
    let creator: eframe::AppCreator<'_> = Box::new(move |cc| {
        let window = Window::new(&cc.egui_ctx, parts()?, Box::new(System));
        Ok(Box::new(App { window }))
    });
    // Drivers and window systems fail in many ways, some of them as panics inside the libraries that
    // talk to them. The server does not depend on any of them.
    match catch_unwind(AssertUnwindSafe(|| eframe::run_native("byteglass", options, creator))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(plain(&error.to_string())),
        Err(_) => Err("the window system failed".to_owned()),
    }
}

/// The error on one line, without the place in winit's source that it came from:
/// `os error at FILE:LINE: what happened`.
fn plain(error: &str) -> String {
    let line = error.lines().collect::<Vec<_>>().join(" ");
    match line.split_once("os error at ").and_then(|(_, place)| place.split_once(": ")) {
        Some((_, what)) => what.to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_happened_and_not_where_in_the_source() {
        let os = "winit EventLoopError: os error at /a/mod.rs:788: Failed to open connection to X server";
        assert_eq!(plain(os), "Failed to open connection to X server");
        assert_eq!(plain("no GL\nconfigs"), "no GL configs");
    }
}
