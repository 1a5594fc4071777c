//! The headings of connections in the list.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo};

use crate::{
    base::stream::{self, Nanos},
    list::Row,
    store::Outcome,
    trace::{CloseReason, Severity},
    ui::{
        icons,
        theme::{self, space},
        widgets::text,
    },
    words,
};

use super::{
    columns::span,
    row::{Clicked, ListPainter},
    row_words::{stream_words, websocket_words},
};

impl ListPainter<'_> {
    /// Paints the heading of a connection.
    pub(super) fn connection(&mut self, ui: &Ui, rect: Rect, row: &Row) {
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
            items,
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
        if let Some(said) = frames.map(websocket_words).or(items.map(stream_words)) {
            let open = [(said, palette.dim)];
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
        let room = span(rect, self.columns.start, self.columns.end);
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
}
