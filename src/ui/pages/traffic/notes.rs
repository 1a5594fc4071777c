//! The Notes tab.

use egui::{
    CornerRadius, Frame, Label, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use crate::{
    trace::Severity,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::pill,
    },
};

use super::{
    middleware::body_frame,
    part::{Part, Stream},
    resolved::{NoteRow, ResolvedExchange},
    sentence::section_url,
    stages::severity_color,
    view::View,
};

/// Maximum number of notes shown; further ones are only counted.
const SHOWN_MAX: usize = 200;

/// Number of notes, and the highest severity among them.
#[must_use]
pub(super) fn count(resolved: &ResolvedExchange) -> (usize, Option<Severity>) {
    (resolved.notes.len(), resolved.notes.iter().map(|note| note.severity).max())
}

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ScrollArea::vertical().id_salt("notes").auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            if resolved.notes.is_empty() {
                let words = "No remarks. This exchange follows the specifications.";
                ui.add(Label::new(RichText::new(words).color(palette.dim)).wrap());
                return;
            }
            for (index, note) in resolved.notes.iter().take(SHOWN_MAX).enumerate() {
                let response = note_ui(ui, index, note, commands);
                if response && let Some(range) = &note.range {
                    view.mark(Part { stream: Stream::REQUEST, range: range.clone() });
                }
            }
            if resolved.notes.len() > SHOWN_MAX {
                let more = format!("and {} more", resolved.notes.len() - SHOWN_MAX);
                ui.label(RichText::new(more).color(palette.dim));
            }
        });
    });
}

/// Paints a note. Returns whether it was clicked.
fn note_ui(ui: &mut Ui, index: usize, note: &NoteRow, commands: &mut Vec<Command>) -> bool {
    let palette = theme::palette(ui);
    let color = severity_color(palette, note.severity);
    let id = ui.scope_id().with(("note", index));
    let hovered = ui.read_response(id).is_some_and(|response| response.hovered());
    let frame = Frame::NONE
        .fill(palette.raised)
        .stroke(Stroke::new(space::HAIRLINE, if hovered { palette.accent } else { palette.line }))
        .corner_radius(CornerRadius::same(space::BUTTON_RADIUS))
        .inner_margin(space::GAP);
    let builder = UiBuilder::new().scope_id(id).sense(Sense::click());
    let shown = ui.scope_builder(builder, |ui| {
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            ui.label(RichText::new(note.severity.key()).font(theme::caption_font()).color(color));
            ui.add(Label::new(RichText::new(&note.sentence).color(palette.text)).wrap().selectable(true));
            if !note.section.is_empty() && pill::pill_button(ui, note.section, palette.accent).clicked() {
                commands.extend(section_url(note.section).map(Command::OpenUrl));
            }
        });
    });
    let response = shown.response;
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("note: {}", note.sentence))
    });
    let rect = response.rect;
    let bar = Rect::from_min_max(rect.min, pos2(rect.left() + traffic::BAR, rect.bottom()));
    ui.painter().rect_filled(bar.shrink2(vec2(0.0, space::TIGHT)), traffic::SMALL_RADIUS, color);
    response.clicked()
}
