//! The value of the Server field.

use egui::Ui;

use crate::service::MiddlewareSettings;

use super::{Inputs, Row, setting};

/// The row of the Server field.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    format!("Server: {}", settings.server_header)
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    setting(ui, "Server", |ui| {
        inputs.field_value(ui, &mut settings.server_header, "Server header value");
    });
}
