//! The filter, the window of time, and the sum of what passes.

use egui::{Align2, Button, Key, Modifiers, RichText, TextBuffer, TextEdit, Ui, vec2};

use crate::{
    list::Search,
    stats::Window,
    ui::{
        icons,
        theme::{self, space, stats, traffic},
        widgets::{
            segmented::{Choice, segmented},
            text,
        },
    },
    words,
};

use super::{model::Model, window_words};

/// Paints the first line of the page and, below it, a mistake in the filter and what the numbers cover.
pub(super) fn show(ui: &mut Ui, model: &mut Model) {
    let is_wide = ui.available_width() >= stats::FILTER + stats::BESIDE_FILTER;
    ui.horizontal(|ui| {
        edit_ui(ui, model);
        if is_wide {
            window_ui(ui, model);
        }
    });
    if !is_wide {
        ui.horizontal(|ui| window_ui(ui, model));
    }
    ui.label(RichText::new(sum_words(model)).color(theme::palette(ui).dim));
    if let Some(error) = &model.filter_error {
        let color = theme::palette(ui).error;
        ui.label(RichText::new(error.explained()).font(theme::small_font()).color(color));
    }
    let covered = coverage_words(model);
    ui.label(RichText::new(covered).font(theme::small_font()).color(theme::palette(ui).dim));
}

/// Paints the choice of the window of time.
fn window_ui(ui: &mut Ui, model: &mut Model) {
    let choices = Window::ALL.map(|window| {
        let label = window.facts().title;
        Choice { label, detail: "", accessible_name: label }
    });
    let current = Window::ALL.iter().position(|window| *window == model.window).unwrap_or(0);
    if let Some(clicked) = segmented(ui, current, &choices) {
        model.set_window(Window::ALL[clicked]);
    }
}

fn edit_ui(ui: &mut Ui, model: &mut Model) {
    let wrong = model.filter_error.as_ref().map(|error| error.span.clone());
    let mut layouter =
        |ui: &Ui, text: &dyn TextBuffer, _: f32| text::underlined(ui, text.as_str(), wrong.clone());
    let width = stats::FILTER.min(ui.available_width() - 2.0 * traffic::INPUT - space::WIDE);
    let edit = TextEdit::singleline(&mut model.filter_text)
        .hint_text("Filter: the same as in Traffic")
        .font(theme::mono_font())
        .min_size(vec2(0.0, traffic::INPUT))
        .align(Align2::LEFT_CENTER)
        .desired_width(width)
        .layouter(&mut layouter);
    let response = ui.add(edit).accessible_name("Filter exchanges");
    let mut changed = response.changed();
    if response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        response.surrender_focus();
    }
    let clear = Button::new(theme::icon(icons::X)).min_size(vec2(traffic::INPUT, traffic::INPUT));
    let clear = ui.add_enabled(!model.filter_text.is_empty(), clear).on_hover_text("Clear the filter");
    if clear.accessible_name("Clear the filter").clicked() {
        model.filter_text.clear();
        changed = true;
    }
    if changed {
        model.apply_filter();
    }
}

/// What passes, in numbers.
fn sum_words(model: &Model) -> String {
    let Some(sum) = &model.table.sum else {
        return format!("No exchange has ended {}", window_words(model.window));
    };
    let [median, _, high] = sum.percentiles.map(words::duration);
    let errors = words::plural(sum.errors, "error");
    format!("{} · median {median} · 99th {high} · {errors}", words::plural(sum.count, "exchange"))
}

/// What the numbers cover.
fn coverage_words(model: &Model) -> String {
    let coverage = model.coverage;
    let mut words = format!("Counted as they ended: {}", words::plural(coverage.counted, "exchange"));
    if !model.unfiltered() {
        words = format!("{words} that pass the filter");
        match model.search() {
            Some(Search::Running(looked)) => {
                let percent = looked.min(coverage.kept) * 100 / coverage.kept.max(1);
                words = format!("{words}, {percent}% searched");
            }
            Some(Search::Reading(left, _)) => {
                words = format!("{words}, reading {}", words::plural(left, "exchange"));
            }
            _ => {}
        }
        if coverage.left > 0 {
            let left = words::plural(coverage.left, "exchange");
            words = format!("{words}; {left} had left the capture before the filter was set");
        }
    } else if coverage.left > 0 {
        words = format!("{words}, also the {} that have left the capture", words::count(coverage.left));
    }
    if coverage.lost > 0 {
        let lost = words::plural(coverage.lost, "exchange");
        words = format!("{words}; {lost} had left it before the end and cannot be counted");
    }
    if model.table.untold > 0 {
        words = format!("{words}; the percentiles leave out {}", words::count(model.table.untold));
    }
    words + "."
}
