//! The Upstream tab: each attempt to have the request answered by a backend, how the request that was sent on differs
//! from the one that arrived, and the bytes of both directions.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, UiBuilder};

use crate::{
    base::stream::Direction,
    explain::facts::LegFacts,
    store::model::LegDetail,
    trace::{CloseReason, FieldChange},
    ui::{
        theme::{self, space, traffic},
        widgets::{
            byte_view::ByteView,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::{
    bytes,
    middleware::{body_frame, change_ui},
    model::Model,
    resolved::ResolvedExchange,
    view::View,
};

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View) {
    let Some((resolved, _)) = model.resolved_mut() else { return };
    let rest = ui.available_rect_before_wrap();
    let facts = ScrollArea::vertical().id_salt("upstream").auto_shrink([false, true]);
    facts.max_height(rest.height() * traffic::ATTEMPTS_SHARE).show(ui, |ui| {
        body_frame(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            ui.spacing_mut().interact_size.y = 0.0;
            for (index, leg) in resolved.detail().upstream.iter().enumerate() {
                attempt_ui(ui, resolved, index, leg);
            }
        });
    });
    let line = ui.available_rect_before_wrap();
    ui.painter().hline(line.x_range(), line.top(), (space::HAIRLINE, theme::palette(ui).line));
    let below = line.shrink(space::GAP);
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| bytes_ui(ui, resolved, view));
}

/// Paints the facts about one attempt.
fn attempt_ui(ui: &mut Ui, resolved: &ResolvedExchange, index: usize, leg: &LegDetail) {
    let exchange = &resolved.detail().exchange;
    caption(ui, &format!("ATTEMPT {} OF {}", index + 1, resolved.detail().upstream.len()));
    let facts = resolved.facts.upstream.get(index);
    let backend = if leg.leg.backend.is_empty() { "an unknown address" } else { &leg.leg.backend };
    let used = if facts.is_some_and(|facts| facts.used_again) { "used again" } else { "new" };
    row(ui, "Connection", &format!("conn {} to {backend}, {used}", leg.leg.conn));
    row(ui, "Begun after", &words::duration(leg.leg.began.saturating_sub(exchange.began)));
    row(ui, "Sent", &words::size(leg.leg.sent.end - leg.leg.sent.start));
    row(ui, "Received", &words::size(leg.leg.received.end - leg.leg.received.start));
    let first = facts.and_then(|facts| facts.first_byte).map(words::duration);
    row(ui, "First byte back after", first.as_deref().unwrap_or("none came"));
    if let Some((at, reason)) = leg.closed {
        let after = words::duration(at.saturating_sub(leg.leg.began));
        row(ui, "Connection ended", &format!("{} after {after}", end_words(reason)));
    }
    if let Some(facts) = facts {
        changes_ui(ui, facts);
    }
    ui.add_space(space::GAP);
}

/// Paints how the request that was sent on differs from the one that arrived.
fn changes_ui(ui: &mut Ui, facts: &LegFacts) {
    if let Some([before, after]) = facts.target.clone() {
        caption(ui, "TARGET CHANGED");
        change_ui(ui, &FieldChange { name: "Target".into(), before: Some(before), after: Some(after) });
    }
    if facts.request.head.is_some() {
        caption(ui, "FIELDS CHANGED");
    }
    for change in &facts.changes {
        change_ui(ui, change);
    }
    if facts.request.head.is_some() && facts.changes.is_empty() {
        ui.label(RichText::new("None.").font(theme::small_font()).color(theme::palette(ui).dim));
    }
}

/// The end of a connection to a backend. In a reason, the client is the one that was connected to.
const fn end_words(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Client => "closed by the backend",
        CloseReason::ClientEarly => "closed by the backend in mid-message",
        CloseReason::Reset => "reset by the backend",
        CloseReason::ServerDone => "closed by byteglass",
        _ => reason.words(),
    }
}

fn caption(ui: &mut Ui, words: &str) {
    ui.add_space(space::TIGHT);
    ui.label(RichText::new(words).font(theme::caption_font()).color(theme::palette(ui).dim));
}

/// Paints a name, and a value at the right edge.
fn row(ui: &mut Ui, name: &str, value: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(palette.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let value = RichText::new(value).font(theme::small_font()).color(palette.dim);
            ui.add(Label::new(value).truncate());
        });
    });
}

/// Paints the choice of a direction of an attempt, and its bytes.
fn bytes_ui(ui: &mut Ui, resolved: &mut ResolvedExchange, view: &mut View) {
    let count = resolved.detail().upstream.len();
    let last = count.saturating_sub(1);
    let (index, direction) = view.leg.unwrap_or((last, Direction::Sent));
    let names: Vec<[String; 2]> = (1..=count)
        .flat_map(|number| {
            let of = if count > 1 { format!(" {number}") } else { String::new() };
            let attempt = if count > 1 { format!(" of attempt {number}") } else { String::new() };
            [
                [format!("Sent on{of}"), format!("Bytes sent on{attempt}")],
                [format!("Came back{of}"), format!("Bytes that came back{attempt}")],
            ]
        })
        .collect();
    let choices: Vec<Choice<'_>> =
        names.iter().map(|[label, accessible_name]| Choice { label, detail: "", accessible_name }).collect();
    let current = 2 * index + usize::from(direction == Direction::Received);
    let clicked = ScrollArea::horizontal()
        .id_salt("legs")
        .show(ui, |ui| ui.horizontal(|ui| segmented(ui, current, &choices)).inner);
    if let Some(clicked) = clicked.inner {
        let direction = if clicked % 2 == 0 { Direction::Sent } else { Direction::Received };
        view.leg = Some((clicked / 2, direction));
    }
    ui.add_space(space::TIGHT);
    ui.spacing_mut().item_spacing = egui::vec2(space::GAP, 0.0);
    let (index, direction) = view.leg.unwrap_or((last, Direction::Sent));
    let hex = view.hex && ui.available_width() >= traffic::HEX_FROM;
    resolved.arrange_leg(index, direction, bytes::mode(ui, hex));
    let (Some((stream, chunks)), Some(((.., mode), lines))) =
        (resolved.leg(index, direction), &resolved.leg_lines)
    else {
        return;
    };
    if lines.is_empty() {
        let words =
            if direction == Direction::Sent { "These bytes were not kept." } else { "Nothing came back." };
        ui.weak(words);
        return;
    }
    let name = match direction {
        Direction::Sent => "bytes that were sent on",
        Direction::Received => "bytes that came back",
    };
    let leaves = &stream.leaves;
    ByteView { chunks, leaves, lines, mode: *mode, mark: None, selected: None, reveal: None, name }.show(ui);
}
