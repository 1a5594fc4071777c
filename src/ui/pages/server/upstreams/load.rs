//! How much the backends of a group are given to do at a time, and how long requests wait for their turn.

use egui::{RichText, Ui};

use crate::{
    gateway::LoadSettings,
    server::GroupInfo,
    ui::{
        theme,
        widgets::{
            card,
            number::{Unit, number},
        },
    },
    words,
};

/// Paints the settings. `info`: the group at work; `None`: the server does not have it yet.
pub(super) fn load_ui(ui: &mut Ui, load: &mut LoadSettings, group: &str, info: Option<&GroupInfo>) {
    let dim = theme::palette(ui).dim;
    let label = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).color(dim));
    ui.horizontal_wrapped(|ui| {
        let LoadSettings { open_max, waiting_max, wait_ms } = load;
        number(ui, open_max, 1..=1_000_000, Unit::Named(""), &format!("Open requests of each of {group}"))
            .on_hover_text("A backend is sent no more requests at a time. Each has a connection of its own.");
        label(ui, "open at each,");
        number(ui, waiting_max, 0..=1_000_000, Unit::Named(""), &format!("Waiting requests of {group}"))
            .on_hover_text("When every backend is busy, so many requests wait. Others get 503 at once.");
        label(ui, "waiting for");
        number(ui, wait_ms, 1..=u64::from(u32::MAX), Unit::Millis, &format!("Longest wait of {group}"))
            .on_hover_text("A request that has waited for so long gets 503.");
    });
    let waiting = info.map_or(0, |info| info.waiting);
    if waiting > 0 {
        card::faint(
            ui,
            &format!("every backend is busy · {} waiting", words::plural(waiting as u64, "request")),
        );
    }
}
