//! One line of text: laid out, painted at a given place, a mistake in it underlined.

use std::{ops::Range, sync::Arc};

use egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Stroke, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

use crate::ui::theme::{self, space};

/// Lays out a line of text, which ends in `…` if it is wider than `width`.
#[must_use]
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    elided_job(ui, LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color)), width)
}

/// Lays out a line of text in a font whose letters have one width. If it is wider than `width`, `…` takes the place of its
/// middle, so that its end can be read.
#[must_use]
pub fn elided_in_the_middle(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0')).max(1.0);
    let (room, len) = ((width / letter) as usize, text.chars().count());
    if len <= room || room < 4 {
        return elided(ui, text, font, color, width);
    }
    let head = (room - 1) * 2 / 5;
    let tail = room - 1 - head;
    let short: String = text.chars().take(head).chain(['…']).chain(text.chars().skip(len - tail)).collect();
    elided(ui, &short, font, color, width)
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

/// Lays out the text with a line under the part that is wrong. `wrong` may lag behind the text by one
/// keystroke.
#[must_use]
pub fn underlined(ui: &Ui, text: &str, wrong: Option<Range<usize>>) -> Arc<Galley> {
    let palette = theme::palette(ui);
    let plain = TextFormat::simple(theme::mono_font(), palette.text);
    let marked = TextFormat {
        underline: Stroke::new(space::HAIRLINE, palette.error),
        color: palette.error,
        ..plain.clone()
    };
    let mut job = LayoutJob::default();
    match wrong.filter(|wrong| text.get(wrong.clone()).is_some()) {
        Some(wrong) => {
            job.append(&text[..wrong.start], 0.0, plain.clone());
            job.append(&text[wrong.clone()], 0.0, marked);
            job.append(&text[wrong.end..], 0.0, plain);
        }
        None => job.append(text, 0.0, plain),
    }
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn only_the_mistake_is_underlined() {
        let paint = |ui: &mut Ui| {
            let galley = underlined(ui, "a status>=x b", Some(10..11));
            let sections = &galley.job.sections;
            let lines: Vec<bool> = sections.iter().map(|one| one.format.underline != Stroke::NONE).collect();
            assert_eq!(lines, [false, true, false]);
            // The text is now shorter than the mistake's position.
            assert_eq!(underlined(ui, "a", Some(10..11)).job.sections.len(), 1);
        };
        Harness::builder().with_context_setup(theme::install).build_ui(paint).run();
    }
}
