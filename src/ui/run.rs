//! Opens the native window and runs it.

use std::{
    error::Error,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use eframe::Renderer;
use egui::ViewportBuilder;

use super::{WindowInputs, dialogs::System, scripts, theme::space, window::Window};

/// Why a window could not be opened, or failed.
#[derive(Debug)]
pub enum WindowError {
    /// The window system or OpenGL cannot be used; the message of its library, on one line.
    System(String),
    /// A library of the window system panicked.
    Panicked,
    /// A thread cannot be started.
    Thread(io::Error),
    /// The recorder cannot be started.
    Recorder(io::Error),
    /// The library opened a second window.
    OpenedTwice,
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(detail) => write!(
                f,
                "cannot open a window: it needs X11 or Wayland with their libraries, and OpenGL 2.1 or newer. Often \
                 LIBGL_ALWAYS_SOFTWARE=1 helps where the graphics driver does not work. The system says: {detail}"
            ),
            Self::Panicked => f.write_str("cannot open a window: the window system failed"),
            Self::Thread(error) => write!(f, "cannot start a thread: {error}"),
            Self::Recorder(error) => write!(f, "cannot start the recorder: {error}"),
            Self::OpenedTwice => f.write_str("the window was opened twice"),
        }
    }
}

impl Error for WindowError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Thread(error) | Self::Recorder(error) => Some(error),
            Self::System(_) | Self::Panicked | Self::OpenedTwice => None,
        }
    }
}

/// Checks that the environment announces a display. Whether it can be used shows when a window is opened.
///
/// # Errors
/// Why there is no display, in a sentence without its period.
pub fn find_display() -> Result<(), &'static str> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().any(set) {
        return Err("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)");
    }
    Ok(())
}

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

/// Opens the window and runs until it is closed. Call this on the main thread. `size`: of the content, in
/// points; `None`: the default. `maximized`: whether it fills the screen at first. `inputs` is called once the window exists, so that its caller keeps
/// everything if no window can be opened.
///
/// # Errors
/// The window system or its graphics cannot be used, or `inputs` failed.
pub fn open(
    size: Option<[f32; 2]>,
    maximized: bool,
    inputs: impl FnOnce() -> Result<WindowInputs, WindowError> + 'static,
) -> Result<(), WindowError> {
    let mut viewport = ViewportBuilder::default()
        .with_title("byteglass")
        .with_app_id("byteglass")
        .with_inner_size(size.unwrap_or(space::WINDOW))
        .with_maximized(maximized)
        .with_min_inner_size(space::WINDOW_MIN)
        .with_drag_and_drop(true);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        viewport = viewport.with_icon(icon);
    }
    let options =
        eframe::NativeOptions { viewport, renderer: Renderer::Glow, ..eframe::NativeOptions::default() };
    let creator: eframe::AppCreator<'_> = Box::new(move |cc| {
        scripts::use_system_fonts(&cc.egui_ctx).map_err(WindowError::Thread)?;
        let window = Window::new(&cc.egui_ctx, inputs()?, Box::new(System));
        Ok(Box::new(App { window }))
    });
    // Drivers and window systems fail in many ways, some of them as panics inside the libraries that talk to
    // them. The server does not depend on any of them.
    match catch_unwind(AssertUnwindSafe(|| eframe::run_native("byteglass", options, creator))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(eframe::Error::AppCreation(error))) => match error.downcast::<WindowError>() {
            Ok(error) => Err(*error),
            Err(error) => Err(WindowError::System(on_one_line(&error.to_string()))),
        },
        Ok(Err(error)) => Err(WindowError::System(on_one_line(&error.to_string()))),
        Err(_) => Err(WindowError::Panicked),
    }
}

fn on_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_says_stands_on_one_line_after_our_own_sentence() {
        let error = WindowError::System(on_one_line("no GL\n  configs"));
        assert_eq!(
            error.to_string(),
            "cannot open a window: it needs X11 or Wayland with their libraries, and OpenGL 2.1 or newer. Often \
             LIBGL_ALWAYS_SOFTWARE=1 helps where the graphics driver does not work. The system says: no GL configs"
        );
    }
}
