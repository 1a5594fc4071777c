//! The axis of time: round numbers at equal distances.

use egui::{Align2, Rect, Ui, pos2, vec2};

use crate::{
    ui::{
        theme::{self, space, stats},
        widgets::text,
    },
    words,
};

use super::place::Scale;

/// Paints lines and labels for round times, counted from the start of the whole time.
pub(super) fn show(ui: &Ui, rect: Rect, lines: Rect, scale: &Scale) {
    let palette = theme::palette(ui);
    let part = scale.part();
    let labels = (scale.x.span() / stats::TICK).max(1.0);
    let step = step((part.end - part.start) / f64::from(labels));
    let mut tick = (part.start / step).ceil() * step;
    let mut free = f32::NEG_INFINITY;
    while tick <= part.end {
        let x = scale.at(tick);
        ui.painter().vline(x, lines.y_range(), (space::HAIRLINE, palette.line));
        let galley = text::elided(ui, &label(tick, step), theme::small_font(), palette.dim, f32::INFINITY);
        let wide = galley.size().x;
        let left = (x - wide / 2.0).clamp(rect.left(), (rect.right() - wide).max(rect.left()));
        if left >= free && left + wide <= rect.right() + space::HAIRLINE {
            let place = Rect::from_min_size(pos2(left, rect.top()), vec2(wide, rect.height()));
            text::paint(ui, place, Align2::LEFT_CENTER, galley);
            free = left + wide + space::GAP;
        }
        tick += step;
    }
}

/// The least round number of nanoseconds that is not below `least`: 1, 2 or 5 and zeros.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= least).unwrap_or(power)
}

/// A time with as many digits as its distance from the next one asks for.
fn label(nanos: f64, step: f64) -> String {
    let (unit, name) = if step >= 1e8 { (words::SECOND, "s") } else { (words::MILLISECOND, "ms") };
    let digits = (0..6).find(|digits| step * 10_f64.powi(*digits) >= unit as f64 * 0.999).unwrap_or(6);
    format!("{} {name}", words::decimal(nanos.round() as u64, unit, digits.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_labels_have_their_digits() {
        let steps = [1.0, 3.0, 70.0, 120_000.0, 99_000_000.0].map(|least| step(least).round() as u64);
        assert_eq!(steps, [1, 5, 100, 200_000, 100_000_000]);
        assert_eq!(label(300_000_000.0, 100_000_000.0), "0.3 s");
        assert_eq!(label(300_000_000.0, 50_000_000.0), "300 ms");
        assert_eq!(label(1_200_000.0, 200_000.0), "1.2 ms");
        assert_eq!(label(0.0, 20_000.0), "0.00 ms");
        assert_eq!(label(4e9, 2e9), "4 s");
    }
}
