//! The list of exchanges, grouped by connection.

mod completion;
mod filter_box;
mod filter_help;
mod menu;
mod row;
mod row_words;
mod saved;

use std::time::Duration;

use egui::{Align2, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::{
    list::Search,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::{rows::Rows, text},
    },
    words,
};

use self::row::{Clicked, ListPainter, span};
use super::{empty, model::Model, repaint_soon, view::View};

/// Interval at which running times are updated.
const TICK: Duration = Duration::from_millis(100);

/// Paints the filter box and the list.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    filter_box::show(ui, model, view, commands, search_ui);
    let numbers = number_width(ui, model.highest_number());
    let columns = Columns::new(ui.available_rect_before_wrap(), numbers, model.passed_on());
    head(ui, &columns);
    if model.total == 0 {
        if !model.searching() {
            empty::nothing_matches(ui, model);
        }
        return;
    }
    let list_id = ui.scope_id().with("exchanges");
    view.list_id = Some(list_id);
    let area = ui.available_rect_before_wrap();
    let focus = ui.interact(area, list_id, Sense::FOCUSABLE);
    focus.widget_info(|| WidgetInfo::labeled(Role::List, ui.is_enabled(), "exchanges"));
    if focus.has_focus() {
        let keep = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(list_id, keep));
    }
    let reveal = model.take_reveal() | std::mem::take(&mut view.reveal_row);
    let rows = Rows {
        salt: "exchanges",
        row_height: space::ROW,
        total: model.total,
        reveal: reveal.then(|| model.selected_row()).flatten(),
        shift: model.take_scroll_delta(),
        follow: true,
    };
    let mut list = ListPainter {
        palette: theme::palette(ui),
        now: model.now,
        paused: model.paused,
        selected: model.selected,
        columns,
        focused: focus.has_focus(),
        clicked: None,
        has_running_time: false,
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let painted = rows.show(ui, |ui, index, rect| {
        if let Some(row) = model.row(index) {
            list.row(ui, rect, row);
        }
    });
    view.page_rows = (painted.viewport.height() / space::ROW) as i64 - 1;
    let has_running_time = list.has_running_time && !model.paused;
    let menu_clicked = matches!(list.clicked, Some(Clicked::Menu(_)));
    view.picked = matches!(list.clicked, Some(Clicked::Exchange(_)));
    match list.clicked {
        Some(Clicked::Exchange(id) | Clicked::Menu(id)) => {
            model.select(id);
            ui.memory_mut(|memory| memory.request_focus(list_id));
            repaint_soon(ui.ctx());
        }
        Some(Clicked::Fold(conn, folded)) => {
            model.set_folded(conn, folded);
            repaint_soon(ui.ctx());
        }
        None => {}
    }
    menu::show(&focus, menu_clicked, model, view, commands);
    if model.request_rows(painted.visible) {
        // The user must not see empty rows.
        repaint_soon(ui.ctx());
    }
    if has_running_time {
        ui.ctx().request_repaint_after(TICK);
    }
}

/// Paints the number of exchanges that pass the filter, the progress of the search, and a button that stops
/// or resumes it.
fn search_ui(ui: &mut Ui, model: &mut Model) {
    let kept = model.counts.kept;
    let percent = |searched: u64| searched.min(kept) * 100 / kept.max(1);
    let shown = format!("{} of {} shown", words::count(model.matching as u64), words::count(kept));
    let without = model
        .part_in_the_way()
        .map_or_else(String::new, |(part, passing)| format!("; without {part}: {}", words::count(passing)));
    let (text, button) = match model.search {
        Some(Search::Running(searched)) => {
            (format!("{shown}, {}% searched", percent(searched)), Some("Stop"))
        }
        Some(Search::Reading(left, percent)) => {
            let disk = percent.map_or_else(String::new, |percent| format!(", {percent}% of the disk read"));
            (format!("{shown}, reading {}{disk}", words::plural(left, "exchange")), Some("Stop"))
        }
        Some(Search::Stopped(searched)) => {
            (format!("{shown}, stopped at {}%", percent(searched)), Some("Resume"))
        }
        _ if model.unfiltered() => return,
        _ => (shown + &without, None),
    };
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(text).font(theme::small_font()).color(theme::palette(ui).dim));
        let Some(name) = button else { return };
        let button = egui::Button::new(egui::RichText::new(name).font(theme::small_font())).small();
        let escape = matches!(model.search, Some(Search::Running(_) | Search::Reading(..)))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if ui.add(button).clicked() || escape {
            if name == "Stop" {
                model.stop_search();
            } else {
                model.resume_search();
            }
            repaint_soon(ui.ctx());
        }
    });
}

/// Left edges of the columns, in points.
#[derive(Clone, Copy, Debug)]
struct Columns {
    number: f32,
    method: f32,
    target: f32,
    status: f32,
    size: Option<f32>,
    time: f32,
    /// Whether there is room for the time column; otherwise `time` equals `end`.
    timed: bool,
    end: f32,
}

impl Columns {
    /// `passed_on`: there are exchanges with a backend, which is shown behind their targets and needs the room.
    fn new(rect: Rect, numbers: f32, passed_on: bool) -> Self {
        let size_from = traffic::SIZE_FROM + if passed_on { traffic::BACKEND } else { 0.0 };
        let wide = rect.width() >= size_from;
        let number = rect.left() + traffic::INSET;
        let method = number + numbers.max(traffic::COLUMN_NUMBER);
        let target = method + traffic::COLUMN_METHOD;
        let end = rect.right() - traffic::INSET;
        let timed = rect.width() >= traffic::TIME_FROM;
        let time = if timed { end - traffic::COLUMN_TIME } else { end };
        let size = wide.then_some(time - traffic::COLUMN_SIZE);
        let status = size.unwrap_or(time) - traffic::COLUMN_STATUS;
        Self { number, method, target, status, size, time, timed, end }
    }
}

/// Width of the digits of `highest` and of the space after them, in points.
fn number_width(ui: &Ui, highest: u64) -> f32 {
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::small_font(), '0'));
    digit * (highest.max(1).ilog10() + 1) as f32 + space::GAP
}

fn head(ui: &mut Ui, columns: &Columns) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
    let left = |from: f32, to: f32, name: &str| {
        let galley = text::elided(ui, name, theme::small_font(), palette.dim, to - from);
        text::paint(ui, span(rect, from, to), Align2::LEFT_CENTER, galley);
    };
    left(columns.number, columns.method, "#");
    left(columns.method, columns.target, "Method");
    left(columns.target, columns.status, "Target");
    left(columns.status, columns.size.unwrap_or(columns.time) + space::GAP, "Status");
    let right = |from: f32, to: f32, name: &str| {
        let galley = text::elided(ui, name, theme::small_font(), palette.dim, to - from);
        text::paint(ui, span(rect, from, to), Align2::RIGHT_CENTER, galley);
    };
    if let Some(size) = columns.size {
        right(size, columns.time, "Size");
    }
    if columns.timed {
        right(columns.time, columns.end, "Time");
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn numbers_are_never_cut_off() {
        let paint = |ui: &mut Ui| {
            for number in [1, 13, 99_999, 241_339, 1_000_000, 10_000_000_000] {
                let columns = Columns::new(ui.max_rect(), number_width(ui, number), false);
                let room = columns.method - columns.number - space::TIGHT;
                let color = theme::palette(ui).dim;
                let galley = text::elided(ui, &number.to_string(), theme::small_font(), color, room);
                assert!(!galley.elided, "{number} in {room} points");
            }
        };
        Harness::builder().with_context_setup(theme::install).build_ui(paint).run();
    }
}
