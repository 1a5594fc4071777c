//! The guards card: an editor for each limit, and how close the server is to it.

use egui::{Align, Layout, RichText, Ui};

use crate::{
    service::MiddlewareKind,
    trace::{Guard, GuardUnit},
    ui::{
        command::Command,
        context::Context,
        theme::{self, space},
        widgets::{
            bar::bar,
            card,
            number::{Unit, number},
        },
    },
    words,
};

/// Paints the contents. Returns the user's command.
pub(super) fn guards_ui(ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
    let mut changed = context.settings.guards;
    for guard in Guard::ALL {
        let facts = guard.facts();
        let mut value = changed[guard];
        let (share, words) = level(context, guard, value);
        let unit = match facts.unit {
            GuardUnit::Millis => Unit::Millis,
            GuardUnit::Bytes => Unit::Bytes,
            GuardUnit::Connections => Unit::Named(""),
        };
        guard_ui(ui, facts.title, share, &words, |ui| {
            number(ui, &mut value, facts.min..=facts.max, unit, facts.title).on_hover_text(facts.about);
        });
        changed.set(guard, value);
    }
    if context.settings.middleware.enabled(MiddlewareKind::RateLimit) {
        buckets_ui(ui, context);
    }
    (changed != context.settings.guards).then_some(Command::SetGuards(changed))
}

/// The distance of the server from a limit: as a fraction of the limit, and in words.
fn level(context: &Context<'_>, guard: Guard, limit: u64) -> (f32, String) {
    let live = context.live;
    match guard.facts().unit {
        GuardUnit::Millis => timer(context, guard, limit),
        GuardUnit::Bytes => {
            let seen = live.largest(guard);
            let words = match seen {
                0 => guard.facts().at_rest.to_owned(),
                seen => format!("largest accepted since the start {}", words::size(seen)),
            };
            (ratio(seen, limit), words)
        }
        GuardUnit::Connections => {
            let open = u64::from(live.connections);
            (ratio(open, limit), format!("{} open", words::count(open)))
        }
    }
}

fn buckets_ui(ui: &mut Ui, context: &Context<'_>) {
    let palette = theme::palette(ui);
    let per_second = context.settings.middleware.rate_limit.per_second;
    for bucket in &context.live.buckets {
        let words = format!("{} left, +{} per second", bucket.tokens, words::count(per_second.into()));
        let share = ratio(u64::from(bucket.tokens), u64::from(bucket.capacity));
        guard_ui(ui, &format!("Token bucket {}", bucket.peer), share, &words, |ui| {
            let tokens = words::plural(bucket.capacity.into(), "token");
            ui.label(RichText::new(tokens).font(theme::mono_font()).color(palette.text));
        });
    }
    if context.live.buckets.is_empty() {
        guard_ui(ui, "Token buckets", 0.0, "no requests yet", |_| {});
    }
}

/// Paints a limit: its title and value, a bar, and a caption.
fn guard_ui(ui: &mut Ui, title: &str, share: f32, words: &str, value: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).color(palette.text));
            ui.with_layout(Layout::right_to_left(Align::Center), value);
        });
        bar(ui, share);
        card::faint(ui, words);
    });
}

/// The remaining time of the next timer of this kind: as a fraction of `limit_ms`, and in words.
fn timer(context: &Context<'_>, guard: Guard, limit_ms: u64) -> (f32, String) {
    let Some(timer) = context.live.timers.iter().find(|timer| timer.kind == guard) else {
        return (0.0, guard.facts().at_rest.to_owned());
    };
    let left = timer.deadline.saturating_sub(context.now);
    let others = match timer.running.saturating_sub(1) {
        0 => String::new(),
        others => format!(", {} more running", words::count(others.into())),
    };
    let words = format!("{} left on conn {}{others}", words::left(left), timer.conn);
    (ratio(left, limit_ms.saturating_mul(1_000_000)), words)
}

#[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
fn ratio(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}
