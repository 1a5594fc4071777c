//! The buttons that move the place in a message.

use egui::{Button, Label, RichText, Ui, containers::menu::MenuButton};

use crate::{
    explain::replay::Stop,
    ui::{
        icons, theme,
        widgets::{
            button::{self, ButtonStyle},
            pill,
            segmented::{Choice, segmented},
        },
    },
    words,
};

use super::model::{ReplayView, SPEEDS, UNTIL, Way};

/// What a button does.
#[derive(Clone, Copy)]
enum Act {
    End(Way),
    Step(Stop, Way),
}

/// The buttons before and after the one that plays: icon, label and name, and what each does.
const BUTTONS: [[(&str, &str, &str, Act); 4]; 2] = [
    [
        (icons::SKIP_BACK, "", "Beginning", Act::End(Way::Previous)),
        (icons::CARET_LEFT, "read", "Previous read", Act::Step(Stop::Read, Way::Previous)),
        (icons::CARET_LEFT, "token", "Previous token", Act::Step(Stop::Token, Way::Previous)),
        (icons::CARET_LEFT, "byte", "Previous byte", Act::Step(Stop::Byte, Way::Previous)),
    ],
    [
        (icons::CARET_RIGHT, "byte", "Next byte", Act::Step(Stop::Byte, Way::Next)),
        (icons::CARET_RIGHT, "token", "Next token", Act::Step(Stop::Token, Way::Next)),
        (icons::CARET_RIGHT, "read", "Next read", Act::Step(Stop::Read, Way::Next)),
        (icons::SKIP_FORWARD, "", "End", Act::End(Way::Next)),
    ],
];

/// Paints the buttons, the speed, and where the place is.
pub(super) fn show(ui: &mut Ui, view: &mut ReplayView, is_live: bool) {
    ui.horizontal_wrapped(|ui| {
        let [before, after] = BUTTONS;
        buttons_ui(ui, view, before);
        let (icon, name) = if view.is_playing() { (icons::PAUSE, "Stop") } else { (icons::PLAY, "Play") };
        let play = button::primary(ui, icon, name, ButtonStyle::Full);
        if play.on_hover_text(format!("{name} (P)")).clicked() {
            view.toggle_playing();
        }
        buttons_ui(ui, view, after);
        speed_ui(ui, view);
        place_ui(ui, view, is_live);
    });
}

/// Paints buttons and does what is asked for. The icon stands on the side to which a button leads.
fn buttons_ui(ui: &mut Ui, view: &mut ReplayView, buttons: [(&str, &str, &str, Act); 4]) {
    for (icon, label, name, act) in buttons {
        let shown = match act {
            Act::End(_) => Button::new(theme::icon(icon)),
            Act::Step(_, Way::Next) => Button::new((label, theme::icon(icon))),
            Act::Step(..) => Button::new((theme::icon(icon), label)),
        };
        if ui.add(shown).on_hover_text(name).accessible_name(name).clicked() {
            match act {
                Act::End(way) => view.go_to_end(way),
                Act::Step(stop, way) => view.step(stop, way),
            }
        }
    }
}

/// Paints the choice of a stop, and the buttons that run to it.
pub(super) fn run_ui(ui: &mut Ui, view: &mut ReplayView) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Run until").color(palette.dim));
        let choices = UNTIL.map(|stop| {
            let label = if stop == Stop::Split { "split token" } else { stop.facts().title };
            Choice { label, detail: "", accessible_name: stop.facts().title }
        });
        if let Some(chosen) = segmented(ui, view.until, &choices) {
            (view.until, view.found_nothing) = (chosen, None);
        }
        for (icon, name, way) in [
            (icons::CARET_LEFT, "Run back (Shift+N)", Way::Previous),
            (icons::CARET_RIGHT, "Run on (N)", Way::Next),
        ] {
            if button::button(ui, icon, name, ButtonStyle::IconOnly).clicked() {
                view.run(way);
            }
        }
        if let Some(way) = view.found_nothing {
            let direction = if way == Way::Next { "after" } else { "before" };
            let words = format!("no {} {direction} this place", UNTIL[view.until].facts().title);
            ui.label(RichText::new(words).color(palette.dim));
        }
    });
}

/// Paints the menu of the speeds, and of whose frames are replayed.
fn speed_ui(ui: &mut Ui, view: &mut ReplayView) {
    let button = Button::new((SPEEDS[view.speed].0, theme::icon(icons::CARET_DOWN)));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        for (index, (name, _)) in SPEEDS.iter().enumerate() {
            if ui.radio(index == view.speed, *name).clicked() {
                view.speed = index;
                ui.close();
            }
        }
    });
    let _ = response.accessible_name("Speed");
    if view.replay().is_some_and(|replay| replay.side().is_frames()) {
        let choices = ["Client", "Server"].map(|label| Choice { label, detail: "", accessible_name: label });
        if let Some(chosen) = segmented(ui, usize::from(view.server_frames), &choices) {
            view.server_frames = chosen == 1;
        }
    }
}

/// Paints where the place is and, while bytes arrive, how far it is behind them.
fn place_ui(ui: &mut Ui, view: &mut ReplayView, is_live: bool) {
    let palette = theme::palette(ui);
    let behind = view.behind();
    let Some((replay, shown)) = view.shown() else { return };
    let (at, all) = (replay.place(shown.moment.at), replay.place(replay.range().end));
    let words = format!(
        "after byte {} of {} · {}",
        words::count(at),
        words::count(all),
        words::duration(shown.moment.since)
    );
    ui.add(Label::new(RichText::new(words).color(palette.text)).extend());
    if !is_live {
        return;
    }
    if behind > 0 {
        let words = format!("{} behind", words::plural(behind, "byte"));
        pill::pill(ui, &words, palette.warn);
        if ui.button("Catch up").clicked() {
            view.catch_up();
        }
    } else if view.follows {
        pill::pill(ui, "following", palette.ok);
    } else if ui.button("Follow").clicked() {
        view.catch_up();
    }
}
