//! The window in its frame.

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
/// [`super::display::check`].
///
/// # Errors
/// The display or its graphics cannot be used; why, in one line.
pub fn run(parts: Parts) -> Result<(), String> {
    let size = parts.store.settings().window.unwrap_or(space::WINDOW);
    let mut viewport = ViewportBuilder::default()
        .with_title("byteglass")
        .with_app_id("byteglass")
        .with_inner_size(size)
        .with_min_inner_size(space::WINDOW_MIN)
        .with_drag_and_drop(true);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        viewport = viewport.with_icon(icon);
    }
    let options =
        eframe::NativeOptions { viewport, renderer: Renderer::Glow, ..eframe::NativeOptions::default() };
    eframe::run_native(
        "byteglass",
        options,
        Box::new(move |cc| Ok(Box::new(App { window: Window::new(&cc.egui_ctx, parts, Box::new(System)) }))),
    )
    .map_err(|error| error.to_string().lines().collect::<Vec<_>>().join(" "))
}
