//! The header above the bytes: the exchange, and how its bytes are shown.

use egui::{Align, Button, Label, Layout, RichText, Ui, containers::menu::MenuButton};

use crate::{
    base::stream::Nanos,
    ui::{
        again::controls,
        command::Command,
        icons,
        theme::{self, traffic},
        widgets::{
            button::{self, ButtonStyle},
            pill,
            segmented::{Choice, segmented},
        },
    },
    websocket::close_code,
    wire::SpanRole,
    words,
};

use super::{
    copy, legend, legs,
    part::{Legs, Message, Stream},
    resolved::ResolvedExchange,
    view::View,
};

/// Characters of a comment that the header shows.
const COMMENT_CHARS: usize = 40;

/// Paints the header.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, commands: &mut Vec<Command>) {
    if ui.available_width() >= traffic::WIDE_FROM {
        line(ui, |ui| {
            copy::menu(ui, resolved, view, commands);
            controls::button_ui(ui, resolved.detail().exchange.id, &mut view.again_times, commands);
            replay_ui(ui, view, replay_style(ui, resolved));
            legs_ui(ui, resolved, view);
            mode_ui(ui, resolved, view);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, resolved));
        });
        line(ui, |ui| {
            legend::button(ui, &resolved.facts);
            message_ui(ui, resolved, view, true);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| facts_ui(ui, resolved, view));
        });
    } else {
        line(ui, |ui| {
            copy::menu(ui, resolved, view, commands);
            controls::button_ui(ui, resolved.detail().exchange.id, &mut view.again_times, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, resolved));
        });
        line(ui, |ui| {
            replay_ui(ui, view, replay_style(ui, resolved));
            legs_ui(ui, resolved, view);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| facts_ui(ui, resolved, view));
        });
        line(ui, |ui| {
            legend::button(ui, &resolved.facts);
            message_ui(ui, resolved, view, false);
            mode_ui(ui, resolved, view);
        });
    }
}

/// Paints the header above the frames of a WebSocket.
pub(super) fn above_frames(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    view: &mut View,
    now: Nanos,
    commands: &mut Vec<Command>,
) {
    line(ui, |ui| {
        message_ui(ui, resolved, view, false);
        copy::menu(ui, resolved, view, commands);
        replay_ui(ui, view, ButtonStyle::IconOnly);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let words = websocket_text(resolved, now);
            let color = theme::palette(ui).dim;
            let words = ui.painter().layout_no_wrap(words, theme::body_font(), color);
            let room = ui.available_width() - words.size().x - 2.0 * ui.spacing().item_spacing.x;
            let has_room = room >= traffic::MIDDLE_MIN / 3.0;
            ui.scope(|ui| {
                if has_room {
                    ui.set_max_width(room);
                }
                title_ui(ui, resolved);
            });
            if has_room {
                ui.label(words);
            }
        });
    });
}

/// The state of a WebSocket in words.
fn websocket_text(resolved: &ResolvedExchange, now: Nanos) -> String {
    let exchange = &resolved.facts.detail.exchange;
    let conn = exchange.conn;
    if resolved.in_flight() {
        let time = words::duration(now.saturating_sub(exchange.began));
        return format!("conn {conn} · WebSocket, open for {time}");
    }
    let time = words::duration(exchange.took());
    let closed = resolved
        .facts
        .websocket
        .as_ref()
        .and_then(|websocket| websocket.closed_with(&resolved.facts.request, &resolved.facts.response));
    match closed {
        Some(code) => {
            let name = close_code::name(code);
            format!("conn {conn} · WebSocket, closed after {time} with {code} {name}")
        }
        None => format!("conn {conn} · WebSocket, ended after {time} without a close frame"),
    }
}

/// Paints method, target and status in the remaining width.
fn title_ui(ui: &mut Ui, resolved: &ResolvedExchange) {
    let palette = theme::palette(ui);
    let exchange = &resolved.facts.detail.exchange;
    let method = if exchange.method.is_empty() { "???" } else { &exchange.method };
    let color = if exchange.method.is_empty() { palette.error } else { palette.span(SpanRole::Method) };
    // A method can be as long as its sender likes.
    let most = ui.available_width() * traffic::METHOD_SHARE;
    ui.scope(|ui| {
        ui.set_max_width(most);
        let method = RichText::new(method).font(theme::title_mono_font()).color(color);
        ui.add(Label::new(method).truncate());
    });
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

/// Paints the marks of a copy and of an exchange that was sent again. A click leads from the one to the other.
fn again_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    let palette = theme::palette(ui);
    if let Some(again) = resolved.detail().exchange.again {
        let words = again.words();
        match again.original() {
            Some(original) => {
                if pill::pill_button(ui, &words, palette.accent).clicked() {
                    view.go_to = Some(original);
                }
            }
            None => drop(pill::pill(ui, &words, palette.dim)),
        }
    }
    if let Some(copies) = view.copies {
        let words = match copies.count {
            1 => format!("sent again: #{}", copies.latest),
            count => format!("sent again {} times: #{}", words::count(count), copies.latest),
        };
        if pill::pill_button(ui, &words, palette.accent).clicked() {
            view.go_to = Some(copies.latest);
        }
    }
}

/// Paints the user's mark: its comment, or the name of its colour, in that colour.
fn mark_ui(ui: &mut Ui, view: &View) {
    let Some(mark) = &view.user_mark else { return };
    let palette = theme::palette(ui);
    let ink = mark.colour.map_or(palette.text, |colour| palette.mark(colour));
    let said = match (&*mark.comment, mark.colour) {
        ("", Some(colour)) => format!("marked {}", colour.key()),
        (comment, _) => words::shortened(comment, COMMENT_CHARS),
    };
    pill::pill(ui, &said, ink).on_hover_text(words::capitalized(&mark.words()));
}

fn facts_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    again_ui(ui, resolved, view);
    mark_ui(ui, view);
    let color = theme::palette(ui).dim;
    ui.add(Label::new(RichText::new(facts_text(resolved, view)).color(color)).truncate());
}

/// With its name where there is room for it.
fn replay_style(ui: &Ui, resolved: &ResolvedExchange) -> ButtonStyle {
    // The choice of the legs takes as much.
    let has_room = ui.available_width() >= theme::replay::BUTTON_FROM && resolved.attempts() == 0;
    if has_room { ButtonStyle::Full } else { ButtonStyle::IconOnly }
}

/// Paints the button that opens and closes the replay.
fn replay_ui(ui: &mut Ui, view: &mut View, style: ButtonStyle) {
    let (icon, name) = (icons::CLOCK_BACK, "Replay");
    let response = if view.replay_open {
        button::primary(ui, icon, name, style)
    } else {
        button::button(ui, icon, name, style)
    };
    if response.on_hover_text("Go through the message byte by byte (Ctrl+Shift+R)").clicked() {
        view.replay_open = !view.replay_open;
        ui.ctx().request_repaint();
    }
}

fn mode_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    if view.replay_open {
        return;
    }
    let hex = if ui.available_width() < traffic::MODE_FROM { "Hex" } else { "Hex + text" };
    let choices = [
        Choice { label: "Text", detail: "", accessible_name: "Text" },
        Choice { label: hex, detail: "", accessible_name: "Hex + text" },
    ];
    if let Some(mode) = segmented(ui, usize::from(view.in_hex(resolved)), &choices) {
        let hex = if view.shows_both(resolved) { &mut view.hex_of_both } else { &mut view.hex };
        *hex = mode == 1;
        view.reveal_mark();
    }
}

fn message_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View, sizes: bool) {
    let size = |message: Message| {
        let own = resolved.facts(Stream { leg: None, message }).map_or(0..0, |facts| facts.own.clone());
        if sizes { words::size(own.end - own.start) } else { String::new() }
    };
    let (request, response) = (size(Message::Request), size(Message::Response));
    let frames = resolved.facts.websocket.as_ref().map(|facts| words::count(facts.frames.len() as u64));
    let mut choices = vec![
        Choice { label: "Request", detail: &request, accessible_name: "Bytes of the request" },
        Choice { label: "Response", detail: &response, accessible_name: "Bytes of the response" },
    ];
    if let Some(count) = &frames {
        choices.push(Choice { label: "Frames", detail: count, accessible_name: "Frames of the WebSocket" });
    }
    let events = resolved.facts.events.first().filter(|_| frames.is_none());
    let count =
        events.map_or_else(String::new, |stream| words::count(stream.items.len() as u64 + stream.not_listed));
    if let Some(stream) = events {
        let title = stream.format.facts().title;
        choices.push(Choice { label: title, detail: &count, accessible_name: "Events of the stream" });
    }
    let current = if view.shows_frames(resolved) || view.shows_events(resolved) {
        choices.len() - 1
    } else {
        view.message.index()
    };
    if let Some(index) = segmented(ui, current, &choices) {
        view.items_open = index >= Message::ALL.len();
        if let Some(message) = Message::ALL.get(index) {
            view.show_message(*message, resolved);
        }
    }
}

/// Paints the menu of the legs, if there is more than one.
fn legs_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    let Some(current) = view.attempt(resolved) else { return };
    let button = Button::new((view.legs.name(), theme::icon(icons::CARET_DOWN)));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        for legs in Legs::ALL {
            if ui.radio(view.legs == legs, legs.name()).clicked() {
                view.show_legs(legs, None);
                ui.close();
            }
        }
        if resolved.attempts() > 1 {
            ui.separator();
            for attempt in 0..resolved.attempts() {
                let name = format!("Attempt {}: {}", attempt + 1, legs::conn_words(resolved, Some(attempt)));
                if ui.radio(current == attempt, name).clicked() {
                    view.show_legs(view.legs, Some(attempt));
                    ui.close();
                }
            }
        }
    });
    let _ = response.accessible_name("Legs whose bytes are shown");
}

/// A line of controls, aligned to the right.
fn line(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), add));
}

fn facts_text(resolved: &ResolvedExchange, view: &View) -> String {
    let exchange = &resolved.facts.detail.exchange;
    if let Some(attempt) = view.attempt(resolved) {
        let upstream = legs::conn_words(resolved, Some(attempt));
        let number = resolved.detail().upstream.get(attempt).map(|leg| leg.leg.number);
        let message = number.map_or_else(String::new, |number| format!(" · message {number}"));
        return format!("conn {} · message {} → {upstream}{message}", exchange.conn, exchange.number);
    }
    let reads = &resolved.facts.detail.reads;
    let count: u64 = reads.iter().map(|read| u64::from(read.count)).sum();
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
