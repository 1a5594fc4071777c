//! CORS: the origin that may read responses, and how long a browser remembers the permission.

use egui::{Label, RichText, Ui};

use crate::{
    service::MiddlewareSettings,
    ui::{
        theme,
        widgets::number::{Unit, number},
    },
};

use super::{Inputs, Row, setting};

/// The row of CORS.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    match settings.cors.origin.trim() {
        "*" => "any website may read".to_owned(),
        origin => format!("origin {origin}"),
    }
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    if settings.cors.origin.trim() == "*" {
        let words = "* lets every website that you visit read what is served here. Enter the one origin that may, \
                     such as http://localhost:3000.";
        ui.add(Label::new(RichText::new(words).color(theme::palette(ui).warn)).wrap());
    }
    setting(ui, "Origin", |ui| inputs.field_value(ui, &mut settings.cors.origin, "CORS origin"));
    setting(ui, "Remembered for", |ui| {
        number(ui, &mut settings.cors.max_age_secs, 0..=86_400, Unit::Named("s"), "Preflight age");
    });
}
