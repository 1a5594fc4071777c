//! How the certificates of backends are checked: the file of further certificates, and the switch of the check.

use std::path::{Path, PathBuf};

use egui::{Label, RichText, Ui};

use crate::{
    gateway::{GatewaySettings, tls::INSECURE},
    trace::Severity,
    ui::{
        context::Context,
        icons, theme,
        widgets::{card, notice, toggle::toggle},
    },
    words,
};

use super::{input, was_entered};

/// The text in the input of the file.
#[derive(Default)]
pub(super) struct Tls {
    /// The path as it is being typed. `None`: it is not being edited.
    editing: Option<String>,
}

impl Tls {
    /// Paints the settings, if a backend is reached over https.
    pub(super) fn ui(&mut self, ui: &mut Ui, context: &Context<'_>, settings: &mut GatewaySettings) {
        if !settings.uses_tls() {
            return;
        }
        let palette = theme::palette(ui);
        ui.horizontal_wrapped(|ui| {
            if toggle(ui, !settings.tls.is_insecure, "Check certificates").clicked() {
                settings.tls.is_insecure = !settings.tls.is_insecure;
            }
            ui.label("Check the certificates of https backends");
        });
        let set = settings.tls.ca_file.as_deref().map_or_else(String::new, |path| path.display().to_string());
        let mut text = self.editing.clone().unwrap_or_else(|| set.clone());
        ui.horizontal(|ui| {
            ui.label(RichText::new("Also trust").color(palette.dim));
            let response = input(
                ui,
                &mut text,
                (f32::INFINITY, "a PEM file"),
                "File of trusted certificates",
                None,
            )
            .on_hover_text(
                "Certificates of authorities, or of backends themselves. Those of the system stay trusted.",
            );
            if response.changed() {
                self.editing = (text != set).then(|| text.clone());
            }
            if response.lost_focus() || was_entered(ui, &response) {
                self.editing = None;
                settings.tls.ca_file = Some(text.trim()).filter(|text| !text.is_empty()).map(PathBuf::from);
            }
        });
        status(ui, context, settings.tls.ca_file.as_deref());
        if settings.is_insecure() {
            notice::framed(
                ui,
                Severity::Warning,
                icons::INFO,
                |_| {},
                |ui| {
                    ui.add(Label::new(RichText::new(words::sentence(INSECURE)).color(palette.text)).wrap());
                },
            );
        }
    }
}

/// Paints how many authorities are trusted, or what is wrong with the file.
fn status(ui: &mut Ui, context: &Context<'_>, file: Option<&Path>) {
    let live = &context.live.tls;
    // The file that was just entered is not loaded yet.
    if file != context.settings.gateway.tls.ca_file.as_deref() {
        return;
    }
    if let Some(problem) = &live.problem {
        ui.label(RichText::new(words::sentence(problem)).color(theme::palette(ui).error));
    } else if let Some(count) = live.authorities {
        card::faint(ui, &format!("{}.", words::plural(count as u64, "trusted certificate")));
    }
}
