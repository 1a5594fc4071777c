//! Fields: the list of rules, and the switch for isolated pages.

use egui::{RichText, Ui};

use crate::{
    service::MiddlewareSettings,
    ui::{theme, widgets::toggle::toggle},
    words,
};

use super::{Inputs, Row, rules::rules_ui, setting};

/// The row of the rules for fields.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

/// An example of a rule.
const EXAMPLE: &str = "response set X-Name: value where path=/api/*";

fn summary(settings: &MiddlewareSettings) -> String {
    let on = settings.fields.rules.iter().filter(|rule| rule.is_on).count();
    let rules = words::plural(on as u64, "rule");
    if settings.fields.isolates { format!("{rules}, pages isolated") } else { rules }
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    let fields = &mut settings.fields;
    rules_ui(ui, &mut fields.rules, &mut inputs.rules, EXAMPLE);
    setting(ui, "Isolated page", |ui| {
        if toggle(ui, fields.isolates, "Isolated page").clicked() {
            fields.isolates = !fields.isolates;
        }
        let words = "COOP: same-origin and COEP: require-corp";
        ui.label(RichText::new(words).color(theme::palette(ui).dim)).on_hover_text(
            "Sends Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, which a page needs for SharedArrayBuffer.",
        );
    });
}
