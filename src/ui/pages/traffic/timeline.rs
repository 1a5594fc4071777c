//! The timeline card: reads, stages and writes.

use egui::{CornerRadius, Frame, Stroke, Ui};

use crate::{
    explain::facts::Band,
    ui::{
        theme::{self, Palette, space, traffic},
        widgets::timeline::{Block, Lane, timeline},
    },
    wire::SpanRole,
};

use super::{
    bands::{Activity, TimeSpan},
    resolved::ResolvedExchange,
    view::{Tab, View},
};

/// Paints the card. A click on a block selects its bytes or opens its tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    let palette = theme::palette(ui);
    let bands = &resolved.bands;
    let lane = |name, color, spans: &[TimeSpan]| {
        let block = |span: &TimeSpan| Block {
            label: span.label.clone(),
            short: span.short,
            name: span.name.clone(),
            color: color_of(palette, span.activity),
            time: span.time.clone(),
            fit: !matches!(span.activity, Activity::Stage(_)),
        };
        Lane { name, color, blocks: spans.iter().map(block).collect() }
    };
    let lanes = [
        lane("IN →", palette.accent, &bands.reads),
        lane("stage", palette.dim, &bands.stages),
        lane("← OUT", palette.span(SpanRole::Method), &bands.writes),
    ];
    let clicked = card(ui, |ui| timeline(ui, &lanes, &ticks(bands.total)));
    let Some((lane, index)) = clicked else { return };
    let Some(span) = [&bands.reads, &bands.stages, &bands.writes][lane].get(index) else { return };
    match (&span.part, span.activity) {
        (Some(part), _) => view.select_bytes(part.clone()),
        (None, Activity::Stage(Band::Route)) => view.tab = Tab::Route,
        (None, Activity::Stage(Band::Middleware)) => view.tab = Tab::Middleware,
        (None, _) => {}
    }
}

/// Paints a card around `add`.
pub(super) fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = theme::palette(ui);
    let frame = Frame::NONE
        .fill(palette.panel)
        .stroke(Stroke::new(space::HAIRLINE, palette.line))
        .corner_radius(CornerRadius::same(space::CARD_RADIUS))
        .inner_margin(traffic::INSET);
    frame.show(ui, add).inner
}

fn color_of(palette: &Palette, activity: Activity) -> egui::Color32 {
    match activity {
        Activity::Read => palette.accent,
        Activity::Write | Activity::Stage(Band::Line) => palette.span(SpanRole::Method),
        Activity::Stage(Band::Fields) => palette.span(SpanRole::Name),
        Activity::Stage(Band::Body) => palette.span(SpanRole::Content),
        Activity::Stage(Band::Route) => palette.ok,
        Activity::Stage(Band::Middleware) => palette.span(SpanRole::Version),
        Activity::Stage(Band::Response) => palette.span(SpanRole::Target),
    }
}

/// The five labels of the axis, of which the first and the last have the unit.
fn ticks(total: u64) -> Vec<String> {
    const PARTS: u64 = 4;
    if total == 0 {
        return vec!["0 ms".to_owned()];
    }
    let (unit, name) = if total >= 10_000_000_000 { (1e9, "s") } else { (1e6, "ms") };
    let whole = total as f64 / unit;
    let digits = if whole >= 100.0 {
        0
    } else if whole >= 10.0 {
        1
    } else if whole >= 1.0 {
        2
    } else {
        3
    };
    let label = |part: u64| {
        let value = whole * part as f64 / PARTS as f64;
        match part {
            0 => format!("0 {name}"),
            PARTS => format!("{value:.digits$} {name}"),
            _ => format!("{value:.digits$}"),
        }
    };
    (0..=PARTS).map(label).collect()
}
