//! The rate limit: size and refill of the buckets.

use egui::Ui;

use crate::{
    service::MiddlewareSettings,
    ui::widgets::number::{Unit, number},
    words,
};

use super::{Inputs, Row, setting};

/// The row of the rate limit.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    let limit = settings.rate_limit;
    let tokens = words::plural(limit.capacity.into(), "token");
    format!("{tokens}, {} per second, per address", words::count(limit.per_second.into()))
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, _: &mut Inputs) {
    let limit = &mut settings.rate_limit;
    setting(ui, "Bucket", |ui| {
        number(ui, &mut limit.capacity, 1..=1_000_000, Unit::Named("tokens"), "Bucket size");
    });
    setting(ui, "Refill", |ui| {
        number(ui, &mut limit.per_second, 1..=1_000_000, Unit::Named("per second"), "Refill rate");
    });
}
