//! The Traffic page: the list of exchanges, and the bytes of the selected one with their meaning.
//!
//! In reading order: [`model`] holds the data of the page, [`resolved`] the data derived from the selected
//! exchange (with [`outline`], [`bands`] and [`changes`]), [`view`] the user's choices; the other files paint.

mod anatomy;
mod arrange;
mod backends;
mod bands;
mod body;
mod bytes;
mod changes;
mod chosen;
mod compare;
mod copy;
mod counting;
mod empty;
mod events;
mod filter_by;
mod find;
mod forms;
mod frames;
mod header;
mod keys;
mod legend;
mod legs;
mod links;
mod list;
mod middleware;
mod model;
mod notes;
mod original;
mod outline;
mod panes;
mod part;
mod passing_on;
mod replay;
mod resolved;
mod response;
mod route;
mod selection;
mod sentence;
mod sight;
mod stages;
mod steps;
#[cfg(test)]
mod tests;
mod timeline;
mod upstream;
mod view;

use egui::{Rect, Role, ScrollArea, Sense, Ui, UiBuilder, vec2};

use crate::{
    base::stream::{ExchangeId, Nanos},
    capture::Capture,
    ui::{
        command::Command,
        context::Context,
        theme::{self, space, traffic},
        waker::FRAME,
        widgets::tabs,
    },
};

use super::{News, Page, Wants};

use self::{
    events::EventsView,
    frames::FramesView,
    model::Model,
    panes::{Front, Widths},
    replay::ReplayView,
    view::{Tab, View},
};

/// The Traffic page.
#[derive(Debug, Default)]
pub(super) struct TrafficPage {
    model: Model,
    view: View,
    widths: Widths,
    front: Front,
    frames: FramesView,
    events: EventsView,
    replay: ReplayView,
}

impl Page for TrafficPage {
    /// If `paused`, only reacts to the user's choices. Takes the store's lock briefly.
    fn refresh(&mut self, capture: &Capture, now: Nanos, paused: bool) {
        self.model.refresh(capture, now, paused);
    }

    fn wants(&self) -> Wants {
        let filtered = !self.model.unfiltered() && !self.model.searching() && self.model.total > 0;
        let selected = self.model.resolved().map(|resolved| resolved.facts.detail.exchange.id);
        Wants { selected, filtered, ..Wants::default() }
    }

    fn passing(&self) -> Vec<ExchangeId> {
        self.model.passing()
    }

    fn chosen(&self) -> Vec<ExchangeId> {
        self.model.chosen_ids()
    }

    fn filter(&self) -> Option<&str> {
        Some(&self.model.filter_text)
    }

    fn on_news(&mut self, news: &News) {
        match news {
            // Selection and filter belong to the previous capture.
            News::OtherCapture => *self = Self::default(),
            News::Filter(text) if *text != self.model.filter_text => {
                self.model.filter_text.clone_from(text);
                self.model.apply_filter();
            }
            News::Select(id) => {
                self.model.select(*id);
                self.view.reveal_row = true;
            }
            _ => {}
        }
    }

    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command> {
        let mut commands = Vec::new();
        self.view.follow_selection(self.model.resolved());
        self.view.copies = self.model.copies;
        self.view.user_mark.clone_from(&self.model.selected_mark);
        if self.view.list != *context.list {
            self.view.list.clone_from(context.list);
        }
        self.handle_keys(ui, &mut commands);
        if self.model.counts.kept == 0 && self.model.unfiltered() && self.model.total == 0 {
            empty::nothing_yet(ui, context, &mut commands);
            return commands;
        }
        if self.view.replay_open && self.model.resolved().is_some() {
            self.replay_ui(ui, context, &mut commands);
            self.after_painting(ui);
            return commands;
        }
        // The frames have all that the tabs have, about another part of the exchange, and need the room.
        let has_details = self.model.resolved().is_none_or(|resolved| !self.view.shows_frames(resolved));
        let areas = self.widths.split(ui, context.panes, (has_details, &mut self.front), &mut commands);
        if let Some(area) = areas.list {
            pane(ui, area, "list of exchanges", |ui| {
                list::show(ui, &mut self.model, &mut self.view, &mut commands);
            });
            // Where the list stands alone, a click on an exchange leads to it.
            if areas.middle.or(areas.detail).is_none() && self.view.picked {
                self.front = Front::Bytes;
                repaint_soon(ui.ctx());
            }
        }
        if let Some(area) = areas.middle {
            let tab = self.view.tab;
            pane(ui, area, "bytes", |ui| middle_scroll(ui, |ui| self.middle_ui(ui, &mut commands)));
            if self.view.tab != tab {
                self.front = Front::Details;
            }
        }
        if let Some(area) = areas.detail {
            pane(ui, area, "details", |ui| self.detail_ui(ui, &mut commands));
        }
        self.after_painting(ui);
        commands
    }
}

impl TrafficPage {
    /// Carries out what was asked for while the page was painted.
    fn after_painting(&mut self, ui: &Ui) {
        if let Some(part) = self.view.add_filter.take() {
            self.model.add_to_filter(&part);
            repaint_soon(ui.ctx());
        }
        if let Some(id) = self.view.go_to.take() {
            self.model.select(id);
            self.view.reveal_row = true;
            repaint_soon(ui.ctx());
        }
        if self.model.searching() {
            ui.ctx().request_repaint_after(FRAME);
        }
        if self.model.pending() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        }
    }

    /// Paints the replay of a message, in the place of all three panes.
    fn replay_ui(&mut self, ui: &mut Ui, context: &Context<'_>, commands: &mut Vec<Command>) {
        let Some(resolved) = self.model.resolved() else { return };
        self.replay.refresh(resolved, &self.view, context);
        let areas = self.widths.split_without_list(ui, context.panes, &mut self.front, commands);
        if let Some(area) = areas.middle {
            pane(ui, area, "replay", |ui| {
                middle_scroll(ui, |ui| {
                    egui::Frame::NONE.inner_margin(space::WIDE).show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = space::GAP;
                        if let Some(resolved) = self.model.resolved() {
                            header::show(ui, resolved, &mut self.view, commands);
                        }
                        replay::middle_ui(ui, &mut self.model, &mut self.replay, commands);
                    });
                });
            });
        }
        if let Some(area) = areas.detail {
            pane(ui, area, "machine", |ui| replay::machine_ui(ui, &mut self.replay));
        }
    }

    fn middle_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        egui::Frame::NONE.inner_margin(space::WIDE).show(ui, |ui| {
            if self.model.resolved().is_none() {
                empty::nothing_selected(ui, &mut self.model);
                return;
            }
            ui.spacing_mut().item_spacing.y = space::GAP;
            if let Some(resolved) = self.model.resolved() {
                if self.view.shows_frames(resolved) {
                    header::above_frames(ui, resolved, &mut self.view, self.model.now, commands);
                    frames::show(ui, resolved, &mut self.frames, commands);
                    if resolved.in_flight() && !self.model.paused {
                        // The time that the connection has been open.
                        ui.ctx().request_repaint_after(frames::RUNNING);
                    }
                    return;
                }
                header::show(ui, resolved, &mut self.view, commands);
                if self.view.shows_events(resolved) {
                    events::show(ui, resolved, &mut self.events, commands);
                    return;
                }
                timeline::show(ui, resolved, &mut self.view);
            }
            if let Some(resolved) = self.model.resolved() {
                let stream = self.view.stream(self.view.message, resolved);
                let View { find, selected, .. } = &mut self.view;
                if let Some(part) = find::bar_ui(ui, resolved, find, stream, selected.as_ref()) {
                    self.view.select_bytes(part);
                    ui.ctx().request_repaint();
                }
            }
            let sentence_height = sentence::height(ui, self.model.resolved(), &self.view);
            let mut rest = ui.available_rect_before_wrap();
            let bytes = Rect::from_min_max(rest.min, rest.max - vec2(0.0, sentence_height + space::GAP));
            rest.min.y = bytes.max.y + space::GAP;
            ui.scope_builder(UiBuilder::new().max_rect(bytes), |ui| {
                if self.model.resolved().is_some_and(|resolved| resolved.attempts() > 0) {
                    legs::show(ui, &mut self.model, &mut self.view, commands);
                } else {
                    bytes::show(ui, &mut self.model, &mut self.view, commands);
                }
            });
            ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
                if let Some(resolved) = self.model.resolved() {
                    sentence::show(ui, resolved, &self.view, commands);
                }
            });
        });
    }

    fn detail_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let palette = theme::palette(ui);
        let notes = self.model.resolved().map(notes::count).unwrap_or_default();
        let color = match notes.1 {
            Some(severity) => stages::severity_color(palette, severity),
            None => palette.dim,
        };
        let passed_on = self.model.resolved().is_some_and(|resolved| {
            let exchange = &resolved.detail().exchange;
            !exchange.upstream.is_empty() || !exchange.attempts.is_empty()
        });
        let is_compared = self.model.compared_with().is_some();
        let is_shown = |tab: &Tab| match tab {
            Tab::Upstream => passed_on,
            Tab::Compare => is_compared,
            _ => true,
        };
        let shown: Vec<Tab> = Tab::ALL.into_iter().filter(is_shown).collect();
        let current = shown.iter().position(|tab| *tab == self.view.tab).unwrap_or(0);
        let strip: Vec<tabs::Tab<'_>> = shown
            .iter()
            .map(|tab| {
                let count = (*tab == Tab::Notes && notes.0 > 0).then(|| (notes.0.to_string(), color));
                tabs::Tab { name: tab.name(), count }
            })
            .collect();
        let clicked = tabs::tabs(ui, current, &strip);
        if let Some(clicked) = clicked {
            self.view.open_tab(shown[clicked], self.model.resolved());
        }
        match shown[clicked.unwrap_or(current)] {
            Tab::Anatomy => anatomy::show(ui, &mut self.model, &mut self.view, commands),
            Tab::Compare => compare::show(ui, &self.model, &mut self.view),
            Tab::Response => response::show(ui, &mut self.model, &mut self.view, commands),
            _ => {
                let Some(resolved) = self.model.resolved() else { return };
                match self.view.tab {
                    Tab::Route => route::show(ui, resolved, commands),
                    Tab::Middleware => middleware::show(ui, resolved),
                    Tab::Upstream => upstream::show(ui, resolved),
                    _ => notes::show(ui, resolved, &mut self.view, commands),
                }
            }
        }
    }
}

/// Has the model refreshed at once and this frame painted again before the user sees it.
fn repaint_soon(ctx: &egui::Context) {
    ctx.request_discard("another look at the capture");
    if !ctx.will_discard() {
        // This frame is being painted again already: wait for the next one.
        ctx.request_repaint();
    }
}

/// Paints the middle pane, which scrolls where it is lower than all that it has.
fn middle_scroll(ui: &mut Ui, paint: impl FnOnce(&mut Ui)) {
    if ui.available_height() >= traffic::MIDDLE_HEIGHT_MIN {
        return paint(ui);
    }
    ScrollArea::vertical().id_salt("middle").auto_shrink(false).show(ui, |ui| {
        let size = vec2(ui.available_width(), traffic::MIDDLE_HEIGHT_MIN);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        ui.scope_builder(UiBuilder::new().max_rect(rect), paint);
    });
}

/// Paints a part of the page, clipped to `rect`, with an accessible name.
fn pane(ui: &mut Ui, rect: Rect, name: &str, paint: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .accessibility_label(name)
        .accessibility_role(Role::Region)
        .layout(egui::Layout::top_down(egui::Align::Min));
    let mut child = ui.new_child(builder);
    child.shrink_clip_rect(rect);
    paint(&mut child);
}
