//! A folder or a capture dragged onto the window.

use std::path::Path;

use egui::{Align2, Area, Context, FontId, Id, Order, RichText, Sense, Vec2};

use crate::ui::{
    captures::model::ENDINGS,
    command::{CaptureCommand, Command},
    icons,
    theme::{self, space, text},
};

/// The first folder or file dropped in this frame. A capture is opened; whether anything else can be served
/// is decided by the server.
#[must_use]
pub(crate) fn dropped(ctx: &Context) -> Option<Command> {
    let path = ctx.input(|input| input.raw.dropped_files.first().map(|dropped| dropped.path().to_owned()))?;
    Some(if is_capture(&path) {
        Command::Capture(CaptureCommand::Open(path))
    } else {
        Command::ServeFolder(path)
    })
}

fn is_capture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Describes the effect of dropping while something is dragged over the window.
pub(crate) fn overlay_ui(ctx: &Context) {
    let held = ctx.input(|input| input.raw.hovered_files.first().map(|held| held.path.clone()));
    let Some(path) = held else { return };
    let palette = if ctx.global_style().visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
    Area::new(Id::unique("drop-overlay")).order(Order::Foreground).anchor(Align2::LEFT_TOP, Vec2::ZERO).show(
        ctx,
        |ui| {
            let screen = ctx.content_rect();
            ui.allocate_rect(screen, Sense::hover());
            ui.painter().rect_filled(screen, 0.0, palette.veil);
            let words = match path {
                None => "Serve this folder, or open this capture".to_owned(),
                Some(path) if is_capture(&path) => format!("Open this capture: {}", path.display()),
                Some(path) => format!("Serve this folder: {}", path.display()),
            };
            let card = egui::Frame::new()
                .fill(palette.panel)
                .stroke(egui::Stroke::new(space::HAIRLINE, palette.accent))
                .corner_radius(space::CARD_RADIUS)
                .inner_margin(egui::Margin::from(space::WIDE));
            Area::new(Id::unique("drop-overlay-words"))
                .order(Order::Tooltip)
                .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
                .show(ctx, |ui| {
                    card.show(ui, |ui| {
                        ui.horizontal(|ui| {
                            ui.label(theme::icon(icons::FOLDER_OPEN).size(text::ICON).color(palette.accent));
                            ui.label(
                                RichText::new(words)
                                    .font(FontId::new(text::TITLE, theme::strong_family()))
                                    .color(palette.text),
                            );
                        });
                    });
                });
        },
    );
}
