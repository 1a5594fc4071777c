//! `ETag` and `Cache-Control`: the value of `Cache-Control`.

use egui::Ui;

use crate::service::MiddlewareSettings;

use super::{Inputs, Row, setting};

/// The row of `ETag` and `Cache-Control`.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    format!("Cache-Control: {}", settings.cache_control)
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    setting(ui, "Cache-Control", |ui| {
        inputs.field_value(ui, &mut settings.cache_control, "Cache-Control value");
    });
}
