//! `ETag` and `Cache-Control`: how long a copy is good.

use egui::Ui;

use crate::service::{MiddlewareKind, MiddlewareSettings};

use super::{Inputs, Row, setting};

/// The row.
pub(super) const ROW: Row = Row { kind: MiddlewareKind::Etag, summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    format!("Cache-Control: {}", settings.cache_control)
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    setting(ui, "Cache-Control", |ui| {
        inputs.field_value(ui, &mut settings.cache_control, "Cache-Control value");
    });
}
