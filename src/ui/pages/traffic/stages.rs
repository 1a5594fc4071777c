//! The stage list: the stages of the exchange, in order.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    trace::Severity,
    ui::{
        icons,
        theme::{self, Palette, space, traffic},
        widgets::text,
    },
    words,
};

use super::resolved::ResolvedExchange;

/// Number of rows before the first stage: a gap and the heading.
const HEAD_ROWS: usize = 2;

/// Number of rows of the list, including the heading.
#[must_use]
pub(super) fn rows(resolved: &ResolvedExchange) -> usize {
    HEAD_ROWS + resolved.stages.len()
}

/// Paints one row.
pub(super) fn row(ui: &mut Ui, resolved: &ResolvedExchange, row: usize, rect: Rect) {
    let palette = theme::palette(ui);
    let inner = rect.shrink2(vec2(space::WIDE, 0.0));
    if row < HEAD_ROWS {
        if row == 1 {
            let galley = text::elided(ui, "STAGES", theme::caption_font(), palette.dim, inner.width());
            text::paint(ui, inner, Align2::LEFT_CENTER, galley);
        }
        return;
    }
    let Some(stage) = resolved.stages.get(row - HEAD_ROWS) else { return };
    let time = words::moment(stage.since);
    let mut response = ui.interact(rect, ui.scope_id().with(("stage", row)), Sense::HOVER);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{} {time}", stage.words)));
    mark(ui, pos2(inner.left() + traffic::DOT, inner.center().y), stage.severity);
    let galley = text::elided(ui, &time, theme::small_mono_font(), palette.dim, inner.width());
    let end = text::paint(ui, inner, Align2::RIGHT_CENTER, galley).left();
    let left = inner.left() + 4.0 * traffic::DOT;
    let galley = text::elided(ui, &stage.words, theme::body_font(), palette.text, end - left - space::GAP);
    let cut = galley.elided;
    text::paint(ui, Rect::from_min_max(pos2(left, rect.top()), rect.max), Align2::LEFT_CENTER, galley);
    if cut {
        response = response.on_hover_text(&stage.words);
    }
    drop(response);
}

/// Paints the sign of a severity, which differs in shape as well as in colour.
pub(super) fn mark(ui: &Ui, center: egui::Pos2, severity: Severity) {
    let palette = theme::palette(ui);
    let icon = match severity {
        Severity::Info => {
            ui.painter().circle_filled(center, traffic::DOT, palette.ok);
            return;
        }
        Severity::Warning => icons::WARNING,
        Severity::Error => icons::X,
    };
    let galley =
        text::elided(ui, icon, theme::small_icon_font(), severity_color(palette, severity), f32::INFINITY);
    text::paint(ui, Rect::from_center_size(center, galley.size()), Align2::CENTER_CENTER, galley);
}

/// The colour of a severity.
#[must_use]
pub(super) const fn severity_color(palette: &Palette, severity: Severity) -> Color32 {
    match severity {
        Severity::Info => palette.accent,
        Severity::Warning => palette.warn,
        Severity::Error => palette.error,
    }
}
