//! Trouble: the list of rules, and the seed.

use egui::Ui;

use crate::{
    service::MiddlewareSettings,
    ui::widgets::number::{Unit, number},
    words,
};

use super::{Inputs, Row, rules::rules_ui, setting};

/// The row of the rules of trouble.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

/// An example of a rule.
const EXAMPLE: &str = "response cut 512 share 10% where path=/api/*";

fn summary(settings: &MiddlewareSettings) -> String {
    format!("{}, seed {}", words::plural(settings.trouble.acting() as u64, "rule"), settings.trouble.seed)
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    rules_ui(ui, &mut settings.trouble.rules, &mut inputs.rules, EXAMPLE);
    setting(ui, "Seed", |ui| {
        number(ui, &mut settings.trouble.seed, 0..=u32::MAX, Unit::Named(""), "Seed of trouble").on_hover_text(
            "Decides which messages a share is, and the jitter. The same seed gives the same trouble again.",
        );
    });
}
