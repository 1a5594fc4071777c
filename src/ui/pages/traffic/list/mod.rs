//! The list of exchanges, grouped by connection.

mod chosen_bar;
mod columns;
mod comment;
mod completion;
mod filter_box;
mod filter_help;
mod heading;
mod marks;
mod menu;
mod row;
mod row_words;
mod rules;
mod saved;

use std::time::Duration;

use egui::{Button, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::{
    list::{Order, Search},
    ui::{
        command::Command,
        icons,
        theme::{self, space, traffic},
        widgets::{
            rows::Rows,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use self::{
    columns::Columns,
    row::{Clicked, ListPainter},
};
use super::{empty, model::Model, repaint_soon, sight::UNSEEN_MAX, view::View};

/// Interval at which running times are updated.
const TICK: Duration = Duration::from_millis(100);

/// Paints the filter box and the list.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    filter_box::show(ui, model, view, commands, search_ui);
    let numbers = number_width(ui, model.highest_number());
    order_ui(ui, model, view, commands);
    model.set_order(columns::order(&view.list));
    let columns = Columns::new(ui.available_rect_before_wrap(), numbers, model.passed_on(), &view.list);
    columns::head_ui(ui, &columns, view, commands);
    if model.total == 0 {
        if !model.searching() {
            empty::nothing_matches(ui, model);
        }
        return;
    }
    chosen_bar::show(ui, model, view, commands);
    let list_id = ui.scope_id().with("exchanges");
    view.list_id = Some(list_id);
    let area = ui.available_rect_before_wrap();
    let focus = focus_ui(ui, area, list_id);
    let reveal = model.take_reveal() | std::mem::take(&mut view.reveal_row);
    let rows = Rows {
        salt: "exchanges",
        row_height: space::ROW,
        total: model.total,
        reveal: model.take_jump().or_else(|| reveal.then(|| model.selected_row()).flatten()),
        shift: model.take_scroll_delta(),
        follow: model.follows(),
    };
    let mut list = ListPainter {
        palette: theme::palette(ui),
        now: model.now,
        paused: model.paused,
        selected: model.selected,
        chosen: &model.chosen,
        selected_rect: None,
        columns: &columns,
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
    sticky_ui(ui, painted.viewport, painted.visible.start, model, &mut list);
    let row = list.selected_rect.unwrap_or_else(|| top_row(painted.viewport));
    comment::show(ui, columns.words_of(row), view, commands);
    view.page_rows = (painted.viewport.height() / space::ROW) as i64 - 1;
    let has_running_time = list.has_running_time && !model.paused;
    let menu_clicked = matches!(list.clicked, Some(Clicked::Menu(_)));
    view.picked = matches!(list.clicked, Some(Clicked::Exchange(_)));
    if let Some(clicked) = list.clicked {
        take_click(ui, list_id, &clicked, model);
    }
    newest_ui(ui, painted.viewport, model);
    menu::show(&focus, menu_clicked, model, view, commands);
    if model.request_rows(painted.visible) {
        // The user must not see empty rows.
        repaint_soon(ui.ctx());
    }
    if has_running_time {
        ui.ctx().request_repaint_after(TICK);
    }
}

/// Has the list take the keyboard focus, and the arrow keys while it has it.
fn focus_ui(ui: &Ui, area: Rect, list_id: egui::Id) -> egui::Response {
    let focus = ui.interact(area, list_id, Sense::FOCUSABLE);
    focus.widget_info(|| WidgetInfo::labeled(Role::List, ui.is_enabled(), "exchanges"));
    if focus.has_focus() {
        let keep = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(list_id, keep));
    }
    focus
}

/// The place of the first visible row.
fn top_row(viewport: Rect) -> Rect {
    Rect::from_min_size(viewport.min, vec2(viewport.width(), space::ROW))
}

/// Selects what was clicked, or folds it. With Ctrl an exchange is selected besides the others, with Shift so are all
/// between.
fn take_click(ui: &Ui, list_id: egui::Id, clicked: &Clicked, model: &mut Model) {
    let modifiers = ui.input(|input| input.modifiers);
    match *clicked {
        Clicked::Exchange(id) if modifiers.shift => model.extend_to(id),
        Clicked::Exchange(id) if modifiers.command => model.toggle(id),
        // The menu is about all that are selected.
        Clicked::Menu(id) if model.chosen.has(id) => model.look_at(id),
        Clicked::Exchange(id) | Clicked::Menu(id) => model.select(id),
        Clicked::Fold(conn, folded) => {
            model.set_folded(conn, folded);
            repaint_soon(ui.ctx());
            return;
        }
    }
    ui.memory_mut(|memory| memory.request_focus(list_id));
    repaint_soon(ui.ctx());
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
        partial_ui(ui, model.partial as u64);
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

/// Says of how many exchanges not all bytes that the filter asks for could be looked at.
fn partial_ui(ui: &mut Ui, partial: u64) {
    if partial > 0 {
        let text = format!("{} searched in part", words::count(partial));
        let text = egui::RichText::new(text).font(theme::small_font()).color(theme::palette(ui).warn);
        ui.label(text).on_hover_text(
            "Some bytes of these exchanges were not kept, or cannot be decompressed. The filter found nothing in them.",
        );
    }
}

/// Width of the digits of `highest` and of the space after them, in points.
fn number_width(ui: &Ui, highest: u64) -> f32 {
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::small_font(), '0'));
    digit * (highest.max(1).ilog10() + 1) as f32 + space::GAP
}

/// Paints the choice of the order, and of the columns.
fn order_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let margin =
        egui::Margin { left: traffic::FILTER_MARGIN[0], right: traffic::FILTER_MARGIN[0], top: 0, bottom: 2 };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        let has_carets = ui.available_width() >= traffic::CARETS_FROM;
        ui.horizontal_wrapped(|ui| {
            let is_flat = columns::order(&view.list) != Order::ByConnection;
            let choice = |label| Choice { label, detail: "", accessible_name: label };
            let choices = [choice("By connection"), choice("Flat")];
            if let Some(clicked) = segmented(ui, usize::from(is_flat), &choices) {
                let order = if clicked == 0 { Order::ByConnection } else { Order::FLAT };
                columns::remember(&mut view.list, order);
                commands.push(Command::SetList(view.list.clone()));
            }
            columns::menu_ui(ui, has_carets, view, commands);
            rules::show(ui, has_carets, view, &model.filter_text, commands);
        });
    });
}

/// Paints a button that opens a menu. In a narrow list it has no caret, so that all of them stand in one row.
fn menu_button(ui: &mut Ui, has_carets: bool, name: &str) -> Response {
    let button =
        if has_carets { Button::new((name, theme::icon(icons::CARET_DOWN))) } else { Button::new(name) };
    ui.add(button).accessible_name(name)
}

/// Paints the heading of the connection whose exchanges are at the top, if it has been scrolled away.
fn sticky_ui(ui: &Ui, viewport: Rect, first: usize, model: &Model, list: &mut ListPainter<'_>) {
    // The selected exchange is not covered.
    let Some(heading) = model.heading_above(first).filter(|_| model.selected_row() != Some(first)) else {
        return;
    };
    let rect = top_row(viewport);
    ui.painter().rect_filled(rect, 0.0, list.palette.panel);
    list.row(ui, rect, &heading);
    ui.painter().hline(rect.x_range(), rect.bottom(), (space::HAIRLINE, list.palette.line));
}

/// Paints a button above the rows that jumps to the newest exchange, if that is out of sight.
fn newest_ui(ui: &mut Ui, viewport: Rect, model: &mut Model) {
    let Some(count) = model.unseen() else { return };
    let more = if count >= UNSEEN_MAX { "+" } else { "" };
    let words = format!("{}{more} new", words::count(count as u64));
    let place = Rect::from_min_max(
        viewport.right_bottom() - vec2(traffic::NEWEST, 2.0 * space::ROW),
        viewport.right_bottom() - vec2(traffic::NEWEST_EDGE, space::GAP),
    );
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).layout(layout));
    let button =
        egui::Button::new((theme::icon(icons::ARROW_DOWN), words.as_str())).fill(theme::palette(ui).primary);
    if child.add(button).on_hover_text("Show the newest exchange").accessible_name(words).clicked() {
        model.jump_to_newest();
        repaint_soon(ui.ctx());
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;
    use crate::ui::widgets::text;

    #[test]
    fn numbers_are_never_cut_off() {
        let paint = |ui: &mut Ui| {
            for number in [1, 13, 99_999, 241_339, 1_000_000, 10_000_000_000] {
                let list = crate::config::ListSettings::default();
                let columns = Columns::new(ui.max_rect(), number_width(ui, number), false, &list);
                let place = columns.iter().next().map_or(0.0..0.0, |(_, place)| place);
                let room = place.end - place.start - space::TIGHT;
                let color = theme::palette(ui).dim;
                let galley = text::elided(ui, &number.to_string(), theme::small_font(), color, room);
                assert!(!galley.elided, "{number} in {room} points");
            }
        };
        Harness::builder().with_context_setup(theme::install).build_ui(paint).run();
    }
}
