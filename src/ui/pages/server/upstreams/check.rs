//! The active check of a group: what the backends are asked, how often, and what is expected.

use egui::{RichText, Ui};

use crate::{
    gateway::CheckSettings,
    ui::{
        theme::{self, server_page},
        widgets::{
            number::{Unit, number},
            toggle::toggle,
        },
    },
};

use super::{Mistake, input, mistake_ui};

/// Paints the settings. `editing`: the path as it is being typed, where it is not one yet.
pub(super) fn check_ui(
    ui: &mut Ui,
    check: &mut Option<CheckSettings>,
    group: &str,
    editing: &mut Option<(String, String)>,
) {
    let dim = theme::palette(ui).dim;
    let label = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).color(dim));
    let mut mistake = None;
    ui.horizontal_wrapped(|ui| {
        if toggle(ui, check.is_some(), &format!("Check of {group}")).clicked() {
            *check = if check.is_some() { None } else { Some(CheckSettings::default()) };
        }
        label(ui, "check").on_hover_text(
            "Asks each backend from time to time. One that fails three times in a row is left out until it passes.",
        );
        let Some(check) = check else { return };
        let mut text = match editing {
            Some((edited, text)) if edited == group => text.clone(),
            _ => check.path.clone(),
        };
        let typed = CheckSettings { path: text.clone(), ..check.clone() };
        mistake = (!typed.has_target()).then_some(Mistake {
            span: 0..text.len(),
            sentence: "The path must begin with / and have no spaces.",
        });
        let about = (server_page::INPUT, "/health");
        let response = input(ui, &mut text, about, &format!("Path of the check of {group}"), mistake.as_ref());
        if response.changed() {
            *editing = (text != check.path).then(|| (group.to_owned(), text.clone()));
        }
        if response.lost_focus() && mistake.is_none() {
            (check.path, *editing) = (text, None);
        }
        label(ui, "every");
        let name = format!("Interval of the check of {group}");
        number(ui, &mut check.interval_ms, 100..=u64::from(u32::MAX), Unit::Millis, &name);
        label(ui, "within");
        let name = format!("Time limit of the check of {group}");
        number(ui, &mut check.timeout_ms, 1..=u64::from(u32::MAX), Unit::Millis, &name);
        let name = format!("Exact status of the check of {group}");
        if toggle(ui, check.status.is_some(), &name).clicked() {
            check.status = if check.status.is_some() { None } else { Some(200) };
        }
        label(ui, "with status").on_hover_text("If not, any status below 400 passes.");
        if let Some(status) = &mut check.status {
            number(ui, status, 200..=599, Unit::Named(""), &format!("Status of the check of {group}"));
        }
    });
    mistake_ui(ui, mistake.as_ref());
}
