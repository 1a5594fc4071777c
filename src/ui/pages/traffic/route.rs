//! The Route tab: every route that was tried, and why it matched or not.

use egui::{Color32, Label, RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::{
    service::MiddlewareKind,
    store::Exchange,
    trace::{Mismatch, RouteAttempt},
    ui::{
        command::Command,
        icons,
        theme::{self, Palette, space},
    },
};

use super::{
    middleware::{NOT_RECORDED, body_frame},
    resolved::ResolvedExchange,
};

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ScrollArea::vertical().id_salt("route").auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            let Some((_, attempts)) = &resolved.facts.detail.exchange.routed else {
                ui.add(Label::new(RichText::new(no_route_reason(resolved)).color(palette.dim)).wrap());
                return;
            };
            let exchange = &resolved.facts.detail.exchange;
            let request_line = format!("{} {}", exchange.method, exchange.target);
            ui.add(Label::new(RichText::new(request_line).font(theme::strong_mono_font())).truncate());
            let tried = if attempts.len() == 1 {
                "1 route tried".to_owned()
            } else {
                format!("{} routes tried, in this order", attempts.len())
            };
            ui.label(RichText::new(tried).font(theme::small_font()).color(palette.dim));
            ui.add_space(space::GAP);
            for attempt in attempts.iter() {
                let (icon, color, words) = sign(palette, attempt);
                let reason = match (attempt.reason(), attempt.summary.words()) {
                    (None, words) if words.is_empty() => "matches".to_owned(),
                    (None, words) => words.into_owned(),
                    (Some(reason), _) => reason,
                };
                ui.horizontal_top(|ui| {
                    let sign = ui.label(theme::icon(icon).color(color)).on_hover_text(words);
                    sign.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = space::TIGHT / 2.0;
                        let name = format!("{} {}", attempt.method_name(), attempt.pattern);
                        let matched = attempt.mismatch.is_none();
                        let text = if matched { palette.text } else { palette.dim };
                        let font = if matched { theme::strong_mono_font() } else { theme::mono_font() };
                        ui.add(Label::new(RichText::new(name).font(font).color(text)).truncate());
                        ui.add(Label::new(RichText::new(reason).color(color)).wrap());
                    });
                });
                ui.add_space(space::TIGHT);
            }
            if let Some((words, color)) = result(palette, exchange, attempts) {
                ui.add_space(space::GAP);
                ui.add(Label::new(RichText::new(words).color(color)).wrap());
            }
            ui.add_space(space::GAP);
            if ui.button("Try this target on the Server page").clicked() {
                let (method, target) = (exchange.method.to_string(), exchange.target.to_string());
                commands.push(Command::TryTarget { method, target });
            }
        });
    });
}

/// The sign of an attempt, its colour, and what it says.
const fn sign(palette: &Palette, attempt: &RouteAttempt) -> (&'static str, Color32, &'static str) {
    match (&attempt.mismatch, attempt.summary.refused()) {
        (None, None) => (icons::CHECK, palette.ok, "matched"),
        (None, Some(_)) => (icons::WARNING, palette.warn, "matched, and is not served"),
        (Some(Mismatch::Method { .. }), _) => {
            (icons::WARNING, palette.warn, "the path matched, the method did not")
        }
        (Some(_), _) => (icons::X, palette.dim, "did not match"),
    }
}

/// What came of the attempts, and its colour. `None`: there is no response yet.
fn result(palette: &Palette, exchange: &Exchange, attempts: &[RouteAttempt]) -> Option<(String, Color32)> {
    let status = exchange.status?;
    let matched = attempts.iter().any(|attempt| attempt.mismatch.is_none());
    let methods = attempts
        .iter()
        .filter(|attempt| matches!(attempt.mismatch, Some(Mismatch::Method { .. })))
        .map(RouteAttempt::method_name);
    let methods: Vec<&str> = methods.collect();
    let words = match (matched, methods.as_slice()) {
        (true, _) => format!("The response is {status}."),
        (false, []) => format!("No route matched. The response is {status}."),
        (false, methods) => {
            format!(
                "The path has a route, but not for {}: only for {}. The response is {status}.",
                exchange.method,
                methods.join(", ")
            )
        }
    };
    Some((words, palette.status_class(status.class())))
}

fn no_route_reason(resolved: &ResolvedExchange) -> String {
    let exchange = &resolved.facts.detail.exchange;
    let answered = exchange.steps().find_map(|(_, step)| step.answered.map(|status| (&step.name, status)));
    match (answered, exchange.refusal) {
        (Some((name, status)), _) => {
            format!(
                "No route was tried: {} answered {status} before routing.",
                MiddlewareKind::title_of(name)
            )
        }
        (None, Some(cause)) => format!("No route was tried: the request was refused. {}", cause.sentence()),
        (None, None) if resolved.in_flight() => "Not routed yet: the request is still arriving.".to_owned(),
        (None, None) if exchange.status.is_some() => NOT_RECORDED.to_owned(),
        (None, None) => "No route was tried.".to_owned(),
    }
}
