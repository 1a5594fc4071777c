//! The backends that were looked at for an attempt, with the reason why each has the request or not.

use egui::{Align, Label, Layout, RichText, Ui};

use crate::{
    explain::attempts,
    gateway::Verdict,
    store::model::Attempt,
    trace::BackendRecord,
    ui::{
        icons,
        theme::{self, Palette, space},
        widgets::pill,
    },
};

/// Paints the way to the group, then one row for each backend.
pub(super) fn show(ui: &mut Ui, attempt: &Attempt) {
    let group = &attempt.choosing.group;
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Route").color(palette.dim));
        ui.label(RichText::new(pattern(&group.prefix)).font(theme::mono_font()));
        ui.label(RichText::new(format!("→ {}", attempts::group(group))).color(palette.dim));
    });
    for (backend, verdict) in attempt.choosing.looked_at() {
        backend_ui(ui, attempt, backend, verdict);
    }
}

/// The targets below a prefix: `/api/*`.
fn pattern(prefix: &str) -> String {
    format!("{}/*", prefix.trim_end_matches('/'))
}

fn backend_ui(ui: &mut Ui, attempt: &Attempt, backend: &BackendRecord, verdict: Verdict) {
    let palette = theme::palette(ui);
    let takes = verdict.takes();
    let (icon, color) = if takes { (icons::CHECK, palette.ok) } else { (icons::X, palette.dim) };
    let reason = attempts::verdict(&attempt.choosing.group, backend, verdict, attempt.at);
    ui.horizontal_top(|ui| {
        ui.label(theme::icon(icon).color(color)).on_hover_text(if takes { "chosen" } else { "not chosen" });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let (words, color) = health(verdict, palette);
            pill::pill(ui, words, color);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = space::TIGHT / 2.0;
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(&*backend.name).color(palette.text).strong());
                    ui.label(RichText::new(&*backend.address).font(theme::mono_font()).color(palette.dim));
                });
                ui.add(Label::new(RichText::new(reason).color(palette.dim)).wrap());
            });
        });
    });
    ui.separator();
}

/// The standing of a backend when it was looked at, and the colour of that.
const fn health(verdict: Verdict, palette: &Palette) -> (&'static str, egui::Color32) {
    match verdict {
        Verdict::Out { .. } | Verdict::Trial => ("out", palette.error),
        Verdict::Off => ("off", palette.dim),
        Verdict::Draining => ("drained", palette.warn),
        Verdict::Full { .. } => ("full", palette.warn),
        Verdict::Chosen(_) | Verdict::Again | Verdict::Tried | Verdict::NotChosen { .. } => {
            ("healthy", palette.ok)
        }
    }
}
