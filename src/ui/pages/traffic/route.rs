//! The Route tab: every route that was tried, and why it matched or not.

use egui::{Label, RichText, ScrollArea, Ui};

use crate::{
    service::MiddlewareKind,
    ui::{
        command::Command,
        icons,
        theme::{self, space},
    },
};

use super::{middleware::body_frame, resolved::ResolvedExchange};

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
                let (icon, color, reason) = match &attempt.mismatch {
                    None => (
                        icons::CHECK,
                        palette.ok,
                        match attempt.summary.words() {
                            words if words.is_empty() => "matches".to_owned(),
                            words => words.into_owned(),
                        },
                    ),
                    Some(mismatch) => (icons::X, palette.dim, mismatch.sentence()),
                };
                ui.horizontal_top(|ui| {
                    let words = if attempt.mismatch.is_none() { "matched" } else { "did not match" };
                    ui.label(theme::icon(icon).color(color)).on_hover_text(words);
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = space::TIGHT / 2.0;
                        let name = format!("{} {}", attempt.method_name(), attempt.pattern);
                        let matched = attempt.mismatch.is_none();
                        let text = if matched { palette.text } else { palette.dim };
                        let font = if matched { theme::strong_mono_font() } else { theme::mono_font() };
                        ui.add(Label::new(RichText::new(name).font(font).color(text)).truncate());
                        let color = if matched { palette.ok } else { palette.dim };
                        ui.add(Label::new(RichText::new(reason).color(color)).wrap());
                    });
                });
                ui.add_space(space::TIGHT);
            }
            ui.add_space(space::GAP);
            if ui.button("Try this target on the Server page").clicked() {
                let (method, target) = (exchange.method.to_string(), exchange.target.to_string());
                commands.push(Command::TryTarget { method, target });
            }
        });
    });
}

fn no_route_reason(resolved: &ResolvedExchange) -> String {
    let exchange = &resolved.facts.detail.exchange;
    let answered =
        exchange.middleware.iter().find_map(|(_, step)| step.answered.map(|status| (&step.name, status)));
    match (answered, exchange.refusal) {
        (Some((name, status)), _) => {
            format!(
                "No route was tried: {} answered {status} before routing.",
                MiddlewareKind::title_of(name)
            )
        }
        (None, Some(cause)) => format!("No route was tried: the request was refused. {}", cause.sentence()),
        (None, None) if resolved.in_flight() => "Not routed yet: the request is still arriving.".to_owned(),
        (None, None) => "No route was tried.".to_owned(),
    }
}
