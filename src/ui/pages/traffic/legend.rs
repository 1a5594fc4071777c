//! The legend: each kind of span with its colour and name.

use egui::{Button, Ui, containers::menu::MenuButton};

use crate::{
    http::SpanKind,
    ui::{icons, theme},
};

/// A button that shows the legend.
pub(super) fn button(ui: &mut Ui) {
    let (response, _) = MenuButton::from_button(Button::new(theme::icon(icons::PALETTE))).ui(ui, |ui| {
        let palette = theme::palette(ui);
        ui.weak("What the colours mean");
        for kind in SpanKind::ALL {
            let shown = format!("{}  {}", sample(kind), kind.name());
            ui.label(egui::RichText::new(shown).monospace().color(palette.span(kind)));
        }
    });
    let _ = response.on_hover_text("What the colours mean");
}

/// Sample bytes of the kind; all samples have the same width.
const fn sample(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Method => "GET ",
        SpanKind::Target => "/a  ",
        SpanKind::Version => "HTTP",
        SpanKind::Status => "200 ",
        SpanKind::Reason => "OK  ",
        SpanKind::FieldName | SpanKind::TrailerName => "Name",
        SpanKind::FieldValue | SpanKind::TrailerValue => "text",
        SpanKind::Delimiter => ":   ",
        SpanKind::LineEnd | SpanKind::HeadEnd | SpanKind::EmptyLine => "␍␊  ",
        SpanKind::Body => "{…} ",
        SpanKind::ChunkSize => "1f  ",
        SpanKind::ChunkExtension => ";a=b",
        SpanKind::Malformed => "!   ",
        SpanKind::Unparsed => "?   ",
    }
}
