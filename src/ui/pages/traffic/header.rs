//! The header above the bytes: the exchange, and how its bytes are shown.

use egui::{Align, Label, Layout, RichText, Ui};

use crate::{
    base::stream::Direction,
    ui::{
        command::Command,
        theme::{self, traffic},
        widgets::{
            pill,
            segmented::{Choice, segmented},
        },
    },
    wire::SpanRole,
    words,
};

use super::{copy, legend, resolved::ResolvedExchange, view::View};

/// Paints the header.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, commands: &mut Vec<Command>) {
    if ui.available_width() >= traffic::WIDE_FROM {
        line(ui, |ui| {
            copy::menu(ui, resolved, view, commands);
            mode_ui(ui, view);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, resolved));
        });
        line(ui, |ui| {
            legend::button(ui, &resolved.facts);
            direction_ui(ui, resolved, view, true);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| facts_ui(ui, resolved));
        });
    } else {
        line(ui, |ui| {
            copy::menu(ui, resolved, view, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, resolved));
        });
        facts_ui(ui, resolved);
        line(ui, |ui| {
            legend::button(ui, &resolved.facts);
            direction_ui(ui, resolved, view, false);
            mode_ui(ui, view);
        });
    }
}

/// Paints method, target and status in the remaining width.
fn title_ui(ui: &mut Ui, resolved: &ResolvedExchange) {
    let palette = theme::palette(ui);
    let exchange = &resolved.facts.detail.exchange;
    let method = if exchange.method.is_empty() { "???" } else { &exchange.method };
    let color = if exchange.method.is_empty() { palette.error } else { palette.span(SpanRole::Method) };
    ui.label(RichText::new(method).font(theme::title_mono_font()).color(color));
    let status = exchange.status.map(|status| (status.to_string(), palette.status_class(status.class())));
    // The target is shortened before the status, which is short and matters more.
    let pill = status.as_ref().map_or(0.0, |(words, _)| pill::width(ui, words) + ui.spacing().item_spacing.x);
    let room = (ui.available_width() - pill).max(0.0);
    let color = palette.span(SpanRole::Target);
    ui.scope(|ui| {
        ui.set_max_width(room);
        let target = RichText::new(&*exchange.target).font(theme::title_mono_font()).color(color);
        ui.add(Label::new(target).truncate());
    });
    if let Some((words, color)) = status {
        pill::pill(ui, &words, color);
    }
}

fn facts_ui(ui: &mut Ui, resolved: &ResolvedExchange) {
    let color = theme::palette(ui).dim;
    ui.add(Label::new(RichText::new(facts_text(resolved)).color(color)).truncate());
}

fn mode_ui(ui: &mut Ui, view: &mut View) {
    let choices = [
        Choice { label: "Text", detail: "", accessible_name: "Text" },
        Choice { label: "Hex + text", detail: "", accessible_name: "Hex + text" },
    ];
    if let Some(mode) = segmented(ui, usize::from(view.hex), &choices) {
        view.hex = mode == 1;
        view.reveal_byte = view.mark_of(view.direction).map(|range| range.start);
    }
}

fn direction_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, sizes: bool) {
    let size = |direction: Direction| {
        let own = &resolved.facts.stream(direction).own;
        if sizes { words::size(own.end - own.start) } else { String::new() }
    };
    let (request, response) = (size(Direction::Received), size(Direction::Sent));
    let choices = [
        Choice { label: "Request", detail: &request, accessible_name: "Bytes of the request" },
        Choice { label: "Response", detail: &response, accessible_name: "Bytes of the response" },
    ];
    if let Some(index) = segmented(ui, view.direction.index(), &choices) {
        view.direction = Direction::ALL[index];
        view.reveal_byte = view.mark_of(view.direction).map(|range| range.start);
    }
}

/// A line of controls, aligned to the right.
fn line(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), add));
}

fn facts_text(resolved: &ResolvedExchange) -> String {
    let exchange = &resolved.facts.detail.exchange;
    let reads = &resolved.facts.detail.reads;
    let count: u64 = reads.iter().map(|read| read.count).sum();
    let spread = match (reads.first(), reads.last()) {
        (Some(first), Some(last)) => last.at.saturating_sub(first.at),
        _ => 0,
    };
    let arrived = match count {
        0 => "not kept".to_owned(),
        1 => "arrived in 1 read".to_owned(),
        _ => format!("arrived in {count} reads over {}", words::duration(spread)),
    };
    format!("conn {} · message {} · {arrived}", exchange.conn, exchange.number)
}
