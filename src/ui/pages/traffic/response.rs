//! The Response tab: the response as a tree, and its body for reading.

use egui::{Label, Rect, RichText, Ui, UiBuilder, pos2};

use crate::{
    explain::viewers::Preview,
    store::Outcome,
    ui::{
        command::Command,
        theme::{self, space, traffic},
    },
    words,
};

use super::{
    anatomy, body, legs, middleware::body_frame, model::Model, part::Message, resolved::ResolvedExchange,
    sentence::section_url, view::View,
};

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    let Some(resolved) = model.resolved() else { return };
    summary(ui, resolved, commands);
    legs::switch_above(ui, resolved, view, Message::Response);
    let stream = view.stream(Message::Response, resolved);
    let Some(outline) = resolved.stream(stream).map(|arranged| &arranged.outline) else { return };
    if outline.items().is_empty() {
        return;
    }
    let rest = ui.available_rect_before_wrap();
    let rows = outline.visible().len() as f32 * traffic::TREE_ROW + space::GAP;
    let share = if resolved.preview == Preview::None { 1.0 } else { traffic::RESPONSE_SHARE };
    let middle = rest.top() + rows.min(rest.height() * share);
    let tree = Rect::from_min_max(rest.min, pos2(rest.right(), middle));
    let mut action = None;
    ui.scope_builder(UiBuilder::new().max_rect(tree), |ui| {
        ui.shrink_clip_rect(tree);
        action = anatomy::tree_ui(ui, model, view, (stream, "response", 0), commands, |_, _, _, _| {});
    });
    anatomy::apply(model, view, stream, action);
    let Some(resolved) = model.resolved() else { return };
    let below = Rect::from_min_max(pos2(rest.left(), middle), rest.max);
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
        body::show(ui, &resolved.preview, "response body");
    });
}

fn summary(ui: &mut Ui, resolved: &ResolvedExchange, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let exchange = &resolved.facts.detail.exchange;
    body_frame(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        match (exchange.status, exchange.outcome, exchange.refusal) {
            (Some(status), ..) => {
                let color = palette.status_class(status.class());
                ui.label(RichText::new(status.to_string()).font(theme::title_mono_font()).color(color));
            }
            (None, Outcome::Done, Some(_)) => {
                ui.label(RichText::new("Refused").font(theme::title_mono_font()).color(palette.warn));
            }
            (None, Outcome::Done, None) => {
                ui.label(RichText::new("Answered").font(theme::title_mono_font()).color(palette.ok));
            }
            (None, ..) => {
                let words = if resolved.in_flight() { "No response yet." } else { "No response was sent." };
                ui.label(RichText::new(words).color(palette.dim));
                return;
            }
        }
        if let Some(cause) = exchange.refusal {
            ui.add(Label::new(cause.sentence()).wrap());
            let is_clause = !cause.section().is_empty();
            if is_clause
                && crate::ui::widgets::pill::pill_button(ui, cause.section(), palette.accent).clicked()
            {
                commands.extend(section_url(cause.section()).map(Command::OpenUrl));
            }
        }
        let content = resolved.facts.response.content_len();
        let whole = exchange.response_bytes();
        let sizes = format!(
            "{} in total: head {}, body {}",
            words::size(whole),
            words::size(head_len(resolved)),
            words::size(content)
        );
        ui.label(RichText::new(sizes).font(theme::small_font()).color(palette.dim));
    });
}

/// Number of bytes before the body.
fn head_len(resolved: &ResolvedExchange) -> u64 {
    let response = &resolved.facts.response;
    let mut ends = response.parts.heads.iter().filter_map(|head| head.end.as_ref());
    ends.next_back().map_or(0, |end| end.end.saturating_sub(response.own.start))
}
