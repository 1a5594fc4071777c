//! The Traffic page.

use eframe::egui::Ui;

use crate::{
    capture::Capture,
    trace::Nanos,
    ui::{command::Command, context::Context},
};

/// The Traffic page.
#[derive(Default)]
pub struct TrafficPage {}

impl TrafficPage {
    /// Brings the page up to date.
    pub fn refresh(&mut self, _capture: &Capture, _now: Nanos) {}

    /// Shows the page.
    pub fn ui(&mut self, _ui: &mut Ui, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }
}
