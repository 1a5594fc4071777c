//! Slow motion: the size of each write, and the interval between writes.

use egui::Ui;

use crate::{
    service::MiddlewareSettings,
    ui::widgets::number::{Unit, number},
    words,
};

use super::{Inputs, Row, setting};

/// The row of slow motion.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    let pace = settings.slow_motion;
    let every = words::limit_millis(pace.every_ms.into());
    format!("write {} every {every}", words::plural(pace.bytes.into(), "byte"))
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, _: &mut Inputs) {
    let pace = &mut settings.slow_motion;
    setting(ui, "Each write", |ui| {
        number(ui, &mut pace.bytes, 1..=1_048_576, Unit::Bytes, "Bytes in each write");
    });
    setting(ui, "Every", |ui| {
        number(ui, &mut pace.every_ms, 1..=60_000, Unit::Millis, "Time between writes");
    });
}
