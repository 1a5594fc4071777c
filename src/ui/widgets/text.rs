//! One line of text, painted where one says.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

/// A line that ends in `…` where it is wider than `width`.
#[must_use]
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    elided_job(ui, LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color)), width)
}

/// Cuts text in several colours where it does not fit.
#[must_use]
pub fn elided_job(ui: &Ui, mut job: LayoutJob, width: f32) -> Arc<Galley> {
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    job.break_on_newline = false;
    ui.painter().layout_job(job)
}

/// Text in several colours, put together piece by piece.
#[must_use]
pub fn job(pieces: &[(&str, FontId, Color32)]) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (text, font, color) in pieces {
        let format = TextFormat { valign: Align::Center, ..TextFormat::simple(font.clone(), *color) };
        job.append(text, 0.0, format);
    }
    job
}

/// Paints `galley` in `rect`: at the left, the middle or the right, centred from top to bottom.
#[allow(clippy::must_use_candidate, reason = "it paints; where is asked for now and then")]
pub fn paint(ui: &Ui, rect: Rect, align: Align2, galley: Arc<Galley>) -> Rect {
    let place = align.align_size_within_rect(galley.size(), rect);
    // Whole points, so that lines of different fonts stand on one height.
    let at = Pos2::new(place.left(), place.top().round());
    ui.painter().galley(at, galley, ui.visuals().text_color());
    place
}
