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
    bands::{Activity, LaneKind, TimeSpan},
    resolved::ResolvedExchange,
    view::{Tab, View},
};

/// Paints the card. A click on a block selects its bytes or opens its tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &mut View) {
    let palette = theme::palette(ui);
    let bands = &resolved.bands;
    let both = !resolved.detail().upstream.is_empty();
    let block = |span: &TimeSpan| {
        let (color, ink) = colors_of(palette, span.activity);
        // Several lanes are compared by their times.
        let fit = !both && matches!(span.activity, Activity::Read | Activity::Write);
        let TimeSpan { label, short, name, time, .. } = span.clone();
        Block { label, short, name, color, ink, time, fit }
    };
    let lanes: Vec<Lane> = bands
        .lanes
        .iter()
        .map(|lane| {
            let (name, color) = lane_name(palette, lane.kind, both);
            Lane { name, color, blocks: lane.spans.iter().map(block).collect() }
        })
        .collect();
    let clicked = card(ui, |ui| timeline(ui, &lanes, &ticks(bands.total)));
    let Some((lane, index)) = clicked else { return };
    let Some(span) = bands.lanes.get(lane).and_then(|lane| lane.spans.get(index)) else { return };
    match (&span.part, span.activity) {
        (Some(part), _) => view.select_bytes(part.clone()),
        (None, Activity::Stage(Band::Route)) => view.tab = Tab::Route,
        (None, Activity::Stage(Band::Middleware)) => view.tab = Tab::Middleware,
        (None, Activity::Pick | Activity::Connect | Activity::SendingOn | Activity::Waiting) => {
            view.tab = Tab::Upstream;
        }
        (None, _) => {}
    }
}

/// The name of a lane and its colour. `both`: there are lanes of both legs.
const fn lane_name(palette: &Palette, kind: LaneKind, both: bool) -> (&'static str, egui::Color32) {
    match (kind, both) {
        (LaneKind::Arriving, false) => ("IN →", palette.accent),
        (LaneKind::Arriving, true) => ("client IN →", palette.accent),
        (LaneKind::Stages, _) => ("stage", palette.dim),
        (LaneKind::SentOn, _) => ("upstream →", palette.span(SpanRole::Method)),
        (LaneKind::CameBack, _) => ("← upstream", palette.accent),
        (LaneKind::Leaving, false) => ("← OUT", palette.span(SpanRole::Method)),
        (LaneKind::Leaving, true) => ("← client", palette.span(SpanRole::Method)),
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

/// The fill of a block, and the colour of its label.
const fn colors_of(palette: &Palette, activity: Activity) -> (egui::Color32, egui::Color32) {
    let fill = match activity {
        Activity::Read => palette.accent,
        Activity::Write | Activity::Stage(Band::Line) => palette.span(SpanRole::Method),
        Activity::Stage(Band::Fields) => palette.span(SpanRole::Name),
        Activity::Stage(Band::Body) | Activity::SendingOn => palette.span(SpanRole::Content),
        Activity::Stage(Band::Route) => palette.ok,
        Activity::Stage(Band::Middleware) => palette.span(SpanRole::Version),
        Activity::Stage(Band::Response) => palette.span(SpanRole::Target),
        Activity::Pick => return (palette.primary, palette.on_primary),
        Activity::Connect | Activity::Waiting => return (palette.idle, palette.text),
    };
    (fill, palette.on_band)
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
