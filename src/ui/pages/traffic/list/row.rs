//! The rows of the list.

use std::borrow::Cow;

use egui::{Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    http::Status,
    list::{Column, Row},
    trace::{Again, Cause, Mark},
    ui::{
        icons,
        theme::{self, Palette, space, traffic},
        widgets::{pill, text},
    },
    words,
};

use super::{
    super::{chosen::Chosen, model::is_running},
    columns::{Columns, span},
    marks,
    row_words::{cell_color, cell_words, fault, status_words, target_words},
};

/// A click of the user in the list.
pub(super) enum Clicked {
    Exchange(ExchangeId),
    /// A right click, which opens the menu.
    Menu(ExchangeId),
    Fold(ConnId, bool),
}

/// Paints rows, and records clicks and running times.
pub(super) struct ListPainter<'a> {
    pub(super) palette: &'static Palette,
    pub(super) now: Nanos,
    pub(super) paused: bool,
    pub(super) selected: Option<ExchangeId>,
    /// The exchanges that are selected together.
    pub(super) chosen: &'a Chosen,
    /// Where the selected row is. `None`: out of sight.
    pub(super) selected_rect: Option<Rect>,
    pub(super) columns: &'a Columns,
    /// Whether the list has the keyboard focus.
    pub(super) focused: bool,
    pub(super) clicked: Option<Clicked>,
    /// Whether a painted row shows a running time.
    pub(super) has_running_time: bool,
}

impl ListPainter<'_> {
    pub(super) fn row(&mut self, ui: &Ui, rect: Rect, row: &Row) {
        match row {
            Row::Connection { .. } => self.connection(ui, rect, row),
            Row::Exchange { .. } => self.exchange(ui, rect, row),
            Row::Unavailable { exchange } => self.unavailable(ui, rect, *exchange),
        }
    }

    /// Paints the row of an exchange that a paused list still shows although the capture no longer has it.
    fn unavailable(&self, ui: &Ui, rect: Rect, exchange: Option<ExchangeId>) {
        let Some(id) = exchange else { return };
        let (font, color) = (theme::small_font(), self.palette.dim);
        let words = format!("{id}  is no longer available");
        let room = span(rect, self.columns.start, self.columns.end);
        let galley = text::elided(ui, &words, font, color, room.width());
        text::paint(ui, room, Align2::LEFT_CENTER, galley);
        let response = ui.interact(rect, ui.scope_id().with(("left", id)), Sense::HOVER);
        response.widget_info(|| WidgetInfo::labeled(Role::ListItem, ui.is_enabled(), &words));
    }

    fn exchange(&mut self, ui: &Ui, rect: Rect, row: &Row) {
        let Row::Exchange {
            id,
            method,
            again,
            target,
            opening,
            upstream,
            backend,
            status,
            refusal,
            outcome,
            bytes,
            began,
            took,
            mark,
            ..
        } = row
        else {
            return;
        };
        let palette = self.palette;
        let response = ui.interact(rect, ui.scope_id().with(("exchange", id)), Sense::CLICK);
        let live = is_running(*outcome);
        self.has_running_time |= live;
        let time = if live && !self.paused { self.now.saturating_sub(*began) } else { *took };
        if self.selected == Some(*id) {
            self.selected_rect = Some(rect);
        }
        let texts = RowTexts {
            mark: mark.as_deref(),
            has_comment: self.columns.has(Column::Comment),
            method: if method.is_empty() { "???" } else { method },
            target: target_words(target, opening, *refusal, *outcome),
            fault: fault(target, *refusal, *outcome),
            upstream: if upstream.is_empty() { String::new() } else { format!("→ {upstream}") },
            backend: backend.as_deref(),
            again: again.map(Again::words).unwrap_or_default(),
            again_short: again.map(|again| format!("of #{}", again.of)).unwrap_or_default(),
            status: status_words(*status, *refusal, *outcome),
            refusal: *refusal,
            unreadable: method.is_empty(),
            targetless: target.is_empty(),
            class: status.or(refusal.map(Cause::status)).map(Status::class),
            time,
            time_color: if live { palette.warn } else { palette.dim },
        };
        response.widget_info(|| {
            let target = if texts.target.is_empty() { texts.fault } else { &texts.target };
            let name =
                format!("exchange {id} {} {target} {} {}", texts.method, texts.status.1, texts.upstream);
            let selected = self.is_selected(*id);
            let mark = texts.mark.map(Mark::words).unwrap_or_default();
            let name = [name.trim_end(), &texts.again].join(" ");
            let name = [name.trim_end(), &mark].join(" ");
            WidgetInfo::selected(Role::ListItem, ui.is_enabled(), selected, name.trim_end())
        });
        self.background(ui, rect, *id, response.hovered());
        marks::square_ui(ui, rect, texts.mark);
        self.cells(ui, rect, row, &texts);
        if response.clicked() {
            self.clicked = Some(Clicked::Exchange(*id));
        } else if response.secondary_clicked() {
            self.clicked = Some(Clicked::Menu(*id));
        }
        hover_ui(response, &texts, *bytes, time);
    }

    fn is_selected(&self, id: ExchangeId) -> bool {
        self.selected == Some(id) || self.chosen.has(id)
    }

    /// Paints the background of a row that is selected or under the pointer.
    fn background(&self, ui: &Ui, rect: Rect, id: ExchangeId, hovered: bool) {
        let palette = self.palette;
        if self.is_selected(id) {
            ui.painter().rect_filled(rect, 0.0, palette.selection);
            if self.focused && self.selected == Some(id) {
                let bar = Rect::from_min_size(rect.min, vec2(traffic::BAR, rect.height()));
                ui.painter().rect_filled(bar, 0.0, palette.accent);
            }
        } else if hovered {
            ui.painter().rect_filled(rect, 0.0, palette.raised);
        }
    }

    /// Paints the columns.
    fn cells(&self, ui: &Ui, rect: Rect, row: &Row, texts: &RowTexts<'_>) {
        let palette = self.palette;
        for (column, place) in self.columns.iter() {
            let (words, color): (Cow<'_, str>, _) = match column {
                Column::Target => {
                    self.target(ui, rect, place, texts);
                    continue;
                }
                Column::Method if texts.unreadable => (texts.method.into(), palette.error),
                Column::Method => (texts.method.into(), palette.span(crate::wire::SpanRole::Method)),
                Column::Status => {
                    let color = texts.class.map_or(palette.dim, |class| palette.status_class(class));
                    (texts.status.0.as_str().into(), color)
                }
                Column::Duration => (words::duration(texts.time).into(), texts.time_color),
                _ => (cell_words(column, row), cell_color(column, row, palette)),
            };
            let font = match column {
                Column::Method | Column::Status => theme::mono_font(),
                _ => theme::small_font(),
            };
            let align = if column.facts().is_number { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
            cell(ui, rect, place, align, &words, font, color);
        }
    }

    /// Paints the target, the backend behind it, and what is wrong with it.
    fn target(&self, ui: &Ui, rect: Rect, place: std::ops::Range<f32>, texts: &RowTexts<'_>) {
        let palette = self.palette;
        let color = if texts.targetless { palette.dim } else { palette.text };
        let (mut from, mut end) = (place.start, place.end - space::GAP);
        let marks = [texts.again.as_str(), &texts.again_short];
        if let Some((mark, width)) = mark(ui, (&texts.target, &texts.upstream), marks, end - from) {
            let left = end - width;
            let at = pos2(left, rect.center().y);
            let _ = pill::paint_pill(ui, at, end + space::GAP, mark, palette.accent);
            end = left - space::GAP;
        } else if !texts.again.is_empty() {
            // Hover says what it is a copy of.
            let icon =
                text::elided(ui, icons::REPEAT, theme::small_icon_font(), palette.accent, f32::INFINITY);
            let left = end - icon.size().x;
            let _ = text::paint(ui, span(rect, left, end), Align2::LEFT_CENTER, icon);
            end = left - space::TIGHT;
        }
        if !texts.target.is_empty() {
            let chip =
                if texts.upstream.is_empty() { 0.0 } else { pill::width(ui, &texts.upstream) + space::GAP };
            // Of a target and a backend that are too wide together, the target gives way, down to a part of the room.
            let least = (end - from) * TARGET_SHARE;
            let room = (end - from - chip).max(least);
            let galley = text::elided_in_the_middle(ui, &texts.target, theme::mono_font(), color, room);
            from = text::paint(ui, span(rect, from, end), Align2::LEFT_CENTER, galley).right() + space::GAP;
        }
        if !texts.upstream.is_empty() {
            // Where the whole address has no room, its port may have some.
            let port = texts.upstream.rsplit_once(':').map(|(_, port)| format!("→ :{port}"));
            let left = pos2(from, rect.center().y);
            let color = if texts.backend.is_some() { palette.dim } else { palette.error };
            let whole = [Some(&texts.upstream), port.as_ref()].into_iter().flatten();
            let mut rights = whole.map(|words| pill::paint_pill(ui, left, end, words, color));
            let right = rights.find(|right| *right > left.x);
            let short = || pill::paint_shortened(ui, left, end, &texts.upstream, color);
            let right = right.unwrap_or_else(short);
            if right > left.x {
                from = right + space::GAP;
            }
        }
        // One or two letters of the reason for a refusal would be useless.
        if texts.target.is_empty() || end - from >= traffic::REASON_MIN {
            let galley = text::elided(ui, texts.fault, theme::small_font(), palette.warn, end - from);
            from = text::paint(ui, span(rect, from, end), Align2::LEFT_CENTER, galley).right() + space::GAP;
        }
        let comment = texts.mark.map_or("", |mark| &mark.comment);
        if !texts.has_comment && !comment.is_empty() && end - from >= traffic::REASON_MIN {
            let galley = text::elided(ui, comment, theme::small_font(), palette.dim, end - from);
            text::paint(ui, span(rect, from, end), Align2::LEFT_CENTER, galley);
        }
    }
}

/// The mark of a copy that has room beside the target and the backend, and its width: the first of `marks` that has.
/// `None`: there is none, or no room for it.
fn mark<'t>(
    ui: &Ui,
    (target, upstream): (&str, &str),
    marks: [&'t str; 2],
    room: f32,
) -> Option<(&'t str, f32)> {
    if marks[0].is_empty() {
        return None;
    }
    let whole = text::elided(ui, target, theme::mono_font(), theme::palette(ui).text, f32::INFINITY);
    let backend = if upstream.is_empty() { 0.0 } else { pill::width(ui, upstream) + space::GAP };
    // A target that is too long for the column anyway gives way, down to a part of it.
    let wanted = (whole.size().x + backend).min(room * MARKED_SHARE) + space::GAP;
    let mut marks = marks.into_iter().map(|words| (words, pill::width(ui, words)));
    marks.find(|(_, width)| wanted + width <= room)
}

/// Share of its column that a target has at least beside the mark of a copy.
const MARKED_SHARE: f32 = 0.6;
/// Share of its column that a target has at least beside a backend.
const TARGET_SHARE: f32 = 0.45;

/// Paints words into a column, shortened if they do not fit.
fn cell(
    ui: &Ui,
    rect: Rect,
    column: std::ops::Range<f32>,
    align: Align2,
    words: &str,
    font: egui::FontId,
    color: egui::Color32,
) {
    let galley = text::elided(ui, words, font, color, column.end - column.start - space::TIGHT);
    text::paint(ui, span(rect, column.start, column.end), align, galley);
}

struct RowTexts<'a> {
    /// The user's mark. `None`: it has none.
    mark: Option<&'a Mark>,
    /// Whether the comment has a column of its own.
    has_comment: bool,
    method: &'a str,
    target: String,
    fault: &'static str,
    /// The backend that was asked last. Empty: the request was not for a backend.
    upstream: String,
    /// The address of that backend. `None`: no backend took the request.
    backend: Option<&'a str>,
    /// What the exchange is a copy of. Empty: the request came from a client.
    again: String,
    /// The number of that exchange: `of #1`.
    again_short: String,
    status: (String, String),
    refusal: Option<Cause>,
    /// The method is missing.
    unreadable: bool,
    /// The target is missing.
    targetless: bool,
    /// First digit of the status, or of the status that a refusal corresponds to. `None`: no status yet.
    class: Option<u16>,
    /// Nanoseconds so far.
    time: u64,
    time_color: egui::Color32,
}

fn hover_ui(response: Response, texts: &RowTexts<'_>, bytes: u64, took: u64) {
    response.on_hover_ui(|ui| {
        ui.add(
            egui::Label::new(egui::RichText::new(format!("{} {}", texts.method, texts.target)).monospace())
                .wrap(),
        );
        ui.label(format!("{}, {}, {}", texts.status.1, words::size(bytes), words::duration(took)));
        if !texts.upstream.is_empty() {
            match texts.backend {
                Some(address) if !texts.upstream.ends_with(address) => {
                    ui.label(format!("{}, {address}", texts.upstream))
                }
                Some(_) => ui.label(&texts.upstream),
                None => ui.label("No backend took the request."),
            };
        }
        if !texts.again.is_empty() {
            ui.label(&texts.again);
        }
        if let Some(mark) = texts.mark {
            ui.label(words::capitalized(&mark.words()));
        }
        if let Some(cause) = texts.refusal {
            ui.colored_label(theme::palette(ui).warn, cause.sentence());
            ui.weak(cause.section());
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn a_short_target_keeps_its_room_beside_the_mark_of_a_copy() {
        let marks = ["again of #1", "of #1"];
        let paint = |ui: &mut Ui| {
            let shown =
                |target, upstream, room| mark(ui, (target, upstream), marks, room).map(|(mark, _)| mark);
            assert_eq!(shown("/a.txt", "", 400.0), Some("again of #1"));
            assert_eq!(shown("/a.txt", "", 115.0), Some("of #1"));
            assert_eq!(shown("/a.txt", "", 60.0), None);
            let long = "/long".repeat(50);
            assert_eq!(shown(&long, "", 300.0), Some("again of #1"), "it is cut anyway");
            assert_eq!(shown("/a.txt", "→ app-1", 170.0), Some("of #1"), "so does the backend");
            assert_eq!(mark(ui, ("/a.txt", ""), ["", ""], 400.0), None, "no copy");
        };
        Harness::builder().with_context_setup(theme::install).build_ui(paint).run();
    }
}
