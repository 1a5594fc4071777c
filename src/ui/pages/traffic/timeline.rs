//! The timeline card: reads, stages and writes.

use egui::{CornerRadius, Frame, Stroke, Ui};

use crate::{
    explain::facts::Band,
    ui::{
        theme::{self, Palette, space, traffic},
        widgets::timeline::{Block, Lane, timeline},
    },
    wire::SpanRole,
    words,
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
        let TimeSpan { label, short, name, .. } = span.clone();
        Block { label, short, name, color, ink, time: bands.fractions(&span.time) }
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
        (None, Activity::Stage(Band::Route | Band::Handler)) => view.tab = Tab::Route,
        (None, Activity::Stage(Band::Middleware(_))) => view.tab = Tab::Middleware,
        (None, Activity::Stage(Band::Guard(_))) => view.tab = Tab::Notes,
        (None, Activity::Waiting) if !both => {}
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
        Activity::Stage(Band::Guards) => palette.span(SpanRole::Trailer),
        Activity::Stage(Band::Guard(_)) => palette.error,
        Activity::Stage(Band::Handler) => palette.span(SpanRole::Value),
        Activity::Stage(Band::Middleware(_)) => palette.span(SpanRole::Version),
        Activity::Stage(Band::Response) => palette.span(SpanRole::Target),
        Activity::Pick => return (palette.primary, palette.on_primary),
        Activity::Connect | Activity::Waiting | Activity::Stage(Band::Turn) => {
            return (palette.idle, palette.text);
        }
    };
    (fill, palette.on_band)
}

/// The five labels of the axis, of which the first and the last have the unit.
fn ticks(total: u64) -> Vec<String> {
    const PARTS: u64 = 4;
    if total == 0 {
        return vec!["0 ms".to_owned()];
    }
    let (unit, name) =
        if total >= 10 * words::SECOND { (words::SECOND, "s") } else { (words::MILLISECOND, "ms") };
    let digits = match total / unit {
        100.. => 0,
        10.. => 1,
        1.. => 2,
        0 => 3,
    };
    let label = |part: u64| {
        let value = words::decimal(total / PARTS * part + total % PARTS * part / PARTS, unit, digits);
        match part {
            0 => format!("0 {name}"),
            PARTS => format!("{value} {name}"),
            _ => value,
        }
    };
    (0..=PARTS).map(label).collect()
}
