//! The Stats page: the waterfall of a burst of exchanges, how long exchanges took over time, and what they add up to by
//! route.
//!
//! In reading order: [`model`] holds the data of the page; `burst` has the exchanges of the waterfall; the other files
//! paint.

mod axis;
mod burst;
mod filter;
mod heat;
mod lanes;
mod model;
mod place;
mod routes;
mod waterfall;

use std::time::Duration;

use egui::{Rect, Role, ScrollArea, Ui, UiBuilder, vec2};

use crate::{
    base::stream::{ExchangeId, Nanos},
    capture::Capture,
    stats::Window,
    ui::{
        command::Command,
        context::Context,
        theme::{space, stats},
        waker::FRAME,
        widgets::card,
    },
};

use super::{News, Page};

use self::model::Model;

/// Interval at which a window of time moves on.
const TICK: Duration = Duration::from_secs(1);

/// The Stats page.
#[derive(Debug, Default)]
pub(super) struct StatsPage {
    model: Model,
    view: View,
}

/// The user's choices.
#[derive(Debug, Default)]
struct View {
    /// The part of the waterfall's time that is looked at.
    zoom: place::Zoom,
    /// Where a drag over the waterfall began, as a share of its width. `None`: nothing is dragged.
    drag: Option<f32>,
}

impl Page for StatsPage {
    fn refresh(&mut self, capture: &Capture, now: Nanos, paused: bool) {
        self.model.refresh(capture, now, paused);
    }

    fn filter(&self) -> Option<&str> {
        Some(&self.model.filter_text)
    }

    fn on_news(&mut self, news: &News) {
        match news {
            // What is chosen belongs to the previous capture.
            News::OtherCapture => *self = Self::default(),
            News::Filter(text) if *text != self.model.filter_text => {
                self.model.filter_text.clone_from(text);
                self.model.apply_filter();
            }
            _ => {}
        }
    }

    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command> {
        let mut commands = Vec::new();
        self.model.set_live(context.opened.is_none());
        let whole = ui.available_rect_before_wrap();
        let inner = whole.shrink(space::WIDE);
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
        child.shrink_clip_rect(whole);
        child.spacing_mut().item_spacing.y = space::GAP;
        filter::show(&mut child, &mut self.model);
        let room = child.available_rect_before_wrap();
        ScrollArea::vertical().auto_shrink(false).show(&mut child, |ui| {
            self.cards_ui(ui, room, &mut commands);
        });
        if self.model.moves_on() && !context.paused {
            ui.ctx().request_repaint_after(TICK);
        }
        if self.model.working() {
            ui.ctx().request_repaint_after(FRAME);
        }
        if self.model.is_due() {
            repaint_soon(ui.ctx());
        }
        commands
    }
}

impl StatsPage {
    /// Paints the cards into the width of `room`, and into its height if that is enough.
    fn cards_ui(&mut self, ui: &mut Ui, room: Rect, commands: &mut Vec<Command>) {
        let is_wide = room.width() >= stats::TWO_COLUMNS_FROM;
        let least =
            stats::LOWER_MIN * if is_wide { 1.0 } else { 2.0 } + if is_wide { 0.0 } else { space::WIDE };
        let height = room.height().max(stats::WATERFALL_MIN + space::WIDE + least);
        let upper =
            (height * stats::WATERFALL_SHARE).max(stats::WATERFALL_MIN).min(height - space::WIDE - least);
        let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        let (top, lower) = whole.split_top_bottom_at_y(whole.top() + upper);
        let below = lower.with_min_y(lower.top() + space::WIDE);
        let (heat, table) = if is_wide {
            below.split_left_right_at_fraction(stats::HEAT_SHARE)
        } else {
            below.split_top_bottom_at_fraction(0.5)
        };
        let table = if is_wide {
            table.with_min_x(table.left() + space::WIDE)
        } else {
            table.with_min_y(table.top() + space::WIDE)
        };
        part(ui, top, "waterfall", |ui| waterfall::show(ui, &mut self.model, &mut self.view, commands));
        part(ui, table, "by route", |ui| routes::show(ui, &mut self.model, commands));
        part(ui, heat, "how long exchanges took", |ui| heat::show(ui, &self.model, commands));
    }
}

/// Paints a card that fills `rect`.
fn part(ui: &mut Ui, rect: Rect, name: &str, paint: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .accessibility_label(name)
        .accessibility_role(Role::Region);
    let mut child = ui.new_child(builder);
    let frame = card::frame(&child);
    let inner = rect - frame.total_margin();
    child.painter().add(frame.paint(inner));
    let mut child = child.new_child(UiBuilder::new().max_rect(inner));
    child.shrink_clip_rect(inner.expand(space::TIGHT));
    paint(&mut child);
}

/// Shows on the Traffic page the exchanges that pass the filter of this page and another part.
fn lead_to(model: &Model, part: &str) -> Command {
    let filter = model.filter_text.trim();
    // Only one part needs no parentheses.
    let is_several = filter.contains(|c: char| c.is_whitespace() || "()".contains(c));
    let filter = match (filter.is_empty(), is_several) {
        (true, _) => part.to_owned(),
        (false, true) => format!("({filter}) {part}"),
        (false, false) => format!("{filter} {part}"),
    };
    Command::ShowFiltered(filter)
}

/// Shows an exchange on the Traffic page.
const fn lead_to_exchange(id: ExchangeId) -> Command {
    Command::ShowExchange(id)
}

/// Has the model refreshed at once and this frame painted again before the user sees it.
fn repaint_soon(ctx: &egui::Context) {
    ctx.request_discard("another look at the capture");
    if !ctx.will_discard() {
        ctx.request_repaint();
    }
}

/// The words for a window of time.
const fn window_words(window: Window) -> &'static str {
    match window {
        Window::Minute => "that began in the last minute",
        Window::TenMinutes => "that began in the last ten minutes",
        Window::All => "since the capture began",
    }
}

#[cfg(test)]
mod tests;
