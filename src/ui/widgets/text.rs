//! One line of text, painted at a given place.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

/// Lays out a line of text, which ends in `…` if it is wider than `width`.
#[must_use]
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    elided_job(ui, LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color)), width)
}

/// Lays out a line in several colours, which ends in `…` if it is wider than `width`.
#[must_use]
pub fn elided_job(ui: &Ui, mut job: LayoutJob, width: f32) -> Arc<Galley> {
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    job.break_on_newline = false;
    ui.painter().layout_job(job)
}

/// Joins pieces of text, each with its own font and colour.
#[must_use]
pub fn job(pieces: &[(&str, FontId, Color32)]) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (text, font, color) in pieces {
        let format = TextFormat { valign: Align::Center, ..TextFormat::simple(font.clone(), *color) };
        job.append(text, 0.0, format);
    }
    job
}

/// Paints `galley` in `rect`, aligned by `align`. Returns the rectangle that it fills.
#[allow(clippy::must_use_candidate, reason = "painting is the effect; few callers need the rectangle")]
pub fn paint(ui: &Ui, rect: Rect, align: Align2, galley: Arc<Galley>) -> Rect {
    let place = align.align_size_within_rect(galley.size(), rect);
    // Rounded to whole points, so that lines in different fonts are level.
    let at = Pos2::new(place.left(), place.top().round());
    ui.painter().galley(at, galley, ui.visuals().text_color());
    place
}
