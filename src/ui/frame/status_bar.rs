//! The bar at the bottom: totals of the capture, omissions, running tasks.

use egui::{Align, Color32, Frame, Label, Layout, Panel, RichText, Ui};

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
    theme::{self, Palette, space},
    view::View,
};

/// A piece of the bar.
struct Piece {
    words: String,
    colour: Color32,
    /// More about it, on hover. Empty: nothing.
    more: String,
    /// How soon it is left out where there is no room for all. 0: never.
    rank: u8,
}

impl Piece {
    fn new(colour: Color32, words: impl Into<String>, rank: u8) -> Self {
        Self { words: words.into(), colour, more: String::new(), rank }
    }

    fn about(self, more: impl Into<String>) -> Self {
        Self { more: more.into(), ..self }
    }
}

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
                let (mut left, mut right) = (left(palette, view), right(palette, view));
                let left_out = fit(ui, &mut left, &mut right);
                for piece in &left {
                    small(ui, piece);
                }
                if !left_out.is_empty() {
                    small(ui, &Piece::new(palette.dim, "…", 0).about(left_out.join("\n")));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    for piece in &right {
                        small(ui, piece);
                    }
                });
            });
        });
}

/// Leaves pieces out until the rest fits, the least important first. Returns the words of those.
fn fit(ui: &Ui, left: &mut Vec<Piece>, right: &mut Vec<Piece>) -> Vec<String> {
    let gap = ui.spacing().item_spacing.x;
    let width = |words: &str| {
        let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::small_font(), Color32::PLACEHOLDER);
        galley.size().x + gap
    };
    let room = ui.available_width();
    let mut taken: f32 = left.iter().chain(&*right).map(|piece| width(&piece.words)).sum();
    let mut left_out = Vec::new();
    while taken > room {
        let most = left.iter().chain(&*right).map(|piece| piece.rank).max().unwrap_or(0);
        if most == 0 {
            break;
        }
        let side = if left.iter().any(|piece| piece.rank == most) { &mut *left } else { &mut *right };
        let Some(index) = side.iter().rposition(|piece| piece.rank == most) else { break };
        let piece = side.remove(index);
        if left_out.is_empty() {
            taken += width("…");
        }
        taken -= width(&piece.words);
        left_out.push(piece.words);
    }
    left_out
}

/// The pieces on the left: what the capture has, and what it has not.
fn left(palette: &Palette, view: &View) -> Vec<Piece> {
    let kept = words::part_of(view.counts.captured_bytes, view.counts.budget_bytes);
    let mut pieces = Vec::new();
    if view.paused {
        let more = "The list stands still, and capturing goes on. Space resumes the view.";
        pieces.push(Piece::new(palette.warn, "view paused", 0).about(more));
    }
    pieces.push(Piece::new(palette.dim, exchanges(&view.counts), 1).about(totals(&view.counts)));
    pieces.push(Piece::new(palette.dim, connections(&view.counts), 4));
    pieces.push(
        Piece::new(palette.dim, format!("captured {kept}"), 6)
            .about("What the capture holds. When it is full, the oldest exchanges leave first."),
    );
    if let Some((warns, words, more)) = disk(view) {
        let (colour, rank) = if warns { (palette.warn, 0) } else { (palette.dim, 7) };
        pieces.push(Piece::new(colour, words, rank).about(more));
    }
    let elsewhere = not_in_memory(&view.counts, view.reads_back);
    let is_lost = elsewhere.as_ref().is_some_and(|(warns, ..)| *warns);
    if let Some((warns, words, more)) = elsewhere {
        let (colour, rank) = if warns { (palette.warn, 2) } else { (palette.dim, 6) };
        pieces.push(Piece::new(colour, words, rank).about(more));
    }
    match left_out(&view.counts) {
        None if is_lost => {}
        None => pieces.push(
            Piece::new(palette.ok, "nothing dropped", 5)
                .about("Every byte and event since the start is in the capture."),
        ),
        Some((short, long)) => pieces.push(Piece::new(palette.warn, short, 2).about(long)),
    }
    pieces
}

/// The pieces on the right, from the right: what the server does.
fn right(palette: &Palette, view: &View) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(palette.dim, format!("{:.0} req/s", view.rate.per_second()), 3)];
    for (group, well, count) in view.live.groups.iter().rev().map(health) {
        let (colour, rank) = if well == count { (palette.dim, 8) } else { (palette.warn, 1) };
        pieces.push(
            Piece::new(colour, format!("{group}: {well} of {count} healthy"), rank)
                .about("How many of the backends that take requests are in rotation."),
        );
    }
    if view.settings.gateway.is_insecure() {
        pieces.push(Piece::new(palette.warn, "certificates not checked", 1).about(words::sentence(INSECURE)));
    }
    if let Some(rules) = trouble(&view.settings.middleware) {
        pieces.push(
            Piece::new(palette.warn, format!("trouble on: {rules}"), 1)
                .about("Messages are delayed, cut or refused on purpose. The rules are on the Server page."),
        );
    }
    if view.under_way.applying() {
        pieces.push(
            Piece::new(palette.warn, "applying settings", 1)
                .about("The server is busy. The settings apply as soon as it answers."),
        );
    }
    if let Some(timer) = view.timer(Guard::HeadTimeout) {
        let left = words::left(timer.deadline.saturating_sub(view.now));
        pieces.push(Piece::new(palette.dim, format!("header timer conn {}: {left}", timer.conn), 9));
    }
    if view.settings.middleware.enabled(MiddlewareKind::RateLimit)
        && let Some(bucket) = view.live.buckets.first()
    {
        let text = format!("token bucket {} {}/{}", bucket.peer, bucket.tokens, bucket.capacity);
        pieces.push(Piece::new(palette.dim, text, 10));
    }
    pieces
}

/// `412 exchanges`.
fn exchanges(counts: &Counts) -> String {
    words::plural(counts.exchanges, "exchange")
}

/// `7 connections (2 open)`.
fn connections(counts: &Counts) -> String {
    format!("{} ({} open)", words::plural(counts.connections, "connection"), words::count(counts.open))
}

/// `412 exchanges · 7 connections (2 open)`.
fn totals(counts: &Counts) -> String {
    format!("{} · {}", exchanges(counts), connections(counts))
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
            let more = "What leaves memory can still be looked at from disk. When that is full too, the oldest exchanges leave. The last five sessions are kept for a week; save what you want to keep longer.";
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

/// The bytes that only disk has, or nothing: whether that is a warning, in a few words, and in sentences. `None`: all are
/// in memory.
fn not_in_memory(counts: &Counts, reads_back: bool) -> Option<(bool, String, &'static str)> {
    let bytes = words::size(Some(counts.not_in_memory_bytes).filter(|bytes| *bytes > 0)?);
    Some(if reads_back {
        let more = "Of a message at most 8 MiB stay in memory. The rest is on disk, and is read from there to be saved and exported.";
        (false, format!("{bytes} only on disk"), more)
    } else {
        let more = "Of a message at most 8 MiB stay in memory, and nothing of this capture is read from disk. Lengths and times are kept.";
        (true, format!("{bytes} of long messages left out"), more)
    })
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

fn small(ui: &mut Ui, piece: &Piece) {
    let words = RichText::new(&piece.words).font(theme::small_font()).color(piece.colour);
    let response = ui.add(Label::new(words).truncate());
    if !piece.more.is_empty() {
        response.on_hover_text(&piece.more);
    }
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
    fn what_is_only_on_disk_is_not_lost() {
        let counts = Counts { not_in_memory_bytes: 1 << 30, ..Counts::default() };
        assert_eq!(left_out(&counts), None);
        let said = not_in_memory(&counts, true).map(|(warns, words, _)| (warns, words));
        assert_eq!(said, Some((false, "1.0 GiB only on disk".to_owned())));
        let said = not_in_memory(&counts, false).map(|(warns, words, _)| (warns, words));
        assert_eq!(said, Some((true, "1.0 GiB of long messages left out".to_owned())));
        assert_eq!(not_in_memory(&Counts::default(), true), None);
    }

    #[test]
    fn one_is_singular() {
        let counts = Counts { exchanges: 1, connections: 2, open: 1, ..Counts::default() };
        assert_eq!(totals(&counts), "1 exchange · 2 connections (1 open)");
    }
}
