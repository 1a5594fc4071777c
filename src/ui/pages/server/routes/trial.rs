//! "Try a target": what the server would make of a request that is typed here.

use egui::{Frame, Label, RichText, TextEdit, Ui, vec2};

use crate::{
    base::stream::Nanos,
    gateway::telling::weight_told,
    server::{BackendPreview, ForwardPreview, GroupInfo, Preview, Trial, local_address},
    service::MiddlewareKind,
    trace::{Cause, MiddlewareStep},
    ui::{
        context::Context,
        icons,
        theme::{self, space},
        widgets::{card, change::change_ui},
    },
};

use super::attempt_ui;

/// The inputs, and the answer to the last question.
pub(super) struct Trying {
    /// Method and target as typed.
    pub(super) line: String,
    /// Host as typed. Empty: the authority of this server.
    host: String,
    /// The authority of this server.
    own: String,
    /// The last question. `None`: the next frame asks.
    asked: Option<Trial>,
    answer: Option<Preview>,
    /// The groups at the time of the last question.
    groups: Vec<GroupInfo>,
}

impl Default for Trying {
    fn default() -> Self {
        Self {
            line: "GET /api/users".to_owned(),
            host: String::new(),
            own: String::new(),
            asked: None,
            answer: None,
            groups: Vec::new(),
        }
    }
}

impl Trying {
    /// Has the next frame ask again, because the answer may be another one now.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }

    /// Takes in an answer, unless another request was typed meanwhile.
    pub(super) fn answered(&mut self, preview: &Preview) {
        if self.asked.as_ref() == Some(&preview.trial) {
            self.answer = Some(preview.clone());
        }
    }

    /// The question to ask. `None`: none that was not asked before.
    pub(super) fn question(&mut self) -> Option<Trial> {
        let (method, target) = split(&self.line).ok()?;
        let host = match self.host.trim() {
            "" => &self.own,
            host => host,
        };
        let trial = Trial { method: method.to_owned(), target: target.to_owned(), host: host.to_owned() };
        if host.is_empty() || self.asked.as_ref() == Some(&trial) {
            return None;
        }
        self.asked = Some(trial.clone());
        Some(trial)
    }

    /// Paints inputs and answer.
    pub(super) fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) {
        self.own = context
            .address
            .map_or_else(|| "localhost".to_owned(), |address| local_address(address).to_string());
        // Which backend is next changes with each request, and with the health of the others.
        if self.groups != context.live.groups {
            self.groups.clone_from(&context.live.groups);
            self.forget();
        }
        card::caption(ui, "Try a target");
        let edit = TextEdit::singleline(&mut self.line)
            .font(theme::mono_font())
            .desired_width(f32::INFINITY)
            .margin(vec2(space::GAP, space::GAP * 0.75))
            .hint_text("GET /api/users/42?full=1");
        ui.add(edit).accessible_name("Method and target");
        ui.horizontal(|ui| {
            ui.label(RichText::new("Host").color(theme::palette(ui).dim));
            let edit = TextEdit::singleline(&mut self.host)
                .font(theme::mono_font())
                .desired_width(f32::INFINITY)
                .hint_text(&self.own);
            ui.add(edit).accessible_name("Host of the target");
        });
        if let Err(why) = split(&self.line) {
            card::dim(ui, why);
            return;
        }
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        if let Some(preview) = &self.answer {
            preview_ui(ui, preview, context);
        }
    }
}

/// Method and target of a line. The method is GET if the line has none.
fn split(line: &str) -> Result<(&str, &str), &'static str> {
    let is_target = |target: &str| {
        target.starts_with('/') || target == "*" || target.to_ascii_lowercase().starts_with("http://")
    };
    let mut words = line.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Err("Type a method and a target, such as GET /api/health."),
        (Some(target), None, _) if target.starts_with('/') => Ok(("GET", target)),
        (Some(_), None, _) => Err("The target is missing. It must start with a slash."),
        (Some(method), Some(target), None) if is_target(target) => Ok((method, target)),
        (Some(_), Some(_), None) => Err("The target must start with a slash."),
        _ => Err("A target cannot contain spaces; write them as %20."),
    }
}

fn preview_ui(ui: &mut Ui, preview: &Preview, context: &Context<'_>) {
    for step in &*preview.steps.list {
        step_ui(ui, step);
    }
    if preview.steps.list.last().is_some_and(|step| step.answered.is_some()) {
        card::dim(ui, "So no route is tried. A request that passes the middleware would go on like this:");
    }
    for attempt in &preview.attempts {
        attempt_ui(ui, attempt, context.home);
    }
    if let Some(cause) = preview.refusal {
        refusal_ui(ui, cause);
    } else if let Some(forward) = &preview.forward {
        card::dim(ui, "The built-in routes and the folder are not tried: groups of backends come first.");
        forward_ui(ui, forward, context.now);
    } else if preview.attempts.is_empty() {
        card::dim(ui, "OPTIONS * asks about the server as a whole, so no route is tried.");
    }
}

/// Paints what a middleware would say of a request, and the fields that it would change.
fn step_ui(ui: &mut Ui, step: &MiddlewareStep) {
    let palette = theme::palette(ui);
    let (icon, colour) = match step.answered {
        None => (icons::CHECK, palette.ok),
        Some(status) => (icons::X, palette.status_class(status.class())),
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::icon(icon).color(colour));
        ui.label(RichText::new(MiddlewareKind::title_of(&step.name)).color(palette.text));
        if let Some(status) = step.answered {
            ui.label(RichText::new(format!("answers {status}")).color(colour));
        }
        ui.label(RichText::new(step.summary.words()).color(palette.dim));
    });
    for change in &step.changes {
        change_ui(ui, change);
    }
}

/// Paints why a request would be refused.
fn refusal_ui(ui: &mut Ui, cause: impl Into<Cause>) {
    let cause = cause.into();
    let palette = theme::palette(ui);
    let text = format!("{}: {} ({})", cause.status(), cause.sentence(), cause.section());
    ui.add(Label::new(RichText::new(text).color(palette.error)).wrap());
}

/// Paints what a group would make of a request.
fn forward_ui(ui: &mut Ui, forward: &ForwardPreview, now: Nanos) {
    ui.add_space(space::TIGHT);
    card::caption(ui, &format!("Group {}, {}", forward.group, forward.policy.title()));
    for backend in &forward.backends {
        backend_ui(ui, forward, backend, now);
    }
    ui.add_space(space::TIGHT);
    if forward.waits {
        card::dim(
            ui,
            "Every backend has as many open requests as it may have, so the request would wait for the first that has room.",
        );
    }
    match &forward.head {
        Ok(head) => {
            card::caption(ui, "What the backend would be sent");
            head_ui(ui, head);
        }
        Err(refusal) => refusal_ui(ui, *refusal),
    }
}

fn backend_ui(ui: &mut Ui, forward: &ForwardPreview, backend: &BackendPreview, now: Nanos) {
    let palette = theme::palette(ui);
    let takes = backend.verdict.takes();
    let (icon, colour) = if takes { (icons::CHECK, palette.ok) } else { (icons::X, palette.dim) };
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::icon(icon).color(colour));
        let name = RichText::new(&backend.settings.name).font(theme::strong_font()).color(palette.text);
        ui.label(name);
        let address = RichText::new(backend.settings.address.to_string());
        ui.label(address.font(theme::mono_font()).color(palette.dim));
        let weights = forward.backends.iter().map(|backend| backend.settings.weight);
        let weight = weight_told(backend.settings.weight, weights);
        let reason = backend.verdict.words(forward.policy, weight, now);
        ui.label(RichText::new(reason).color(if takes { palette.text } else { palette.dim }));
        if backend.leads_back {
            ui.label(RichText::new("This address leads back to this server.").color(palette.error));
        }
    });
}

/// Paints a head, line by line.
fn head_ui(ui: &mut Ui, head: &[u8]) {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(space::BUTTON_RADIUS)
        .inner_margin(theme::margin(space::GAP, space::GAP));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in String::from_utf8_lossy(head).lines().filter(|line| !line.is_empty()) {
            let text = RichText::new(line).font(theme::mono_font()).color(palette.text);
            ui.add(Label::new(text).wrap());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_method_and_a_target() {
        assert_eq!(split("POST /api/echo"), Ok(("POST", "/api/echo")));
        assert_eq!(split("  /x?y=1 "), Ok(("GET", "/x?y=1")));
        assert_eq!(split("OPTIONS *"), Ok(("OPTIONS", "*")));
        assert_eq!(split("GET http://a/b"), Ok(("GET", "http://a/b")));
        assert!(split("").is_err());
        assert!(split("GET").is_err());
        assert!(split("GET x").is_err());
        assert!(split("GET /a b").is_err());
    }

    #[test]
    fn the_same_request_is_asked_for_once_until_something_changed() {
        let mut trying = Trying { own: "localhost".to_owned(), ..Trying::default() };
        assert!(trying.question().is_some_and(|trial| trial.host == "localhost"));
        assert_eq!(trying.question(), None);
        trying.forget();
        assert!(trying.question().is_some());
        trying.line.push('x');
        assert!(trying.question().is_some_and(|trial| trial.target == "/api/usersx"));
        trying.host = "a.example".to_owned();
        assert!(trying.question().is_some_and(|trial| trial.host == "a.example"));
    }
}
