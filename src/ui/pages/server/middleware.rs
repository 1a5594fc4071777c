//! The middleware card: the onion as a list that can be switched, ordered and set.

use eframe::egui::{
    CursorIcon, Event, Frame, Id, Key, Label, Layout, Modifiers, Rect, Response, RichText, Role, Sense,
    Stroke, TextEdit, Ui, WidgetInfo, vec2,
};

use crate::{
    server::{Layer, MiddlewareKind, MiddlewareSettings},
    ui::{
        command::Command,
        format, icons,
        theme::{self, server_page, space},
        widgets::{
            button::{self, Look},
            card,
            number::{Unit, number},
            toggle::toggle,
        },
    },
    words::text,
};

/// The card's own state.
#[derive(Default)]
pub struct Middleware {
    /// Whose settings are unfolded.
    unfolded: Option<MiddlewareKind>,
    /// A text that is being edited. It takes effect when it is left.
    text: Option<(Id, String)>,
}

/// Where a row is to go.
struct Move {
    from: usize,
    to: usize,
}

impl Middleware {
    /// Shows the card's content.
    pub fn ui(&mut self, ui: &mut Ui, settings: &MiddlewareSettings) -> Option<Command> {
        card::dim(
            ui,
            "A request goes down this list, its response comes back up. Changes apply to the next request.",
        );
        ui.add_space(space::TIGHT);
        let mut changed = settings.clone();
        let mut rows = Vec::with_capacity(settings.layers.len());
        let mut moved = None;
        for (index, layer) in settings.layers.iter().enumerate() {
            let (rect, handle) = self.row_ui(ui, *layer, &mut changed);
            moved = moved.or(keyed(ui, &handle, index)).or(menu(&handle, index, settings.layers.len()));
            rows.push((rect, handle));
        }
        moved = moved.or(dragged(ui, &rows));
        handler_ui(ui);
        if let Some(Move { from, to }) = moved
            && to < changed.layers.len()
        {
            let layer = changed.layers.remove(from);
            changed.layers.insert(to, layer);
        }
        (changed != *settings).then_some(Command::SetMiddleware(changed))
    }

    /// Shows a row. Returns where it stands, and its handle.
    fn row_ui(&mut self, ui: &mut Ui, layer: Layer, settings: &mut MiddlewareSettings) -> (Rect, Response) {
        let palette = theme::palette(ui);
        let kind = layer.kind;
        let unfolded = self.unfolded == Some(kind);
        let stroke_colour = if layer.enabled { palette.highlight_line } else { palette.line };
        let frame = Frame::new()
            .fill(if layer.enabled { palette.raised } else { palette.panel })
            .stroke(Stroke::new(space::HAIRLINE, stroke_colour))
            .corner_radius(space::BUTTON_RADIUS)
            .inner_margin(theme::margin(space::GAP, space::TIGHT));
        let shown = ui.push_id(kind, |ui| {
            frame.show(ui, |ui| {
                let height = server_page::LAYER - 2.0 * space::TIGHT;
                let size = vec2(ui.available_width(), height);
                let row = Layout::right_to_left(eframe::egui::Align::Center);
                let handle = ui
                    .allocate_ui_with_layout(size, row, |ui| {
                        ui.set_min_height(height);
                        self.caret_ui(ui, kind);
                        ui.with_layout(Layout::left_to_right(eframe::egui::Align::Center), |ui| {
                            head_ui(ui, layer, settings)
                        })
                        .inner
                    })
                    .inner;
                if unfolded {
                    self.settings_ui(ui, kind, settings);
                }
                handle
            })
        });
        (shown.inner.response.rect, shown.inner.inner)
    }

    fn caret_ui(&mut self, ui: &mut Ui, kind: MiddlewareKind) {
        let unfolded = self.unfolded == Some(kind);
        let icon = if unfolded { icons::CARET_DOWN } else { icons::CARET_RIGHT };
        if button::bare(ui, icon, &format!("{} settings", kind.title())).clicked() {
            self.unfolded = (!unfolded).then_some(kind);
        }
    }

    fn settings_ui(&mut self, ui: &mut Ui, kind: MiddlewareKind, settings: &mut MiddlewareSettings) {
        ui.separator();
        card::dim(ui, kind.about());
        match kind {
            MiddlewareKind::Logger | MiddlewareKind::Security | MiddlewareKind::Compression => {}
            MiddlewareKind::RateLimit => {
                let limit = &mut settings.rate_limit;
                setting(ui, "Bucket", |ui| {
                    number(ui, &mut limit.capacity, 1..=1_000_000, Unit::Of("tokens"), "Bucket size");
                });
                setting(ui, "Refill", |ui| {
                    number(ui, &mut limit.per_second, 1..=1_000_000, Unit::Of("per second"), "Refill rate");
                });
            }
            MiddlewareKind::Cors => {
                setting(ui, "Origin", |ui| self.text_ui(ui, &mut settings.cors.origin, "CORS origin"));
                setting(ui, "Remembered for", |ui| {
                    let age = &mut settings.cors.max_age_secs;
                    number(ui, age, 0..=86_400, Unit::Of("s"), "Preflight age");
                });
            }
            MiddlewareKind::BasicAuth => {
                let auth = &mut settings.basic_auth;
                setting(ui, "User", |ui| self.input_ui(ui, &mut auth.user, &USER_NAME));
                setting(ui, "Password", |ui| self.input_ui(ui, &mut auth.password, &PASSWORD));
            }
            MiddlewareKind::Etag => {
                setting(ui, "Cache-Control", |ui| {
                    self.text_ui(ui, &mut settings.cache_control, "Cache-Control value");
                });
            }
            MiddlewareKind::SlowMotion => {
                let pace = &mut settings.slow_motion;
                setting(ui, "Each write", |ui| {
                    number(ui, &mut pace.bytes, 1..=1_048_576, Unit::Bytes, "Bytes in each write");
                });
                setting(ui, "Every", |ui| {
                    number(ui, &mut pace.every_ms, 1..=60_000, Unit::Millis, "Time between writes");
                });
            }
            MiddlewareKind::ServerHeader => {
                setting(ui, "Server", |ui| {
                    self.text_ui(ui, &mut settings.server_header, "Server header value");
                });
            }
        }
    }

    /// A field value for editing.
    fn text_ui(&mut self, ui: &mut Ui, value: &mut String, name: &'static str) {
        self.input_ui(ui, value, &Input { name, ..FIELD_VALUE });
    }

    /// A text for editing. Takes effect when it is left, or on Enter.
    fn input_ui(&mut self, ui: &mut Ui, value: &mut String, input: &Input) {
        let id = ui.make_persistent_id(input.name);
        let mut text = match &self.text {
            Some((editing, text)) if *editing == id => text.clone(),
            _ => value.clone(),
        };
        let edit = TextEdit::singleline(&mut text).id(id).font(theme::mono_font()).password(input.masked);
        let response = ui.add(edit.desired_width(f32::INFINITY)).accessible_name(input.name);
        let fits = (input.fits)(&text);
        if response.lost_focus() {
            if fits {
                // A space can be part of a password.
                if input.masked { &text } else { text.trim() }.clone_into(value);
            }
            self.text = None;
        } else if response.has_focus() {
            if !fits {
                response.on_hover_text(input.otherwise);
            }
            self.text = Some((id, text));
        }
    }
}

/// A kind of text input.
struct Input {
    /// For screen readers and tests.
    name: &'static str,
    /// Its text is not shown.
    masked: bool,
    /// Whether a text can take effect.
    fits: fn(&str) -> bool,
    /// What is said if it cannot.
    otherwise: &'static str,
}

const FIELD_VALUE: Input = Input {
    name: "",
    masked: false,
    // RFC 9110 §5.5: a field value holds no control characters; the window offers ASCII only.
    fits: |text| !text.trim().is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
    otherwise: "A field value is visible ASCII. This will not take effect.",
};
const USER_NAME: Input = Input {
    name: "User name",
    masked: false,
    // RFC 7617 §2: a user-id has no colon, and neither has control characters.
    fits: |text| !text.contains(':') && !text.chars().any(char::is_control),
    otherwise: "A user name has no colon. This will not take effect.",
};
const PASSWORD: Input = Input {
    name: "Password",
    masked: true,
    fits: |text| !text.chars().any(char::is_control),
    otherwise: "A password has no control characters. This will not take effect.",
};

/// The part of a row that is always there. Returns the handle.
fn head_ui(ui: &mut Ui, layer: Layer, settings: &mut MiddlewareSettings) -> Response {
    let palette = theme::palette(ui);
    let title = layer.kind.title();
    let icon = theme::icon(icons::DOTS_SIX_VERTICAL).color(palette.faint);
    let handle = ui.add(Label::new(icon).sense(Sense::click_and_drag()).selectable(false));
    handle.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Move {title}")));
    let handle = handle
        .on_hover_cursor(CursorIcon::Grab)
        .on_hover_text("Drag to move. With the keyboard: Alt+Up and Alt+Down.");
    if toggle(ui, layer.enabled, title).clicked() {
        settings.set_enabled(layer.kind, !layer.enabled);
    }
    let colour = if layer.enabled { palette.text } else { palette.dim };
    let size = vec2(server_page::LAYER_TITLE, ui.available_height());
    ui.allocate_ui_with_layout(size, Layout::left_to_right(eframe::egui::Align::Center), |ui| {
        ui.set_min_width(server_page::LAYER_TITLE);
        ui.label(RichText::new(title).font(theme::strong_font()).color(colour));
    });
    let colour = if layer.enabled { palette.dim } else { palette.faint };
    ui.add(Label::new(RichText::new(summary(layer.kind, settings)).color(colour)).wrap());
    handle
}

fn handler_ui(ui: &mut Ui) {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.highlight)
        .stroke(Stroke::new(space::HAIRLINE, palette.highlight_line))
        .corner_radius(space::BUTTON_RADIUS)
        .inner_margin(theme::margin(space::WIDE, space::TIGHT))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.set_min_height(server_page::LAYER - 2.0 * space::TIGHT);
                ui.label(RichText::new("Handler").font(theme::strong_font()).color(palette.text));
                ui.label(RichText::new("route, else folder").color(palette.dim));
            });
        });
}

fn setting(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let size = vec2(server_page::SETTING_NAME, ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(eframe::egui::Align::Center), |ui| {
            ui.set_min_width(server_page::SETTING_NAME);
            ui.label(RichText::new(name).color(palette.dim));
        });
        content(ui);
    });
}

/// What stands beside the title.
fn summary(kind: MiddlewareKind, settings: &MiddlewareSettings) -> String {
    match kind {
        MiddlewareKind::Logger => "1 line per exchange".to_owned(),
        MiddlewareKind::RateLimit => {
            let limit = settings.rate_limit;
            let tokens = text::plural(limit.capacity.into(), "token");
            format!("{tokens}, {} per second, per address", text::count(limit.per_second.into()))
        }
        MiddlewareKind::Cors => format!("origin {}", settings.cors.origin),
        MiddlewareKind::BasicAuth if settings.basic_auth.password.is_empty() => "no password set".to_owned(),
        MiddlewareKind::BasicAuth => format!("user {}", settings.basic_auth.user),
        MiddlewareKind::Etag => format!("Cache-Control: {}", settings.cache_control),
        MiddlewareKind::Compression => "gzip and br over 1 KB".to_owned(),
        MiddlewareKind::Security => "nosniff, frame-ancestors, referrer".to_owned(),
        MiddlewareKind::SlowMotion => {
            let pace = settings.slow_motion;
            let every = format::limit_millis(pace.every_ms.into());
            format!("write {} every {every}", text::plural(pace.bytes.into(), "byte"))
        }
        MiddlewareKind::ServerHeader => format!("Server: {}", settings.server_header),
    }
}

/// Alt+Up and Alt+Down on the handle that has the keyboard.
fn keyed(ui: &Ui, handle: &Response, index: usize) -> Option<Move> {
    if !handle.has_focus() {
        return None;
    }
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::ALT, Key::ArrowUp) && index > 0 {
            input.events.retain(|event| !matches!(event, Event::Key { key: Key::ArrowUp, .. }));
            Some(Move { from: index, to: index - 1 })
        } else if input.consume_key(Modifiers::ALT, Key::ArrowDown) {
            Some(Move { from: index, to: index + 1 })
        } else {
            None
        }
    })
}

/// The menu of a handle: a click on it, or Enter.
fn menu(handle: &Response, index: usize, count: usize) -> Option<Move> {
    let mut moved = None;
    eframe::egui::Popup::menu(handle).show(|ui| {
        let mut item = |enabled, icon, name, to: usize| {
            let item = button::plain(icon, name, Look::Full);
            if ui.add_enabled(enabled, item).accessible_name(name).clicked() {
                moved = Some(Move { from: index, to });
            }
        };
        item(index > 0, icons::ARROW_UP, "Move up", index.saturating_sub(1));
        item(index + 1 < count, icons::ARROW_DOWN, "Move down", index + 1);
    });
    moved
}

/// Shows where a dragged row would go, and moves it there when it is let go.
fn dragged(ui: &Ui, rows: &[(Rect, Response)]) -> Option<Move> {
    let from = rows.iter().position(|(_, handle)| handle.dragged() || handle.drag_stopped())?;
    let pointer = ui.ctx().pointer_interact_pos()?;
    // Before the first row whose middle is below the pointer.
    let gap = rows.iter().take_while(|(rect, _)| rect.center().y < pointer.y).count();
    let to = if gap > from { gap - 1 } else { gap };
    if rows[from].1.drag_stopped() {
        return (to != from).then_some(Move { from, to });
    }
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let palette = theme::palette(ui);
    let half_gap = ui.spacing().item_spacing.y / 2.0;
    let line_y = rows.get(gap).map_or_else(
        || rows.last().map_or(0.0, |(rect, _)| rect.bottom() + half_gap),
        |(rect, _)| rect.top() - half_gap,
    );
    let line = Stroke::new(theme::widget::FOCUS_LINE, palette.accent);
    ui.painter().hline(rows[from].0.x_range(), line_y, line);
    None
}
