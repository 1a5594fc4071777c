//! The routes card: the route table in the order in which routes are tried, and inputs to try a target.

mod trial;

use std::path::Path;

use egui::{Align, Color32, FontId, Label, Layout, Sense, Stroke, TextFormat, Ui, text::LayoutJob, vec2};

use crate::{
    service::RouteInfo,
    trace::{ANY_METHOD, Mismatch, RouteAttempt, RouteSummary},
    ui::{
        command::Command,
        context::Context,
        format, icons,
        theme::{self, Palette, server_page, space},
        widgets::card,
    },
    wire::SpanRole,
    words,
};

use super::{Content, News};
use trial::Trying;

/// The state of the card.
#[derive(Default)]
pub(super) struct Routes {
    trying: Trying,
}

impl Content for Routes {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let first = if context.live.groups.is_empty() {
            ""
        } else {
            " Groups of backends come first, the longest prefix before all."
        };
        card::dim(
            ui,
            &format!("Tried from the top. The first route whose method and pattern both match wins.{first}"),
        );
        ui.add_space(space::TIGHT);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for route in &context.live.routes {
                route_ui(ui, route, context.home);
            }
        });
        ui.add_space(space::TIGHT);
        self.trying.ui(ui, context);
        None
    }

    // Asks unless the last question was the same.
    fn query(&mut self) -> Option<Command> {
        self.trying.question().map(Command::Preview)
    }

    fn on_news(&mut self, news: &News) {
        match news {
            News::TryTarget(line) => self.trying.line.clone_from(line),
            News::Previewed(preview) => self.trying.answered(preview),
            // The same target may match another route now.
            News::SiteChanged => self.trying.forget(),
            News::Listening
            | News::ShowUpstreams
            | News::OtherCapture
            | News::Filter(_)
            | News::Select(_) => {}
        }
    }
}

fn route_ui(ui: &mut Ui, route: &RouteInfo, home: Option<&Path>) {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), server_page::ROUTE);
    let shown = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(server_page::ROUTE);
        ui.add_space(space::GAP);
        card::faint_line(ui, &words::plural(route.hits, "hit"));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(space::GAP);
            let method = vec2(server_page::ROUTE_METHOD, ui.available_height());
            ui.allocate_ui_with_layout(method, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(server_page::ROUTE_METHOD);
                let mut job = LayoutJob::default();
                push(&mut job, route.method, theme::mono_font(), palette.span(SpanRole::Method));
                ui.label(job);
            });
            let mut job = LayoutJob::default();
            let is_folder = route.method == ANY_METHOD && route.group.is_none();
            push_pattern(&mut job, palette, &shown(&route.pattern, is_folder, home));
            if let Some(group) = &route.group {
                push(&mut job, &format!("  group {group}"), theme::body_font(), palette.dim);
            }
            ui.add(Label::new(job).truncate()).on_hover_text(route.pattern.as_ref());
        });
    });
    let rect = shown.response.rect;
    let line = Stroke::new(space::HAIRLINE, palette.line);
    ui.painter().hline(rect.x_range(), rect.bottom(), line);
}

fn attempt_ui(ui: &mut Ui, attempt: &RouteAttempt, home: Option<&Path>) {
    let palette = theme::palette(ui);
    let (icon, colour) = sign(palette, attempt);
    let why = attempt.reason().unwrap_or_else(|| attempt.summary.words().into_owned());
    let mut job = LayoutJob::default();
    push(&mut job, icon, theme::icon_font(), colour);
    push(&mut job, " ", theme::body_font(), palette.text);
    if attempt.method.is_some() {
        push(&mut job, attempt.method_name(), theme::mono_font(), palette.text);
        push(&mut job, " ", theme::mono_font(), palette.text);
    }
    let is_folder = matches!(attempt.summary, RouteSummary::Folder { .. });
    push_pattern(&mut job, palette, &shown(&attempt.pattern, is_folder, home));
    push(&mut job, "  ", theme::body_font(), palette.dim);
    push(&mut job, &why, theme::body_font(), palette.dim);
    ui.add(Label::new(job).wrap().sense(Sense::hover()));
}

/// The sign of an attempt. A route that matches and leads to a refusal, or that matches but for the method, is no success.
const fn sign(palette: &Palette, attempt: &RouteAttempt) -> (&'static str, Color32) {
    match &attempt.mismatch {
        Some(Mismatch::Method { .. }) => (icons::WARNING, palette.warn),
        Some(_) => (icons::X, palette.error),
        None if attempt.summary.refused().is_some() => (icons::WARNING, palette.warn),
        None => (icons::CHECK, palette.ok),
    }
}

/// What a pattern is to be shown as. `is_folder`: whether it is the path of the folder.
fn shown(pattern: &str, is_folder: bool, home: Option<&Path>) -> String {
    let path = Path::new(pattern);
    if is_folder && path.is_absolute() {
        format!("folder {}", format::path(path, home))
    } else {
        pattern.to_owned()
    }
}

/// Appends a pattern, its parameters in a colour of their own.
fn push_pattern(job: &mut LayoutJob, palette: &Palette, pattern: &str) {
    for (index, segment) in pattern.split('/').enumerate() {
        if index > 0 {
            push(job, "/", theme::mono_font(), palette.text);
        }
        let colour = if segment.starts_with(':') { palette.span(SpanRole::Name) } else { palette.text };
        push(job, segment, theme::mono_font(), colour);
    }
}

fn push(job: &mut LayoutJob, text: &str, font: FontId, color: egui::Color32) {
    let format = TextFormat { font_id: font, color, valign: Align::Center, ..TextFormat::default() };
    job.append(text, 0.0, format);
}
