//! The middleware card: the stack of middleware as a list, in which each can be switched on and off, moved
//! and configured. Each middleware with settings has a file here and a line in [`row`].

mod basic_auth;
mod cors;
mod etag;
mod fields;
mod inputs;
mod order;
mod plain;
mod rate_limit;
mod rules;
mod server_header;
mod slow_motion;
mod trouble;

use egui::{
    CursorIcon, Frame, Label, Layout, Rect, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use crate::{
    service::{Layer, MiddlewareKind, MiddlewareSettings},
    ui::{
        command::Command,
        context::Context,
        icons,
        theme::{self, server_page, space},
        widgets::{button, card, toggle::toggle},
    },
};

use self::{
    inputs::Inputs,
    order::{Move, drag_move, keyboard_move, menu_move},
    rules::RuleInputs,
};
use super::Content;

/// A middleware's row in the card.
struct Row {
    /// The text beside the title.
    summary: fn(&MiddlewareSettings) -> String,
    /// Paints the settings. `None`: the middleware has no settings.
    settings: Option<fn(&mut Ui, &mut MiddlewareSettings, &mut Inputs)>,
}

/// The row of each middleware.
const fn row(kind: MiddlewareKind) -> &'static Row {
    match kind {
        MiddlewareKind::Logger => &plain::LOGGER,
        MiddlewareKind::Fields => &fields::ROW,
        MiddlewareKind::RateLimit => &rate_limit::ROW,
        MiddlewareKind::CrossSite => &plain::CROSS_SITE,
        MiddlewareKind::Cors => &cors::ROW,
        MiddlewareKind::BasicAuth => &basic_auth::ROW,
        MiddlewareKind::Etag => &etag::ROW,
        MiddlewareKind::Compression => &plain::COMPRESSION,
        MiddlewareKind::Security => &plain::SECURITY,
        MiddlewareKind::Trouble => &trouble::ROW,
        MiddlewareKind::SlowMotion => &slow_motion::ROW,
        MiddlewareKind::ServerHeader => &server_header::ROW,
    }
}

/// The state of the card.
#[derive(Default)]
pub(super) struct Middleware {
    /// The middleware whose settings are open. `None`: all are closed.
    unfolded: Option<MiddlewareKind>,
    inputs: Inputs,
}

impl Content for Middleware {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let settings = &context.settings.middleware;
        card::dim(
            ui,
            "A request goes down this list, its response comes back up. Changes apply to the next request.",
        );
        ui.add_space(space::TIGHT);
        let mut changed = settings.clone();
        let count = settings.layers.len();
        let mut rows = Vec::with_capacity(count);
        let mut moved = None;
        for (index, layer) in settings.layers.iter().enumerate() {
            let (rect, handle) = self.row_ui(ui, *layer, &mut changed);
            moved = moved.or(keyboard_move(ui, &handle, index)).or(menu_move(&handle, index, count));
            rows.push((rect, handle));
        }
        moved = moved.or(drag_move(ui, &rows));
        handler_ui(ui, !context.settings.gateway.groups.is_empty());
        if let Some(Move { from, to }) = moved
            && to < count
        {
            let layer = changed.layers.remove(from);
            changed.layers.insert(to, layer);
        }
        (changed != *settings).then_some(Command::SetMiddleware(changed))
    }
}

impl Middleware {
    /// Paints a row. Returns its rectangle and the response of its handle.
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
                let row = Layout::right_to_left(egui::Align::Center);
                let handle = ui
                    .allocate_ui_with_layout(size, row, |ui| {
                        ui.set_min_height(height);
                        self.caret_ui(ui, kind);
                        ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                            let handle = head_ui(ui, layer, settings);
                            // What CORS allows is a question to whoever switches it on.
                            if kind == MiddlewareKind::Cors && !layer.enabled && settings.enabled(kind) {
                                self.unfolded = Some(kind);
                            }
                            handle
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
            self.inputs.rules = RuleInputs::default();
        }
    }

    fn settings_ui(&mut self, ui: &mut Ui, kind: MiddlewareKind, settings: &mut MiddlewareSettings) {
        ui.separator();
        card::dim(ui, kind.about());
        if let Some(show) = row(kind).settings {
            show(ui, settings, &mut self.inputs);
        }
    }
}

/// Paints the part of a row that is always visible. Returns the response of its handle.
fn head_ui(ui: &mut Ui, layer: Layer, settings: &mut MiddlewareSettings) -> Response {
    let palette = theme::palette(ui);
    let title = layer.kind.title();
    let icon = theme::icon(icons::DOTS_SIX_VERTICAL).color(palette.faint);
    let handle = ui.add(Label::new(icon).sense(Sense::click_and_drag()).selectable(false));
    handle.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Move {title}")));
    let handle =
        handle.on_hover_cursor(CursorIcon::Grab).on_hover_text("Drag to move, or press Alt+Up or Alt+Down.");
    if toggle(ui, layer.enabled, title).clicked() {
        settings.set_enabled(layer.kind, !layer.enabled);
    }
    let colour = if layer.enabled { palette.text } else { palette.dim };
    let size = vec2(server_page::LAYER_TITLE, ui.available_height());
    ui.allocate_ui_with_layout(size, Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(server_page::LAYER_TITLE);
        ui.label(RichText::new(title).font(theme::strong_font()).color(colour));
    });
    let colour = if layer.enabled { palette.dim } else { palette.faint };
    ui.add(Label::new(RichText::new((row(layer.kind).summary)(settings)).color(colour)).wrap());
    handle
}

fn handler_ui(ui: &mut Ui, has_upstreams: bool) {
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
                let words =
                    if has_upstreams { "upstream, else route, else folder" } else { "route, else folder" };
                ui.label(RichText::new(words).color(palette.dim));
            });
        });
}

fn setting(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let size = vec2(server_page::SETTING_NAME, ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(server_page::SETTING_NAME);
            ui.label(RichText::new(name).color(palette.dim));
        });
        content(ui);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_middleware_has_a_row_that_says_something() {
        let settings = MiddlewareSettings::default();
        for kind in MiddlewareKind::ALL {
            assert!(!(row(kind).summary)(&settings).is_empty(), "{kind:?}");
        }
    }
}
