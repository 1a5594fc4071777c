//! The routes card: the route table in the order in which routes are tried, and an input to try a target.

use std::path::Path;

use egui::{Align, FontId, Label, Layout, Sense, Stroke, TextEdit, TextFormat, Ui, text::LayoutJob, vec2};

use crate::{
    service::RouteInfo,
    trace::{ANY_METHOD, RouteAttempt},
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

/// The state of the card.
pub(super) struct Routes {
    /// Method and target as typed.
    line: String,
    /// The line of the last query. `None`: the next frame sends a query.
    queried: Option<String>,
    /// The answer to the last query.
    attempts: Vec<RouteAttempt>,
}

impl Default for Routes {
    fn default() -> Self {
        Self { line: "GET /api/users".to_owned(), queried: None, attempts: Vec::new() }
    }
}

impl Content for Routes {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        card::dim(ui, "Tried from the top. The first route whose method and pattern both match wins.");
        ui.add_space(space::TIGHT);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for route in &context.live.routes {
                route_ui(ui, route, context.home);
            }
        });
        ui.add_space(space::TIGHT);
        card::caption(ui, "Try a target");
        let edit = TextEdit::singleline(&mut self.line)
            .font(theme::mono_font())
            .desired_width(f32::INFINITY)
            .margin(vec2(space::GAP, space::GAP * 0.75))
            .hint_text("GET /api/users/42?full=1");
        ui.add(edit).accessible_name("Method and target");
        if let Err(why) = split(&self.line) {
            card::dim(ui, why);
            return None;
        }
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        for attempt in &self.attempts {
            attempt_ui(ui, attempt, context.home);
        }
        None
    }

    // Tries the target unless the last query was for the same line.
    fn query(&mut self) -> Option<Command> {
        if self.queried.as_ref() == Some(&self.line) {
            return None;
        }
        self.queried = Some(self.line.clone());
        let (method, target) = split(&self.line).ok()?;
        Some(Command::TryTarget { method: method.to_owned(), target: target.to_owned() })
    }

    fn on_news(&mut self, news: &News) {
        match news {
            News::Tried(attempts) => self.attempts.clone_from(attempts),
            // The same target may match another route now.
            News::SiteChanged => self.queried = None,
            News::Listening | News::ShowUpstreams | News::OtherCapture => {}
        }
    }
}

/// Method and target of a line. The method is GET if the line has none.
fn split(line: &str) -> Result<(&str, &str), &'static str> {
    let mut words = line.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Err("Type a method and a target, such as GET /api/health."),
        (Some(target), None, _) if target.starts_with('/') => Ok(("GET", target)),
        (Some(_), None, _) => Err("The target is missing. It must start with a slash."),
        (Some(method), Some(target), None) if target.starts_with('/') || target == "*" => {
            Ok((method, target))
        }
        (Some(_), Some(_), None) => Err("The target must start with a slash."),
        _ => Err("A target cannot contain spaces; write them as %20."),
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
            let group = route.group.as_deref();
            push_pattern(&mut job, palette, (route.method, group), &route.pattern, home);
            ui.add(Label::new(job).truncate()).on_hover_text(route.pattern.as_ref());
        });
    });
    let rect = shown.response.rect;
    let line = Stroke::new(space::HAIRLINE, palette.line);
    ui.painter().hline(rect.x_range(), rect.bottom(), line);
}

fn attempt_ui(ui: &mut Ui, attempt: &RouteAttempt, home: Option<&Path>) {
    let palette = theme::palette(ui);
    let (icon, colour, why) = match &attempt.mismatch {
        Some(mismatch) => (icons::X, palette.error, mismatch.sentence()),
        None => (icons::CHECK, palette.ok, attempt.summary.words().into_owned()),
    };
    let mut job = LayoutJob::default();
    push(&mut job, icon, theme::icon_font(), colour);
    push(&mut job, " ", theme::body_font(), palette.text);
    if attempt.method.is_some() {
        push(&mut job, attempt.method_name(), theme::mono_font(), palette.text);
        push(&mut job, " ", theme::mono_font(), palette.text);
    }
    let group = attempt.summary.group().map(|name| &**name);
    push_pattern(&mut job, palette, (attempt.method_name(), group), &attempt.pattern, home);
    push(&mut job, "  ", theme::body_font(), palette.dim);
    push(&mut job, &why, theme::body_font(), palette.dim);
    ui.add(Label::new(job).wrap().sense(Sense::hover()));
}

/// Appends a pattern, its parameters in a colour of their own; for the folder, its path. `group`: the group that is
/// mounted there; `None`: a built-in route or the folder.
fn push_pattern(
    job: &mut LayoutJob,
    palette: &Palette,
    (method, group): (&str, Option<&str>),
    pattern: &str,
    home: Option<&Path>,
) {
    if let Some(group) = group {
        push(job, pattern, theme::mono_font(), palette.text);
        push(job, &format!(" → {group}"), theme::body_font(), palette.dim);
        return;
    }
    if method == ANY_METHOD {
        let path = Path::new(pattern);
        let shown = if path.is_absolute() {
            format!("folder {}", format::path(path, home))
        } else {
            pattern.to_owned()
        };
        push(job, &shown, theme::mono_font(), palette.text);
        return;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_method_and_a_target() {
        assert_eq!(split("POST /api/echo"), Ok(("POST", "/api/echo")));
        assert_eq!(split("  /x?y=1 "), Ok(("GET", "/x?y=1")));
        assert_eq!(split("OPTIONS *"), Ok(("OPTIONS", "*")));
        assert!(split("").is_err());
        assert!(split("GET").is_err());
        assert!(split("GET x").is_err());
        assert!(split("GET /a b").is_err());
    }

    #[test]
    fn the_same_target_is_asked_for_once_until_something_changed() {
        let mut routes = Routes::default();
        assert!(routes.query().is_some());
        assert!(routes.query().is_none());
        routes.on_news(&News::SiteChanged);
        assert!(routes.query().is_some());
        routes.line.push('x');
        assert!(matches!(routes.query(), Some(Command::TryTarget { target, .. }) if target == "/api/usersx"));
    }
}
