//! The bar at the bottom: totals of the capture, omissions, running tasks.

use egui::{Align, Color32, Frame, Layout, Panel, Response, RichText, Ui};

use crate::{
    capture::Disk,
    gateway::{Duty, Standing, tls::INSECURE},
    server::GroupInfo,
    service::{MiddlewareKind, MiddlewareSettings},
    store::Counts,
    trace::Guard,
    words,
};

use crate::ui::{
    theme::{self, space},
    view::View,
};

/// Shows the status bar.
pub(crate) fn status_bar_ui(ui: &mut Ui, view: &View) {
    let palette = theme::palette(ui);
    Panel::bottom("status-bar")
        .exact_size(space::STATUS_BAR)
        .resizable(false)
        .frame(Frame::new().fill(palette.panel).inner_margin(theme::margin(space::WIDE, 0.0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = space::WIDE;
                small(ui, palette.dim, &totals(&view.counts));
                let kept = words::part_of(view.counts.captured_bytes, view.counts.budget_bytes);
                small(ui, palette.dim, &format!("captured {kept}")).on_hover_text(
                    "What the capture holds. When it is full, the oldest exchanges leave first.",
                );
                if let Some((warns, words, more)) = disk(view) {
                    let colour = if warns { palette.warn } else { palette.dim };
                    small(ui, colour, &words).on_hover_text(more);
                }
                match left_out(&view.counts) {
                    None => small(ui, palette.ok, "nothing dropped")
                        .on_hover_text("Every byte and event since the start is in the capture."),
                    Some((short, long)) => small(ui, palette.warn, &short).on_hover_text(long),
                };
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    small(ui, palette.dim, &format!("{:.0} req/s", view.rate.per_second()));
                    for (group, well, count) in view.live.groups.iter().rev().map(health) {
                        let colour = if well == count { palette.dim } else { palette.warn };
                        small(ui, colour, &format!("{group}: {well} of {count} healthy"))
                            .on_hover_text("How many of the backends that take requests are in rotation.");
                    }
                    if view.settings.gateway.is_insecure() {
                        small(ui, palette.warn, "certificates not checked")
                            .on_hover_text(words::sentence(INSECURE));
                    }
                    if let Some(rules) = trouble(&view.settings.middleware) {
                        small(ui, palette.warn, &format!("trouble on: {rules}")).on_hover_text(
                            "Messages are delayed, cut or refused on purpose. The rules are on the Server page.",
                        );
                    }
                    if view.under_way.applying() {
                        small(ui, palette.warn, "applying settings")
                            .on_hover_text("The server is busy. The settings apply as soon as it answers.");
                    }
                    if let Some(timer) = view.timer(Guard::HeadTimeout) {
                        let left = words::left(timer.deadline.saturating_sub(view.now));
                        small(ui, palette.dim, &format!("header timer conn {}: {left}", timer.conn));
                    }
                    if view.settings.middleware.enabled(MiddlewareKind::RateLimit)
                        && let Some(bucket) = view.live.buckets.first()
                    {
                        let text =
                            format!("token bucket {} {}/{}", bucket.peer, bucket.tokens, bucket.capacity);
                        small(ui, palette.dim, &text);
                    }
                });
            });
        });
}

/// `412 exchanges · 7 connections (2 open)`.
fn totals(counts: &Counts) -> String {
    format!(
        "{} · {} ({} open)",
        words::plural(counts.exchanges, "exchange"),
        words::plural(counts.connections, "connection"),
        words::count(counts.open)
    )
}

/// Number of rules of Trouble that act, in words. `None`: none.
fn trouble(settings: &MiddlewareSettings) -> Option<String> {
    let acting = settings.trouble.acting();
    let is_on = settings.enabled(MiddlewareKind::Trouble) && acting > 0;
    is_on.then(|| words::plural(acting as u64, "rule"))
}

/// The name of a group, how many of its backends that take requests are in rotation, and how many take requests.
fn health(group: &GroupInfo) -> (&str, usize, usize) {
    let on = || group.backends.iter().filter(|backend| backend.settings.duty == Duty::On);
    let is_in = |standing| matches!(standing, Standing::Healthy | Standing::Starting { .. });
    (&group.name, on().filter(|backend| is_in(backend.standing)).count(), on().count())
}

/// The state of the recording to disk: whether it is a warning, in a few words, and in sentences. `None`: no
/// recording to disk.
fn disk(view: &View) -> Option<(bool, String, String)> {
    match &view.disk {
        Disk::Off => None,
        Disk::Recording { bytes, budget_bytes } => {
            let used = words::part_of(*bytes, *budget_bytes);
            let more = "What leaves memory can still be looked at from disk. When that is full too, the oldest exchanges leave. The file is removed when byteglass ends; save what you want to keep.";
            Some((false, format!("disk {used}"), more.to_owned()))
        }
        Disk::Stopped(why) => {
            let more =
                format!("Writing failed: {why}. The server goes on, and so does the capture in memory.");
            Some((true, "not recorded to disk".to_owned(), more))
        }
        Disk::File => Some((false, "read-only".to_owned(), "Opened from a file (read-only)".to_owned())),
    }
}

/// The omissions of the capture, in a few words and in sentences. `None`: the capture is complete.
fn left_out(counts: &Counts) -> Option<(String, String)> {
    let mut short = Vec::new();
    let mut long = Vec::new();
    if counts.evicted > 0 {
        short.push(format!("{} removed", words::plural(counts.evicted, "exchange")));
        long.push("The capture reached its size limit, so the oldest exchanges were removed.");
    }
    if counts.omitted_bytes > 0 {
        short.push(format!("{} of bodies left out", words::size(counts.omitted_bytes)));
        long.push("Traffic came faster than it could be recorded, so bytes of bodies were left out. Their lengths and times are kept.");
    }
    if counts.omitted_events > 0 {
        short.push(format!("{} left out", words::plural(counts.omitted_events, "event")));
        long.push("Traffic came faster than it could be recorded, so whole events were left out.");
    }
    (!short.is_empty()).then(|| (short.join(", "), long.join("\n")))
}

fn small(ui: &mut Ui, colour: Color32, text: &str) -> Response {
    ui.label(RichText::new(text).font(theme::small_font()).color(colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_loss_is_said() {
        assert_eq!(left_out(&Counts::default()), None);
        let counts =
            Counts { evicted: 1, omitted_bytes: 2_500_000, omitted_events: 3_000, ..Counts::default() };
        let (short, long) = left_out(&counts).unwrap_or_default();
        assert_eq!(short, "1 exchange removed, 2.4 MiB of bodies left out, 3,000 events left out");
        assert_eq!(long.lines().count(), 3);
    }

    #[test]
    fn one_is_singular() {
        let counts = Counts { exchanges: 1, connections: 2, open: 1, ..Counts::default() };
        assert_eq!(totals(&counts), "1 exchange · 2 connections (1 open)");
    }
}
