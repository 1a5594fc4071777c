//! A backend in the upstreams card: its duty and weight, how it stands, and what it has done.

use egui::{Align, Color32, Label, Layout, RichText, Sense, Ui, Vec2};

use crate::{
    base::stream::Nanos,
    gateway::{BackendSettings, CheckResult, Duty, Standing},
    server::{BackendInfo, GroupInfo},
    ui::{
        context::Context,
        icons,
        theme::{self, Palette, widget},
        widgets::{
            button, card,
            number::{Unit, number},
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::own_addresses;

/// Paints a backend. `group`: its group at work; `None`: the server does not have it yet. Returns whether it stays.
pub(super) fn backend_ui(
    ui: &mut Ui,
    backend: &mut BackendSettings,
    group: Option<&GroupInfo>,
    context: &Context<'_>,
) -> bool {
    let palette = theme::palette(ui);
    let name = backend.name.clone();
    let mut stays = true;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            stays = !button::bare(ui, icons::X, &format!("Remove {name}")).clicked();
            let names = Duty::ALL.map(|duty| format!("{name}: {}", duty.facts().title));
            let choices: [_; Duty::ALL.len()] = std::array::from_fn(|index| Choice {
                label: Duty::ALL[index].facts().title,
                detail: "",
                accessible_name: &names[index],
            });
            if let Some(index) = segmented(ui, backend.duty as usize, &choices) {
                backend.duty = Duty::ALL[index];
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(&name).font(theme::strong_font()).color(palette.text));
                let address = backend.address.to_string();
                let shown = address.strip_prefix("http://").unwrap_or(&address);
                let shown = RichText::new(shown).font(theme::mono_font()).color(palette.dim);
                ui.add(Label::new(shown).truncate()).on_hover_text(address);
            });
        });
    });
    let info = group.and_then(|group| {
        let is_it = |info: &&BackendInfo| {
            info.settings.name == backend.name && info.settings.address == backend.address
        };
        group.backends.iter().find(is_it)
    });
    let (colour, words) = if own_addresses(context).any(|own| backend.address.leads_to(own)) {
        (palette.error, "This address leads back to this server.".to_owned())
    } else {
        status(palette, backend.duty, info, context.now)
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                number(ui, &mut backend.weight, 1..=100, Unit::Named(""), &format!("Weight of {name}"))
                    .on_hover_text("Its share of the requests beside those of the others.");
                ui.label(RichText::new("weight").color(palette.dim));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(widget::DOT), Sense::hover());
                    ui.painter().circle_filled(rect.center(), widget::DOT / 2.0, colour);
                    ui.add(Label::new(RichText::new(words).color(colour)).wrap());
                });
            });
        });
        if let Some(info) = info {
            card::faint(ui, &counts(info));
            if let Some(result) = info.check.and_then(|check| check.last) {
                card::faint(ui, &last_check(&result, context.now));
            }
        }
    });
    stays
}

/// `212 requests · 1 open · 2 idle connections`.
fn counts(info: &BackendInfo) -> String {
    format!(
        "{} · {} open · {}",
        words::plural(info.requests, "request"),
        words::count(info.open.into()),
        words::plural(info.kept as u64, "idle connection")
    )
}

/// `last check 2.0 s ago: 503 in 3.0 ms, failed`.
fn last_check(result: &CheckResult, now: Nanos) -> String {
    let ago = words::left(now.saturating_sub(result.at));
    match result.outcome {
        Ok(status) => {
            let verdict = if result.is_passed { "passed" } else { "failed" };
            format!("last check {ago} ago: {status} in {}, {verdict}", words::duration(result.took_ns))
        }
        Err(failure) => format!("last check {ago} ago: it {}", failure.words()),
    }
}

/// How a backend stands, as a colour and in words. `info`: the backend at work; `None`: the server does not have it
/// yet.
fn status(palette: &Palette, duty: Duty, info: Option<&BackendInfo>, now: Nanos) -> (Color32, String) {
    let Some(info) = info else { return (palette.dim, "being added".to_owned()) };
    let left = words::plural(info.open.into(), "request");
    let in_time = |until: Nanos| words::left(until.saturating_sub(now));
    if let (Duty::On, Some(check), Standing::Out { failure, .. }) = (duty, info.check, info.standing) {
        let next = match check.due > now {
            _ if check.is_running => "a check is trying it".to_owned(),
            true => format!("next check in {}", in_time(check.due)),
            false => "a check is due".to_owned(),
        };
        return (palette.error, format!("out: {}; {next}", failure.words()));
    }
    match (duty, info.standing) {
        (Duty::Off, _) if info.open > 0 => (palette.dim, format!("off, {left} left")),
        (Duty::Off, _) => (palette.dim, "off".to_owned()),
        (Duty::Draining, _) => (palette.warn, format!("draining, {left} left")),
        (Duty::On, Standing::Healthy) => (palette.ok, "healthy".to_owned()),
        (Duty::On, Standing::Starting { share, until }) => {
            let words = format!("healthy again: {share}% of its share, all of it in {}", in_time(until));
            (palette.warn, words)
        }
        (Duty::On, Standing::Out { failure, until }) if until > now => {
            (palette.error, format!("out: {}, next try in {}", failure.words(), in_time(until)))
        }
        (Duty::On, Standing::Out { failure, .. }) => {
            (palette.error, format!("out: {}; the next request tries it", failure.words()))
        }
        (Duty::On, Standing::Tried { failure }) => {
            (palette.error, format!("out: {}; a request is trying it", failure.words()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;
    use crate::{
        gateway::{Failure, GroupSettings},
        server::CheckInfo,
    };

    #[test]
    fn the_last_check_is_said() {
        let now = Nanos::new(3_000_000_000);
        let at = Nanos::new(1_000_000_000);
        for (outcome, is_passed, words) in [
            (Ok(200), true, "last check 2.0 s ago: 200 in 1.0 s, passed"),
            (Ok(503), false, "last check 2.0 s ago: 503 in 1.0 s, failed"),
            (Err(Failure::Refused), false, "last check 2.0 s ago: it refused the connection"),
        ] {
            let result = CheckResult { at, took_ns: 1_000_000_000, outcome, is_passed };
            assert_eq!(last_check(&result, now), words);
        }
    }

    #[test]
    fn each_standing_is_said() {
        let group = GroupSettings::new("app", "/", ["http://127.0.0.1:3000".parse().unwrap()]);
        let mut info = BackendInfo {
            settings: group.backends[0].clone(),
            open: 1,
            requests: 1_212,
            standing: Standing::Healthy,
            check: None,
            kept: 2,
        };
        assert_eq!(counts(&info), "1,212 requests · 1 open · 2 idle connections");
        let now = Nanos::new(1_000_000_000);
        let until = Nanos::new(5_000_000_000);
        let failure = Failure::Refused;
        for (duty, standing, words) in [
            (Duty::On, Standing::Healthy, "healthy"),
            (Duty::On, Standing::Out { failure, until }, "out: refused the connection, next try in 4.0 s"),
            (
                Duty::On,
                Standing::Out { failure, until: now },
                "out: refused the connection; the next request tries it",
            ),
            (Duty::On, Standing::Tried { failure }, "out: refused the connection; a request is trying it"),
            (
                Duty::On,
                Standing::Starting { share: 40, until },
                "healthy again: 40% of its share, all of it in 4.0 s",
            ),
            (Duty::Draining, Standing::Healthy, "draining, 1 request left"),
            (Duty::Off, Standing::Out { failure, until }, "off, 1 request left"),
        ] {
            info.standing = standing;
            assert_eq!(status(&theme::DARK, duty, Some(&info), now).1, words);
        }
        info.standing = Standing::Out { failure, until };
        for (due, is_running, words) in [
            (until, false, "out: refused the connection; next check in 4.0 s"),
            (until, true, "out: refused the connection; a check is trying it"),
        ] {
            info.check = Some(CheckInfo { due, is_running, last: None });
            assert_eq!(status(&theme::DARK, Duty::On, Some(&info), now).1, words);
        }
        info.open = 0;
        assert_eq!(status(&theme::DARK, Duty::Off, Some(&info), now).1, "off");
    }
}
