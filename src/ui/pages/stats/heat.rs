//! The heat map: when exchanges began, and how long they took.

use std::ops::Range;

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use crate::{
    stats::{ERROR_PERCENT, Heat, LIMITS, ROWS, Window, row_range},
    ui::{
        command::Command,
        theme::{self, space, stats},
        widgets::{card, text},
    },
    words,
};

use super::{lead_to, model::Model};

/// Rows to a power of ten.
const ROWS_TO_TEN: usize = 4;

/// Paints the heat map.
pub(super) fn show(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    card::caption(ui, "How long exchanges took, over time");
    let heat = &model.heat;
    let about = format!(
        "Each cell: the exchanges that began in {} and took a range of times. Times in the table are off by at most {ERROR_PERCENT}%.",
        seconds(heat.width)
    );
    ui.add(egui::Label::new(egui::RichText::new(about).font(theme::small_font()).color(palette.dim)).wrap());
    let rows = shown_rows(heat);
    let area = ui.available_rect_before_wrap();
    if rows.is_empty() || area.height() < stats::HEAT_MIN {
        card::faint_line(ui, "No exchange has ended here yet.");
        return;
    }
    let (plot, below) = area.split_top_bottom_at_y(area.bottom() - stats::AXIS);
    let plot = plot.with_min_x(plot.left() + stats::HEAT_LABEL);
    times_ui(ui, plot, &rows);
    ends_ui(ui, below.with_min_x(plot.left()), model);
    let most = f64::from(heat.most()).ln_1p();
    for (column, counts) in heat.columns.iter().enumerate() {
        for row in rows.clone().filter(|row| counts[*row] > 0) {
            let place = cell(plot, (column, heat.columns.len()), row, &rows);
            let share = f64::from(counts[row]).ln_1p() / most;
            let name = || cell_words(heat, column, row);
            if cell_ui(ui, place, palette.heat(share as f32), (column, row), name) {
                commands.push(lead_to(model, &cell_filter(heat, column, row)));
            }
        }
    }
}

/// The rows that are shown: those that have exchanges, up to whole powers of ten.
fn shown_rows(heat: &Heat) -> Range<usize> {
    let rows = heat.rows();
    if rows.is_empty() {
        return rows;
    }
    let down = rows.start.saturating_sub(1) / ROWS_TO_TEN * ROWS_TO_TEN;
    let down = if rows.start == 0 { 0 } else { down + 1 };
    let up = (rows.end - 1).div_ceil(ROWS_TO_TEN) * ROWS_TO_TEN + 1;
    down..up.max(down + 2 * ROWS_TO_TEN).min(ROWS)
}

/// The place of a cell; the longest times are at the top.
fn cell(plot: Rect, (column, columns): (usize, usize), row: usize, rows: &Range<usize>) -> Rect {
    let (width, height) = (plot.width() / columns as f32, plot.height() / rows.len() as f32);
    let (left, bottom) =
        (plot.left() + width * column as f32, plot.bottom() - height * (row - rows.start) as f32);
    let gap = stats::CELL_GAP.min(width / 4.0).min(height / 4.0);
    Rect::from_min_max(pos2(left, bottom - height + gap), pos2(left + width - gap, bottom))
}

/// Paints a cell. Returns whether it was clicked.
fn cell_ui(
    ui: &Ui,
    place: Rect,
    color: egui::Color32,
    at: (usize, usize),
    name: impl Fn() -> String,
) -> bool {
    let response = ui.interact(place, ui.scope_id().with(("cell", at)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name()));
    ui.painter().rect_filled(place, stats::CELL_RADIUS, color);
    let clicked = response.clicked();
    if response.hovered() || response.has_focus() {
        let line = Stroke::new(space::HAIRLINE, theme::palette(ui).text);
        ui.painter().rect_stroke(place, stats::CELL_RADIUS, line, StrokeKind::Outside);
        response.on_hover_text(format!("{}. Show them in Traffic.", name()));
    }
    clicked
}

/// What a cell counts.
fn cell_words(heat: &Heat, column: usize, row: usize) -> String {
    let (time, took) = (heat.time(column), row_range(row));
    let count = words::plural(heat.columns[column][row].into(), "exchange");
    let from = words::duration(took.start);
    let took = match (row, took.end) {
        (0, end) => format!("less than {}", words::duration(end)),
        (_, u64::MAX) => format!("{from} or more"),
        (_, end) => format!("{from} to {}", words::duration(end)),
    };
    let [from, to] = [time.start, time.end].map(seconds);
    format!("{count}, began {from} to {to} after the start, took {took}")
}

/// A time of whole seconds.
fn seconds(nanos: u64) -> String {
    format!("{} s", nanos / words::SECOND)
}

/// The filter that lets the exchanges of a cell pass.
fn cell_filter(heat: &Heat, column: usize, row: usize) -> String {
    let (time, took) = (heat.time(column), row_range(row));
    let second = |nanos: u64| seconds(nanos).replace(' ', "");
    let mut parts = vec![format!("began>={} began<{}", second(time.start), second(time.end))];
    if took.start > 0 {
        parts.push(format!("time>={}", time_words(took.start)));
    }
    if took.end < u64::MAX {
        parts.push(format!("time<{}", time_words(took.end)));
    }
    parts.join(" ") + " not is:open"
}

/// A limit of a row as a number and the unit that the filter reads.
fn number_and_unit(nanos: u64) -> (String, &'static str) {
    match nanos {
        0..1_000_000 => (trimmed(nanos, 1_000), "us"),
        1_000_000..1_000_000_000 => (trimmed(nanos, 1_000_000), "ms"),
        _ => (trimmed(nanos, 1_000_000_000), "s"),
    }
}

/// A limit of a row as the filter reads it.
fn time_words(nanos: u64) -> String {
    let (number, unit) = number_and_unit(nanos);
    number + unit
}

/// A number with at most one digit after the point.
fn trimmed(nanos: u64, unit: u64) -> String {
    words::decimal(nanos, unit, u32::from(!nanos.is_multiple_of(unit)))
}

/// Paints the powers of ten.
fn times_ui(ui: &Ui, plot: Rect, rows: &Range<usize>) {
    let palette = theme::palette(ui);
    let height = plot.height() / rows.len() as f32;
    let tens = rows.clone().filter(|row| *row > 0 && (row - 1) % ROWS_TO_TEN == 0);
    let mut free = f32::INFINITY;
    for row in tens {
        let y = plot.bottom() - height * (row - rows.start) as f32;
        ui.painter().hline(plot.x_range(), y, (space::HAIRLINE, palette.line));
        let (number, unit) = number_and_unit(LIMITS[row - 1]);
        let words = format!("{number} {}", unit.replace('u', "µ"));
        let galley = text::elided(ui, &words, theme::small_font(), palette.dim, stats::HEAT_LABEL);
        let place = Rect::from_min_max(
            pos2(plot.left() - stats::HEAT_LABEL, y - galley.size().y),
            pos2(plot.left() - space::GAP, y),
        );
        if place.top() >= plot.top() - galley.size().y / 2.0 && place.bottom() <= free {
            free = place.top();
            text::paint(ui, place, Align2::LEFT_BOTTOM, galley);
        }
    }
}

/// Paints the times of both ends.
fn ends_ui(ui: &Ui, rect: Rect, model: &Model) {
    let color = theme::palette(ui).dim;
    let heat = &model.heat;
    let start = heat.time(0).start;
    let end = heat.time(heat.columns.len().saturating_sub(1)).end;
    let moment = |nanos: u64| format!("{} after the start", seconds(nanos));
    let [first, last] = match (model.window, model.is_live()) {
        (Window::All, _) | (_, false) => [moment(start), moment(end)],
        (_, true) => {
            [format!("{} ago", words::duration(model.end.get().saturating_sub(start))), "now".to_owned()]
        }
    };
    let half = rect.width() / 2.0 - space::TIGHT;
    let name = format!("{first} to {last}");
    for (words, align) in [(first, Align2::LEFT_BOTTOM), (last, Align2::RIGHT_BOTTOM)] {
        text::paint(ui, rect, align, text::elided(ui, &words, theme::small_font(), color, half));
    }
    let response = ui.interact(rect, ui.scope_id().with("ends"), Sense::HOVER);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), &name));
    response.on_hover_text(format!("From {} to {}.", moment(start), moment(end)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::stream::Nanos,
        filter::Filter,
        stats::{Sample, Sheet},
    };

    #[test]
    fn each_limit_is_read_as_it_is_written() {
        for limit in LIMITS {
            let (at, below) = (format!("time>={}", time_words(limit)), format!("time<{}", time_words(limit)));
            let told = format!("{:?}", Filter::parse(&at));
            assert!(told.contains(&limit.to_string()), "{at}: {told}");
            assert!(Filter::parse(&below).is_ok());
        }
    }

    #[test]
    fn whole_powers_of_ten_are_shown() {
        let mut sheet = Sheet::default();
        let mut rows = |took: u64| {
            sheet.add(&Sample { began: Nanos::ZERO, took, route: "", is_error: false, bytes: 0 });
            shown_rows(&sheet.heat(Window::All, Nanos::ZERO))
        };
        assert_eq!(rows(2_000_000), 13..21);
        assert_eq!(rows(20_000_000), 13..21);
        assert_eq!(rows(120_000_000), 13..25);
        assert_eq!(rows(0), 0..25);
        assert_eq!(rows(u64::MAX), 0..ROWS);
    }
}
