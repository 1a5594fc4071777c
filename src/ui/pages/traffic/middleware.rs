//! The Middleware tab: each step on the request and on the response.

use egui::{CornerRadius, Frame, Label, RichText, ScrollArea, Stroke, Ui};

use crate::{
    service::MiddlewareKind,
    trace::{MiddlewareStep, Phase},
    ui::{
        icons,
        theme::{self, space, traffic},
        widgets::{change::change_ui, pill},
    },
};

use super::resolved::ResolvedExchange;

/// The sentence on an exchange that was answered, and of which only the bytes are known.
pub(super) const NOT_RECORDED: &str = "Not recorded: the capture has the bytes of this exchange, but not how its server came to the answer. Captures of other programs never have that.";

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange) {
    let palette = theme::palette(ui);
    let steps = &resolved.facts.detail.exchange.middleware;
    ScrollArea::vertical().id_salt("middleware").auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            if steps.is_empty() {
                let words = if resolved.facts.detail.exchange.refusal.is_some() {
                    "No middleware ran: the request had already been refused."
                } else if resolved.in_flight() {
                    "No middleware has run yet: the request is still arriving."
                } else if resolved.detail().exchange.routed.is_none() {
                    NOT_RECORDED
                } else {
                    "No middleware ran."
                };
                ui.add(Label::new(RichText::new(words).color(palette.dim)).wrap());
                return;
            }
            let of_phase = |phase| {
                let timed = steps.iter().flat_map(|(_, steps)| steps.timed());
                timed.filter(move |(step, _)| step.phase == phase)
            };
            let responses = of_phase(Phase::Response).count();
            heading(ui, icons::ARROW_DOWN, "On the request");
            for (depth, step) in of_phase(Phase::Request).enumerate() {
                step_ui(ui, step, depth);
            }
            ui.add_space(space::GAP);
            heading(ui, icons::ARROW_UP, "On the response");
            for (nth, step) in of_phase(Phase::Response).enumerate() {
                step_ui(ui, step, responses - 1 - nth);
            }
        });
    });
}

/// Paints a tab's contents with a margin.
pub(super) fn body_frame(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    Frame::NONE.inner_margin(space::WIDE).show(ui, add);
}

fn heading(ui: &mut Ui, icon: &str, words: &str) {
    let color = theme::palette(ui).dim;
    ui.horizontal(|ui| {
        ui.label(theme::icon(icon).color(color));
        ui.label(RichText::new(words).font(theme::caption_font()).color(color));
    });
}

fn step_ui(ui: &mut Ui, (step, took_nanos): (&MiddlewareStep, u32), depth: usize) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        ui.add_space((depth as f32 * space::GAP).min(ui.available_width() / 3.0));
        let frame = Frame::NONE
            .fill(palette.raised)
            .stroke(Stroke::new(space::HAIRLINE, palette.line))
            .corner_radius(CornerRadius::same(space::BUTTON_RADIUS))
            .inner_margin(space::GAP);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = space::TIGHT / 2.0;
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(MiddlewareKind::title_of(&step.name)).font(theme::strong_font()));
                    if let Some(status) = step.answered {
                        let color = palette.status_class(status.class());
                        pill::pill(ui, &format!("answered {status}"), color);
                    }
                    let took = micros(took_nanos);
                    ui.label(RichText::new(took).font(theme::small_mono_font()).color(palette.dim));
                });
                let summary = step.summary.words();
                if !summary.is_empty() {
                    ui.add(Label::new(RichText::new(summary).color(palette.dim)).wrap());
                }
                for change in &step.changes {
                    change_ui(ui, change);
                }
            });
        });
    });
    ui.add_space(traffic::MARK_PAD);
}

/// `12 µs`, `0.4 µs`.
fn micros(nanos: u32) -> String {
    let micros = f64::from(nanos) / 1e3;
    if micros < 10.0 { format!("{micros:.1} µs") } else { format!("{micros:.0} µs") }
}
