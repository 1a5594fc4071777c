//! The guards card: each limit for editing, and how near the server is to it.

use std::ops::RangeInclusive;

use eframe::egui::{Align, Layout, RichText, Ui, emath::Numeric};

use crate::{
    server::MiddlewareKind,
    trace::{GuardKind, Nanos},
    ui::{
        command::Command,
        context::Context,
        format,
        theme::{self, space},
        widgets::{
            bar::bar,
            card,
            number::{Unit, number},
        },
    },
    words::text,
};

const TIMEOUT_MS: RangeInclusive<u32> = 100..=3_600_000;
const HEAD_BYTES: RangeInclusive<u32> = 256..=1_048_576;
const TARGET_BYTES: RangeInclusive<u32> = 64..=1_048_576;
const BODY_BYTES: RangeInclusive<u64> = 0..=1_000_000_000;
const CONNECTIONS: RangeInclusive<u32> = 1..=100_000;

/// Shows the card's content.
pub fn guards_ui(ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
    let mut changed = context.settings.guards;
    let live = context.live;
    for (kind, name, idle, limit) in [
        (GuardKind::HeadTimeout, "Header timeout", "no head pending", &mut changed.head_timeout_ms),
        (GuardKind::BodyTimeout, "Body timeout", "no body pending", &mut changed.body_timeout_ms),
        (GuardKind::IdleTimeout, "Idle timeout", "no idle connection", &mut changed.idle_timeout_ms),
        (GuardKind::WriteTimeout, "Write timeout", "no client is behind", &mut changed.write_timeout_ms),
    ] {
        let (share, words) = timer(context, kind, u64::from(*limit), idle);
        guard_ui(ui, name, share, &words, |ui| number_ui(ui, limit, TIMEOUT_MS, Unit::Millis, name));
    }
    let (share, words) = largest(live.largest_head, u64::from(changed.head_bytes));
    let name = "Largest header block";
    guard_ui(ui, name, share, &words, |ui| {
        number_ui(ui, &mut changed.head_bytes, HEAD_BYTES, Unit::Bytes, name);
    });
    let (share, words) = largest(live.largest_target, u64::from(changed.target_bytes));
    let name = "Longest target";
    guard_ui(ui, name, share, &words, |ui| {
        number_ui(ui, &mut changed.target_bytes, TARGET_BYTES, Unit::Bytes, name);
    });
    let (share, words) = largest(live.largest_body, changed.body_bytes);
    let name = "Largest body";
    guard_ui(ui, name, share, &words, |ui| {
        number_ui(ui, &mut changed.body_bytes, BODY_BYTES, Unit::Bytes, name);
    });
    let share = ratio(u64::from(live.connections), u64::from(changed.connections));
    let name = "Connections";
    guard_ui(ui, name, share, &format!("{} open", text::count(live.connections.into())), |ui| {
        number_ui(ui, &mut changed.connections, CONNECTIONS, Unit::Of(""), name);
    });
    if context.settings.middleware.enabled(MiddlewareKind::RateLimit) {
        buckets_ui(ui, context);
    }
    (changed != context.settings.guards).then_some(Command::SetGuards(changed))
}

fn buckets_ui(ui: &mut Ui, context: &Context<'_>) {
    let palette = theme::palette(ui);
    let per_second = context.settings.middleware.rate_limit.per_second;
    for bucket in &context.live.buckets {
        let words = format!("{} left, +{} per second", bucket.tokens, text::count(per_second.into()));
        let share = ratio(u64::from(bucket.tokens), u64::from(bucket.capacity));
        guard_ui(ui, &format!("Token bucket {}", bucket.peer), share, &words, |ui| {
            let tokens = text::plural(bucket.capacity.into(), "token");
            ui.label(RichText::new(tokens).font(theme::mono_font()).color(palette.text));
        });
    }
    if context.live.buckets.is_empty() {
        guard_ui(ui, "Token buckets", 0.0, "no address has sent a request", |_| {});
    }
}

/// A limit's title and value, a bar, and a caption.
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

fn number_ui<N: Numeric>(ui: &mut Ui, value: &mut N, range: RangeInclusive<N>, unit: Unit, name: &str) {
    number(ui, value, range, unit, name);
}

/// How much of the nearest timer of this kind is left, and in words.
fn timer(context: &Context<'_>, kind: GuardKind, limit_ms: u64, idle: &str) -> (f32, String) {
    let Some(timer) = context.live.timers.iter().find(|timer| timer.kind == kind) else {
        return (0.0, idle.to_owned());
    };
    let left: Nanos = timer.deadline.saturating_sub(context.now);
    let others = match timer.running.saturating_sub(1) {
        0 => String::new(),
        others => format!(", {} more running", text::count(others.into())),
    };
    let words = format!("{} left on conn {}{others}", format::left(left), timer.conn);
    (ratio(left, limit_ms.saturating_mul(1_000_000)), words)
}

fn largest(seen: u64, limit: u64) -> (f32, String) {
    match seen {
        0 => (0.0, "none seen yet".to_owned()),
        seen => (ratio(seen, limit), format!("largest seen {}", text::size(seen))),
    }
}

#[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
fn ratio(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}
