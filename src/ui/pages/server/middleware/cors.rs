//! CORS: the origin that may read responses, and how long a browser remembers the permission.

use egui::Ui;

use crate::{
    service::MiddlewareSettings,
    ui::widgets::number::{Unit, number},
};

use super::{Inputs, Row, setting};

/// The row of CORS.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    format!("origin {}", settings.cors.origin)
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    setting(ui, "Origin", |ui| inputs.field_value(ui, &mut settings.cors.origin, "CORS origin"));
    setting(ui, "Remembered for", |ui| {
        number(ui, &mut settings.cors.max_age_secs, 0..=86_400, Unit::Named("s"), "Preflight age");
    });
}
