//! The rows of the list.

use egui::{Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    base::stream::{self, ConnId, ExchangeId, Nanos},
    http::Status,
    list::Row,
    store::Outcome,
    trace::{Again, Cause, CloseReason, Severity},
    ui::{
        icons,
        theme::{self, Palette, space, traffic},
        widgets::{pill, text},
    },
    words,
};

use super::{
    super::model::is_running,
    Columns,
    row_words::{fault, status_words, target_words, websocket_words},
};

/// The part of a row between two x coordinates.
pub(super) fn span(row: Rect, from: f32, to: f32) -> Rect {
    Rect::from_min_max(pos2(from, row.top()), pos2(to, row.bottom()))
}

/// A click of the user in the list.
pub(super) enum Clicked {
    Exchange(ExchangeId),
    /// A right click, which opens the menu.
    Menu(ExchangeId),
    Fold(ConnId, bool),
}

/// Paints rows, and records clicks and running times.
pub(super) struct ListPainter {
    pub(super) palette: &'static Palette,
    pub(super) now: Nanos,
    pub(super) paused: bool,
    pub(super) selected: Option<ExchangeId>,
    pub(super) columns: Columns,
    /// Whether the list has the keyboard focus.
    pub(super) focused: bool,
    pub(super) clicked: Option<Clicked>,
    /// Whether a painted row shows a running time.
    pub(super) has_running_time: bool,
}

impl ListPainter {
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
        let room = span(rect, self.columns.number, self.columns.end);
        let galley = text::elided(ui, &words, font, color, room.width());
        text::paint(ui, room, Align2::LEFT_CENTER, galley);
        let response = ui.interact(rect, ui.scope_id().with(("left", id)), Sense::HOVER);
        response.widget_info(|| WidgetInfo::labeled(Role::ListItem, ui.is_enabled(), &words));
    }

    fn connection(&mut self, ui: &Ui, rect: Rect, row: &Row) {
        let Row::Connection {
            id,
            role,
            peer,
            closed,
            ending,
            pipelined,
            exchanges,
            folded,
            last,
            frames,
            ..
        } = row
        else {
            return;
        };
        let palette = self.palette;
        let response = ui.interact(rect, ui.scope_id().with(("conn", id)), Sense::CLICK);
        let dialed = *role == stream::Role::Dialed;
        let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
        let ends = if dialed { format!("connected to {peer}") } else { peer.clone() };
        let reason = closed.as_ref().map(|(_, why)| *why);
        let ended = reason.map(|reason| (reason, *role));
        let mut state = self.state(dialed || *exchanges > 0, *ending, ended, *last);
        if let Some(counts) = frames {
            let open = [(websocket_words(*counts), palette.dim)];
            state = if closed.is_none() { open.into() } else { open.into_iter().chain(state).collect() };
        }
        if *pipelined > 1 {
            state.push((format!("pipelined ×{pipelined}"), palette.dim));
        }
        response.widget_info(|| {
            let pills: Vec<&str> = state.iter().map(|(words, _)| &**words).collect();
            let name = format!("conn {id} {ends} {}", pills.join(" "));
            WidgetInfo::selected(Role::DisclosureTriangle, ui.is_enabled(), !folded, name.trim())
        });
        if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, palette.raised);
        }
        ui.painter().hline(rect.x_range(), rect.top(), (space::HAIRLINE, palette.line));
        let icon = if *folded { icons::CARET_RIGHT } else { icons::CARET_DOWN };
        let (number, ends) = (format!(" conn {id}"), format!(" · {ends}"));
        let mut title = vec![
            (icon, theme::small_icon_font(), palette.dim),
            (&*number, theme::caption_font(), palette.text),
            (&*ends, theme::small_font(), palette.dim),
        ];
        for (words, color) in &state {
            title.push((" · ", theme::small_font(), palette.dim));
            title.push((words, theme::small_font(), *color));
        }
        let room = span(rect, self.columns.number, self.columns.end);
        let galley = text::elided_job(ui, text::job(&title), room.width());
        text::paint(ui, room, Align2::LEFT_CENTER, galley);
        if response.clicked() {
            self.clicked = Some(Clicked::Fold(*id, !folded));
        }
        response.on_hover_ui(|ui| {
            ui.label(if dialed {
                format!("Connection {id} to {peer}")
            } else {
                format!("Connection {id} from {peer}")
            });
            for (words, color) in state {
                ui.colored_label(color, words);
            }
        });
    }

    /// The state of a connection, as words and their colours. `used`: it had a request of a client, or is
    /// there for those of others.
    fn state(
        &mut self,
        used: bool,
        ending: bool,
        closed: Option<(CloseReason, stream::Role)>,
        last: Option<(Outcome, Nanos)>,
    ) -> Vec<(String, egui::Color32)> {
        let palette = self.palette;
        let arriving = match last {
            Some((Outcome::HeadIncomplete, since)) => Some(("headers", since)),
            Some((Outcome::BodyIncomplete, since)) => Some(("body", since)),
            _ => None,
        };
        let pill = match (closed, arriving, last) {
            (Some((reason, role)), ..) => {
                let wrong = reason.severity() > Severity::Info;
                (reason.short_words_for(role).to_owned(), if wrong { palette.warn } else { palette.dim })
            }
            (None, Some((what, since)), _) => {
                self.has_running_time = true;
                let time = words::duration(self.now.saturating_sub(since));
                (format!("{what} incomplete {time}"), palette.warn)
            }
            (None, None, Some((Outcome::Answering, _))) => ("answering".to_owned(), palette.dim),
            _ if ending => ("closing".to_owned(), palette.dim),
            (None, None, Some(_)) => ("keep-alive".to_owned(), palette.dim),
            // Its exchanges were cleared, and it may be in the middle of another one; or they are those of others.
            (None, None, None) if used => ("open".to_owned(), palette.dim),
            (None, None, None) => ("no request yet".to_owned(), palette.dim),
        };
        vec![pill]
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
            ..
        } = row
        else {
            return;
        };
        let palette = self.palette;
        let response = ui.interact(rect, ui.scope_id().with(("exchange", id)), Sense::CLICK);
        let live = is_running(*outcome);
        self.has_running_time |= live;
        let texts = RowTexts {
            method: if method.is_empty() { "???" } else { method },
            target: target_words(target, opening, *refusal, *outcome),
            fault: fault(target, *refusal, *outcome),
            upstream: if upstream.is_empty() { String::new() } else { format!("→ {upstream}") },
            backend: backend.as_deref(),
            again: again.map(Again::words).unwrap_or_default(),
            status: status_words(*status, *refusal, *outcome),
            refusal: *refusal,
            unreadable: method.is_empty(),
            targetless: target.is_empty(),
            class: status.or(refusal.map(Cause::status)).map(Status::class),
        };
        response.widget_info(|| {
            let target = if texts.target.is_empty() { texts.fault } else { &texts.target };
            let name =
                format!("exchange {id} {} {target} {} {}", texts.method, texts.status.1, texts.upstream);
            let selected = self.selected == Some(*id);
            let name = [name.trim_end(), &texts.again].join(" ");
            WidgetInfo::selected(Role::ListItem, ui.is_enabled(), selected, name.trim_end())
        });
        self.background(ui, rect, *id, response.hovered());
        let time = if live && !self.paused { self.now.saturating_sub(*began) } else { *took };
        let color = if live { palette.warn } else { palette.dim };
        self.cells(ui, rect, *id, &texts);
        self.numbers(ui, rect, *bytes, (&words::duration(time), color));
        if response.clicked() {
            self.clicked = Some(Clicked::Exchange(*id));
        } else if response.secondary_clicked() {
            self.clicked = Some(Clicked::Menu(*id));
        }
        hover_ui(response, &texts, *bytes, time);
    }

    /// Paints the background of a row that is selected or under the pointer.
    fn background(&self, ui: &Ui, rect: Rect, id: ExchangeId, hovered: bool) {
        let palette = self.palette;
        if self.selected == Some(id) {
            ui.painter().rect_filled(rect, 0.0, palette.selection);
            if self.focused {
                let bar = Rect::from_min_size(rect.min, vec2(traffic::BAR, rect.height()));
                ui.painter().rect_filled(bar, 0.0, palette.accent);
            }
        } else if hovered {
            ui.painter().rect_filled(rect, 0.0, palette.raised);
        }
    }

    /// Paints the columns from the number to the status.
    fn cells(&self, ui: &Ui, rect: Rect, id: ExchangeId, texts: &RowTexts<'_>) {
        let (palette, columns) = (self.palette, self.columns);
        let number = id.to_string();
        cell(
            ui,
            rect,
            columns.number..columns.method,
            Align2::LEFT_CENTER,
            &number,
            theme::small_font(),
            palette.dim,
        );
        let color =
            if texts.unreadable { palette.error } else { palette.span(crate::wire::SpanRole::Method) };
        cell(
            ui,
            rect,
            columns.method..columns.target,
            Align2::LEFT_CENTER,
            texts.method,
            theme::mono_font(),
            color,
        );
        let color = if texts.targetless { palette.dim } else { palette.text };
        let mut from = columns.target;
        let mut end = columns.status - space::GAP;
        if !texts.again.is_empty() {
            // The mark comes first: the target has the room that it leaves.
            let left = end - pill::width(ui, &texts.again);
            if left > from {
                let at = pos2(left, rect.center().y);
                let _ = pill::paint_pill(ui, at, end + space::GAP, &texts.again, palette.accent);
                end = left - space::GAP;
            }
        }
        if !texts.target.is_empty() {
            let galley = text::elided(ui, &texts.target, theme::mono_font(), color, end - from);
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
            text::paint(ui, span(rect, from, end), Align2::LEFT_CENTER, galley);
        }
        let to = columns.size.unwrap_or(columns.time);
        let color = texts.class.map_or(palette.dim, |class| palette.status_class(class));
        cell(ui, rect, columns.status..to, Align2::LEFT_CENTER, &texts.status.0, theme::mono_font(), color);
    }

    /// Paints the size and time columns.
    fn numbers(&self, ui: &Ui, rect: Rect, bytes: u64, (time, color): (&str, egui::Color32)) {
        let (palette, columns) = (self.palette, self.columns);
        if let Some(size) = columns.size {
            let words = if bytes == 0 { "—".to_owned() } else { words::size(bytes) };
            cell(
                ui,
                rect,
                size..columns.time,
                Align2::RIGHT_CENTER,
                &words,
                theme::small_font(),
                palette.dim,
            );
        }
        if columns.timed {
            cell(ui, rect, columns.time..columns.end, Align2::RIGHT_CENTER, time, theme::small_font(), color);
        }
    }
}

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
    method: &'a str,
    target: String,
    fault: &'static str,
    /// The backend that was asked last. Empty: the request was not for a backend.
    upstream: String,
    /// The address of that backend. `None`: no backend took the request.
    backend: Option<&'a str>,
    /// What the exchange is a copy of. Empty: the request came from a client.
    again: String,
    status: (String, String),
    refusal: Option<Cause>,
    /// The method is missing.
    unreadable: bool,
    /// The target is missing.
    targetless: bool,
    /// First digit of the status, or of the status that a refusal corresponds to. `None`: no status yet.
    class: Option<u16>,
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
        if let Some(cause) = texts.refusal {
            ui.colored_label(theme::palette(ui).warn, cause.sentence());
            ui.weak(cause.section());
        }
    });
}
