//! The bytes of an exchange that was passed on: as they arrived, and as they left.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::{
    base::stream::{ConnId, Layer},
    explain::attempts,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::{
            byte_view::Mode,
            pill,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::{
    bytes::{columns, stream_ui},
    model::Model,
    part::{Message, Stream},
    resolved::{Arrangement, ResolvedExchange, StreamView},
    timeline::card,
    view::View,
};

/// Paints the panes of the visible legs and messages.
pub(super) fn show(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    let Some((resolved, _)) = model.resolved_mut() else { return };
    let Some(attempt) = view.attempt(resolved) else { return };
    let area = ui.available_rect_before_wrap();
    let both = view.shows_both(resolved);
    let beside = both && area.width() >= traffic::PANES_FROM;
    let width = if beside { (area.width() - space::GAP) / 2.0 } else { area.width() };
    let mode = mode(columns(ui, width - 2.0 * traffic::INSET), view.in_hex(resolved));
    let arrangement = Arrangement { mode, bare: true };
    let rows = Message::ALL.map(|message| {
        let streams = way(message, attempt);
        if beside { streams.to_vec() } else { vec![view.stream(message, resolved)] }
    });
    let needed = Message::ALL.map(|message| {
        let lines = rows[message.index()].iter().map(|stream| {
            resolved.arrange(*stream, arrangement);
            resolved.stream(*stream).and_then(StreamView::lines).map_or(0, |(_, lines)| lines.len())
        });
        lines.max().unwrap_or(0) as f32 * space::BYTE_LINE + chrome(ui)
    });
    let heights = divide(area.height(), needed, view.message.index());
    let hovered = view.link(resolved, attempt);
    let mut top = area.top();
    for (streams, height) in rows.iter().zip(heights).filter(|(_, height)| *height > 0.0) {
        let mut left = area.left();
        for stream in streams {
            let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
            left = rect.right() + space::GAP;
            let salt = (stream.leg.is_some(), stream.message.index());
            ui.scope_builder(UiBuilder::new().id_salt(salt).max_rect(rect), |ui| {
                card(ui, |ui| {
                    ui.set_min_size(ui.available_size());
                    head_ui(ui, model, view, *stream, both && !beside);
                    stream_ui(ui, model, view, (*stream, arrangement), commands);
                });
            });
        }
        top += height + space::GAP;
    }
    if view.hovered != hovered {
        // What belongs to the part under the pointer may be painted already.
        ui.ctx().request_repaint();
    }
}

/// The streams that a message takes, from where it comes to where it goes.
const fn way(message: Message, attempt: usize) -> [Stream; 2] {
    let (client, upstream) = (Stream { leg: None, message }, Stream { leg: Some(attempt), message });
    match message {
        Message::Request => [client, upstream],
        Message::Response => [upstream, client],
    }
}

/// What a stream is, in capitals.
const fn caption(stream: Stream) -> &'static str {
    match (stream.leg, stream.message) {
        (None, Message::Request) => "AS IT ARRIVED",
        (Some(_), Message::Request) => "AS IT WAS SENT ON",
        (Some(_), Message::Response) => "AS IT CAME BACK",
        (None, Message::Response) => "AS IT WAS ANSWERED",
    }
}

/// Paints a switch between the two legs of a message above a tree. Nothing if only one of them is shown.
pub(super) fn switch_above(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, message: Message) {
    if !view.shows_both(resolved) {
        return;
    }
    egui::Frame::NONE.inner_margin(space::GAP).show(ui, |ui| {
        ui.horizontal(|ui| switch_ui(ui, resolved, view, message));
    });
}

/// Paints a switch between the two legs of a message.
fn switch_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, message: Message) {
    let Some(attempt) = view.attempt(resolved) else { return };
    let way = way(message, attempt);
    let names = way.map(switch_words);
    let choices = names.map(|name| Choice { label: name, detail: "", accessible_name: name });
    let current = usize::from(way[1] == view.stream(message, resolved));
    if let Some(index) = segmented(ui, current, &choices) {
        view.look_at(way[index]);
    }
}

/// Paints the head of a pane: what its stream is, and where its bytes are. `switch`: there is room for one leg of
/// the two, and the head has a switch between them.
fn head_ui(ui: &mut Ui, model: &Model, view: &mut View, stream: Stream, switch: bool) {
    let Some(resolved) = model.resolved() else { return };
    let palette = theme::palette(ui);
    let height = ui.spacing().interact_size.y;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), height),
        Layout::left_to_right(Align::Center),
        |ui| {
            if switch {
                switch_ui(ui, resolved, view, stream.message);
            } else {
                let words = RichText::new(caption(stream)).font(theme::caption_font()).color(palette.dim);
                ui.add(egui::Label::new(words).truncate());
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let mut places = place_words(resolved, stream).into_iter();
                // A cut number would be wrong.
                if let Some(place) = places.find(|place| pill::width(ui, place) <= ui.available_width()) {
                    pill::pill(ui, &place, palette.dim);
                }
            });
        },
    );
}

/// What a stream is, on a switch.
const fn switch_words(stream: Stream) -> &'static str {
    match (stream.leg, stream.message) {
        (None, Message::Request) => "As it arrived",
        (Some(_), Message::Request) => "As it was sent on",
        (Some(_), Message::Response) => "As it came back",
        (None, Message::Response) => "As it was answered",
    }
}

/// Where the bytes of a stream are: `app-1 conn 9 · 234 bytes from offset 118 (0x76)`, and shorter where that has no room. The bytes of a
/// connection are counted from 0.
fn place_words(resolved: &ResolvedExchange, stream: Stream) -> Vec<String> {
    let Some(facts) = resolved.facts(stream) else { return Vec::new() };
    let conn = conn_words(resolved, stream.leg);
    let own = &facts.own;
    let number = conn.rfind("conn ").map_or("", |at| &conn[at..]);
    if own.is_empty() {
        let none = "no bytes".to_owned();
        return vec![format!("{conn} · {none}"), format!("{number} · {none}"), none];
    }
    let len = words::plural(own.end - own.start, "byte");
    let from = words::offset(own.start);
    vec![format!("{conn} · {len} from {from}"), format!("{conn} · {from}"), format!("{number} · {from}"), len]
}

/// The connection of a leg: `conn 4`, `app-1 conn 9, inside TLS`. A backend whose name is not known has its address.
#[must_use]
pub(super) fn conn_words(resolved: &ResolvedExchange, leg: Option<usize>) -> String {
    let named = |conn: ConnId| format!("conn {conn}");
    match leg {
        None => named(resolved.detail().exchange.conn),
        Some(index) => match resolved.detail().upstream.get(index) {
            Some(leg) => {
                let inside = if leg.layer == Layer::Plaintext { ", inside TLS" } else { "" };
                let backend = attempts::backend_of(&resolved.detail().exchange, &leg.leg);
                let space = if backend.is_empty() { "" } else { " " };
                format!("{backend}{space}{}{inside}", named(leg.leg.conn))
            }
            None => String::new(),
        },
    }
}

/// The mode with as many bytes per line as a pane has room for.
fn mode(columns: u16, hex: bool) -> Mode {
    // Three columns per byte, the bar, one column per byte; with sixteen, a gap in the middle.
    let wide = 16 * 3 + 1 + 3 + 16;
    let usual = 8 * 3 + 3 + 8;
    match (hex, columns) {
        (true, columns) if columns >= wide => Mode::Hex(16),
        (true, columns) if columns >= usual => Mode::Hex(8),
        (true, _) => Mode::Hex(4),
        (false, columns) => Mode::Text(columns.clamp(16, 120)),
    }
}

/// Height of a pane without its lines.
fn chrome(ui: &Ui) -> f32 {
    ui.spacing().interact_size.y + 2.0 * traffic::INSET + space::GAP
}

/// Divides a height among the panes of the two messages, which need `needed`. The one at `chosen` has as much as it
/// needs, as long as something is left of the other; 0 where there is no room for both.
fn divide(height: f32, needed: [f32; 2], chosen: usize) -> [f32; 2] {
    let both = height - space::GAP;
    let mut heights = [0.0; 2];
    if both < 2.0 * traffic::PANE_MIN {
        heights[chosen] = height;
    } else if needed[0].max(traffic::PANE_MIN) + needed[1].max(traffic::PANE_MIN) <= both {
        let first = needed[0].max(traffic::PANE_MIN);
        heights = [first, both - first];
    } else {
        heights[chosen] = needed[chosen].clamp(traffic::PANE_MIN, both - traffic::PANE_MIN);
        heights[1 - chosen] = both - heights[chosen];
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_messages_have_room_as_long_as_there_is_any() {
        let least = traffic::PANE_MIN;
        for height in [60.0, 150.0, 2.0 * least + space::GAP, 500.0, 2000.0] {
            for needed in [[10.0, 10.0], [200.0, 150.0], [1e7, 100.0], [100.0, 1e7], [1e7, 1e7]] {
                for chosen in [0, 1] {
                    let found = divide(height, needed, chosen);
                    let shown = found.iter().filter(|height| **height > 0.0).count();
                    let gap = if shown == 2 { space::GAP } else { 0.0 };
                    assert!(
                        (found[0] + found[1] + gap - height).abs() < 0.01,
                        "{height} {needed:?}: {found:?}"
                    );
                    assert_eq!(shown, if height < 2.0 * least + space::GAP { 1 } else { 2 });
                    assert!(
                        found[chosen] > 0.0 && (shown == 1 || found.iter().all(|height| *height >= least))
                    );
                }
            }
        }
        let whole = |needed, chosen| divide(500.0, needed, chosen).map(f32::round);
        let rest = 500.0 - space::GAP;
        for chosen in [0, 1] {
            let found = whole([240.0, 200.0], chosen);
            assert_eq!(format!("{found:?}"), format!("{:?}", [240.0, rest - 240.0]), "nothing moves");
        }
        assert_eq!(format!("{:?}", whole([1e7, 1e7], 0)), format!("{:?}", [rest - least, least]));
    }

    #[test]
    fn a_line_of_bytes_fits_into_its_pane() {
        for columns in 20..200 {
            let Mode::Hex(bytes) = mode(columns, true) else { panic!("hexadecimal") };
            let gap = u16::from(bytes > 8);
            assert!(bytes * 3 + gap + 3 + bytes <= columns, "{bytes} in {columns}");
            let Mode::Text(bytes) = mode(columns, false) else { panic!("text") };
            assert!(bytes <= columns);
        }
    }
}
