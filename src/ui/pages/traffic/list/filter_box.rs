//! The filter box. A mistake is underlined in the text and explained below it.

use egui::{
    Align2, Button, CompletionPopup, Key, Modifiers, RectAlign, RichText, TextBuffer, TextEdit, Ui, vec2,
};

use crate::ui::{
    command::Command,
    icons,
    theme::{self, space, traffic},
    widgets::text,
};

use super::{
    super::{model::Model, repaint_soon, view::View},
    completion, filter_help, saved,
};

/// Paints the box and, below it, the mistake in the filter or else `status_ui`.
pub(super) fn show(
    ui: &mut Ui,
    model: &mut Model,
    view: &mut View,
    commands: &mut Vec<Command>,
    status_ui: impl FnOnce(&mut Ui, &mut Model),
) {
    let [side, top, bottom] = traffic::FILTER_MARGIN;
    let margin = egui::Margin { left: side, right: side, top, bottom };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        let mut changed = false;
        ui.horizontal(|ui| {
            changed |= edit_ui(ui, model, view);
            if let Some(example) = filter_help::show(ui) {
                model.add_to_filter(example);
                view.focus_filter = true;
                repaint_soon(ui.ctx());
            }
            changed |= saved::show(ui, model, view, commands);
            let clear = Button::new(theme::icon(icons::X)).min_size(vec2(traffic::INPUT, traffic::INPUT));
            let clear = ui.add_enabled(!model.filter_text.is_empty(), clear);
            if clear.on_hover_text("Clear the filter").accessible_name("Clear the filter").clicked() {
                model.filter_text.clear();
                changed = true;
            }
        });
        if changed {
            model.apply_filter();
            repaint_soon(ui.ctx());
        }
        if let Some(error) = &model.filter_error {
            let color = theme::palette(ui).error;
            ui.label(RichText::new(error.explained()).font(theme::small_font()).color(color));
        } else {
            status_ui(ui, model);
        }
    });
}

/// Paints the text input. Returns whether the text was changed.
fn edit_ui(ui: &mut Ui, model: &mut Model, view: &mut View) -> bool {
    let width = ui.available_width() - 3.0 * (traffic::INPUT + space::GAP);
    let wrong = model.filter_error.as_ref().map(|error| (error.span.clone(), error.to_string()));
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
        let span = wrong.as_ref().map(|(span, _)| span.clone());
        text::underlined(ui, text.as_str(), span)
    };
    let known = model.counting.known();
    let edit = TextEdit::singleline(&mut model.filter_text)
        .hint_text("Filter: status>=400 path~api")
        .font(theme::mono_font())
        .min_size(vec2(0.0, traffic::INPUT))
        .align(Align2::LEFT_CENTER)
        .desired_width(width - 2.0 * space::GAP)
        .layouter(&mut layouter);
    // The word at the cursor is all that stands between spaces.
    let popup = CompletionPopup::new(ui.scope_id().with("filter")).align(RectAlign::BOTTOM_START);
    let shown = popup.show(ui, edit, |query| completion::of(query, &known));
    let response = shown.text_edit.response.response.accessible_name("Filter exchanges");
    if let Some((span, sentence)) = &wrong {
        let part = model.filter_text.get(span.clone()).unwrap_or_default();
        let description = format!("mistake in {part}: {sentence}");
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(description));
    }
    if std::mem::take(&mut view.focus_filter) {
        response.request_focus();
    }
    if response.has_focus() {
        model.counting.is_wanted = true;
    }
    if response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        response.surrender_focus();
    }
    response.changed() || shown.accepted.is_some()
}
