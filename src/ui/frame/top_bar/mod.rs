//! The bar at the top: the server's state, address and site.

mod folder;
mod menus;

use egui::{
    Align, CornerRadius, FontId, Frame, Label, Layout, Panel, Response, RichText, Role, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use crate::ui::{
    again::dialog,
    captures::bar,
    command::{Command, PageId},
    icons,
    named::Named,
    theme::{self, shield, space, text, top_bar, widget},
    view::{self, View},
    widgets::button::{self, ButtonStyle},
};

use super::shield::shield_ui;
use folder::{buttons_width, folder_ui, upstreams};
use menus::{capture_ui, more_ui, theme_ui};

/// How much the bar has room for. What has none is in its last menu, or one click away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    /// The address, and what is needed most.
    Tiny,
    /// Icons, without the folder's name.
    Narrow,
    /// Icons without names, and everything else.
    Icons,
    /// Icons and names.
    Full,
}

impl Room {
    fn of(width: f32, view: &View) -> Self {
        let upstreams = if upstreams(view).is_some() { top_bar::UPSTREAMS } else { 0.0 };
        match width {
            width if width >= top_bar::COMPACT_BELOW + upstreams => Self::Full,
            width if width >= top_bar::NARROW_BELOW => Self::Icons,
            width if width >= top_bar::TINY_BELOW => Self::Narrow,
            _ => Self::Tiny,
        }
    }

    const fn style(self) -> ButtonStyle {
        match self {
            Self::Full => ButtonStyle::Full,
            Self::Icons | Self::Narrow | Self::Tiny => ButtonStyle::IconOnly,
        }
    }
}

/// Shows the bar, and those of captures and copies below it.
pub(crate) fn top_bar_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, 0.0);
    Panel::top("top-bar")
        .exact_size(space::TOP_BAR)
        .resizable(false)
        .frame(Frame::new().fill(palette.panel).inner_margin(margin))
        .show(ui, |ui| {
            let room = Room::of(ui.available_width(), view);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                right_ui(ui, view, room, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    address_ui(ui, view, room, commands);
                    if room > Room::Tiny {
                        divider(ui);
                        folder_ui(ui, view, room, commands);
                    }
                });
            });
        });
    commands.extend(bar::bars_ui(ui, &view.bars).map(Command::Capture));
    dialog::bar_ui(ui, view, commands);
}

fn address_ui(ui: &mut Ui, view: &View, room: Room, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.label(theme::icon(icons::GLASS).size(text::TITLE).color(palette.accent));
    if room >= Room::Icons {
        let name = RichText::new("byteglass").font(FontId::new(text::TITLE, theme::strong_family()));
        ui.label(name.color(palette.text));
    }
    let state = match view.address {
        Some(_) if view.under_way.stopping() => Some("Stopping"),
        None if view.under_way.listening().is_some() => Some("Starting"),
        None => Some("Stopped"),
        // The shield says it.
        Some(_) => None,
    };
    state.map(|words| pill(ui, palette.dim, words));
    let shown = view
        .url
        .clone()
        .unwrap_or_else(|| view::url_of((view.settings.bind.first(), view.settings.port).into()));
    let exposure = view.exposure.as_ref().filter(|_| state.is_none());
    // In the smallest bar the shield is only shown where it warns.
    let exposure = exposure.filter(|exposure| room > Room::Tiny || !exposure.openings.is_empty());
    let buttons = 1 + usize::from(room > Room::Tiny) + usize::from(exposure.is_some());
    url_ui(ui, view, &shown, (room, buttons), commands);
    ui.add_enabled_ui(view.url.is_some(), |ui| {
        // Without words at any width, since the folder's name needs the room.
        if room > Room::Tiny && button::button(ui, icons::COPY, "Copy", ButtonStyle::IconOnly).clicked() {
            commands.push(Command::CopyText(shown.clone()));
        }
        if button::button(ui, icons::ARROW_SQUARE_OUT, "Open in browser", ButtonStyle::IconOnly).clicked() {
            commands.push(Command::OpenUrl(shown.clone()));
        }
    });
    if let Some(exposure) = exposure {
        // A usual name is not cut for the sake of the shield's words.
        let name = ui.painter().layout_no_wrap(view.site(), theme::mono_font(), palette.text);
        let name = name.size().x.min(shield::NAME_MAX);
        let folder = buttons_width(ui, room.style(), upstreams(view).as_deref()) + shield::WORD + name;
        let words = if room >= Room::Icons { ui.available_width() - folder } else { 0.0 };
        shield_ui(ui, exposure, view.live.outer, words, commands);
    }
}

/// Shows the address, which leads to the card that changes it. `buttons`: how many follow.
fn url_ui(ui: &mut Ui, view: &View, url: &str, (room, buttons): (Room, usize), commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let colour = if view.url.is_some() { palette.text } else { palette.faint };
    let words = RichText::new(url).font(theme::mono_font()).color(colour);
    let response = ui
        .scope(|ui| {
            let mut label = Label::new(words).sense(Sense::click());
            if room == Room::Tiny {
                #[allow(clippy::cast_precision_loss, reason = "at most three")]
                let buttons = buttons as f32 * top_bar::ICON_BUTTON;
                ui.set_max_width((ui.available_width() - buttons).max(top_bar::FOLDER_MIN));
                label = label.truncate();
            }
            ui.add(label)
        })
        .inner;
    if response.on_hover_text(format!("{url}: change address or port")).clicked() {
        commands.push(Command::ShowPage(PageId::Server));
    }
}

/// Laid out from the right, so the last item comes first.
fn right_ui(ui: &mut Ui, view: &View, room: Room, commands: &mut Vec<Command>) {
    let style = room.style();
    if room >= Room::Icons {
        theme_ui(ui, view, commands);
        named_ui(ui, view, Named::Power, (icons::POWER, view.address.is_none(), style), commands);
    } else {
        more_ui(ui, view, room == Room::Tiny, commands);
    }
    capture_ui(ui, view, style, commands);
    if room >= Room::Icons {
        named_ui(ui, view, Named::Clear, (icons::ERASER, false, style), commands);
    }
    let icon = if view.paused { icons::PLAY } else { icons::PAUSE };
    // A view that stands still must not look like one that nothing happens in.
    named_ui(ui, view, Named::Pause, (icon, view.paused, style), commands);
}

/// A button for a command. `shown`: its icon, whether it is the main button of its group, and its style.
fn named_ui(
    ui: &mut Ui,
    view: &View,
    named: Named,
    shown: (&str, bool, ButtonStyle),
    commands: &mut Vec<Command>,
) {
    let (icon, is_primary, style) = shown;
    let command = named.command(view);
    ui.add_enabled_ui(command.is_some(), |ui| {
        let show: fn(&mut Ui, &str, &str, ButtonStyle) -> Response =
            if is_primary { button::primary } else { button::button };
        let mut response = show(ui, icon, named.name(view), style);
        if let Some(hint) = named.hint(view) {
            response = response.on_hover_text(hint);
        }
        if response.clicked() {
            commands.extend(command);
        }
    });
}

fn pill(ui: &mut Ui, colour: egui::Color32, words: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::small_font(), colour);
    let margin = Vec2::from(widget::PILL_MARGIN);
    let size = galley.size() + margin * 2.0 + vec2(widget::DOT + space::TIGHT, 0.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    let outline = Stroke::new(space::HAIRLINE, colour.gamma_multiply(0.6));
    let radius = CornerRadius::from(rect.height() / 2.0);
    ui.painter().rect_stroke(rect, radius, outline, StrokeKind::Inside);
    let dot = rect.left_center() + vec2(margin.x + widget::DOT / 2.0, 0.0);
    ui.painter().circle_filled(dot, widget::DOT / 2.0, colour);
    let at = rect.left_top() + margin + vec2(widget::DOT + space::TIGHT, 0.0);
    ui.painter().galley(at, galley, colour);
    response
}

fn divider(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(space::GAP, top_bar::DIVIDER), Sense::hover());
    let line = Stroke::new(space::HAIRLINE, theme::palette(ui).line);
    ui.painter().vline(rect.center().x, rect.y_range(), line);
}
