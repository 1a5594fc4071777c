//! The bar at the top: the server's state, address and site; and the notices below it.

use std::path::Path;

use egui::{
    Align, Button, CornerRadius, FontId, Frame, Label, Layout, Panel, Response, RichText, Role, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use crate::{
    config::ThemeChoice,
    server::SiteChoice,
    ui::{
        again::dialog,
        captures::bar,
        command::{Command, PageId, Topic},
        format, icons,
        named::Named,
        theme::{self, shield, space, text, top_bar, widget},
        view::{self, View},
        widgets::{
            button::{self, ButtonStyle},
            notice,
        },
    },
};

use super::shield::shield_ui;

/// Shows the bar and the notices.
pub(crate) fn top_bar_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, 0.0);
    Panel::top("top-bar")
        .exact_size(space::TOP_BAR)
        .resizable(false)
        .frame(Frame::new().fill(palette.panel).inner_margin(margin))
        .show(ui, |ui| {
            let upstreams = if upstreams(view).is_some() { top_bar::UPSTREAMS } else { 0.0 };
            let style = if ui.available_width() < top_bar::COMPACT_BELOW + upstreams {
                ButtonStyle::IconOnly
            } else {
                ButtonStyle::Full
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                right_ui(ui, view, style, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    address_ui(ui, view, style, commands);
                    divider(ui);
                    folder_ui(ui, view, style, commands);
                });
            });
        });
    notices_ui(ui, view, commands);
    commands.extend(bar::bars_ui(ui, &view.bars).map(Command::Capture));
    dialog::bar_ui(ui, view, commands);
}

fn address_ui(ui: &mut Ui, view: &View, style: ButtonStyle, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let name = RichText::new("byteglass").font(FontId::new(text::TITLE, theme::strong_family()));
    ui.label(theme::icon(icons::GLASS).size(text::TITLE).color(palette.accent));
    ui.label(name.color(palette.text));
    let state = match view.address {
        Some(_) if view.under_way.stopping() => Some("Stopping"),
        None if view.under_way.listening().is_some() => Some("Starting"),
        None => Some("Stopped"),
        // The shield says it.
        Some(_) => None,
    };
    state.map(|words| pill(ui, palette.dim, words));
    let shown =
        view.url.clone().unwrap_or_else(|| view::url_of((view.settings.bind, view.settings.port).into()));
    let colour = if view.url.is_some() { palette.text } else { palette.faint };
    let label =
        Label::new(RichText::new(&shown).font(theme::mono_font()).color(colour)).sense(Sense::click());
    let response = ui.add(label).on_hover_text("Change address or port");
    if response.clicked() {
        commands.push(Command::ShowPage(PageId::Server));
    }
    ui.add_enabled_ui(view.url.is_some(), |ui| {
        // Without words at any width, since the folder's name needs the room.
        if button::button(ui, icons::COPY, "Copy", ButtonStyle::IconOnly).clicked() {
            commands.push(Command::CopyText(shown.clone()));
        }
        if button::button(ui, icons::ARROW_SQUARE_OUT, "Open in browser", ButtonStyle::IconOnly).clicked() {
            commands.push(Command::OpenUrl(shown.clone()));
        }
    });
    if let Some(exposure) = view.exposure.as_ref().filter(|_| state.is_none()) {
        // A usual name is not cut for the sake of the shield's words.
        let name = ui.painter().layout_no_wrap(view.site(), theme::mono_font(), palette.text);
        let name = name.size().x.min(shield::NAME_MAX);
        let folder = buttons_width(ui, style, upstreams(view).as_deref()) + shield::WORD + name;
        shield_ui(ui, exposure, ui.available_width() - folder, commands);
    }
}

/// Laid out from the right, so that the folder's name gets the remaining room.
fn folder_ui(ui: &mut Ui, view: &View, style: ButtonStyle, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    if style == ButtonStyle::Full {
        let words = if view.under_way.opening().is_some() { "Opening" } else { "Serving" };
        ui.label(RichText::new(words).color(palette.dim));
    }
    let choice = view.site_choice();
    let site = view.site();
    let font = if matches!(choice, SiteChoice::Folder(_)) { theme::mono_font() } else { theme::body_font() };
    let room = |upstreams: Option<&str>| ui.available_width() - buttons_width(ui, style, upstreams);
    // Where there is no room for it, the rail leads to the page.
    let upstreams = upstreams(view).filter(|name| room(Some(name)) >= top_bar::FOLDER_MIN);
    let room = room(upstreams.as_deref()).max(top_bar::FOLDER_MIN);
    let shown = fitting(ui, &site, &font, room, "");
    let label = Label::new(RichText::new(shown).font(font).color(palette.text));
    let full = match choice {
        SiteChoice::Folder(folder) => folder.display().to_string(),
        SiteChoice::Welcome => "The welcome site is part of the program.".to_owned(),
    };
    ui.add(label.extend()).on_hover_text(full);
    named_ui(ui, view, Named::ChooseFolder, (icons::FOLDER_OPEN, true, style), commands);
    // Without its word, since the folder's name needs the room.
    recent_ui(ui, view, commands);
    if let Some(name) = upstreams
        && button::button(ui, icons::ARROWS_LEFT_RIGHT, &name, style).clicked()
    {
        commands.push(Command::ShowUpstreams);
    }
}

/// The name of the button for the backends. `None`: there are none.
fn upstreams(view: &View) -> Option<String> {
    let count: usize = view.settings.gateway.groups.iter().map(|group| group.backends.len()).sum();
    (count > 0).then(|| format!("Upstreams {count}"))
}

fn recent_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let menu = ui.menu_button(theme::icon(icons::CARET_DOWN), |ui| {
        ui.set_min_width(top_bar::RECENT_MENU);
        for (folder, there) in &view.recent {
            recent_row(ui, view, folder, *there, commands);
        }
        if view.recent.is_empty() {
            ui.label(RichText::new("Folders that were served appear here.").color(palette.dim));
        }
        ui.separator();
        if ui.add(Button::new("The welcome site").frame_when_inactive(false)).clicked() {
            commands.push(Command::ServeWelcome);
            ui.close();
        }
    });
    if menu.response.clicked() {
        commands.push(Command::LookForRecent);
    }
    menu.response.on_hover_text("Folders served before").accessible_name("Recent");
}

fn recent_row(ui: &mut Ui, view: &View, folder: &Path, there: bool, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let name = format::path(folder, view.home.as_deref());
    let size = vec2(top_bar::RECENT_MENU, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        if button::bare(ui, icons::X, &format!("Forget {name}")).clicked() {
            commands.push(Command::ForgetRecent(folder.to_owned()));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let missing = if there { "" } else { " (missing)" };
            let shown = fitting(ui, &name, &theme::mono_font(), ui.available_width() - margins(ui), missing);
            let words = RichText::new(shown).font(theme::mono_font());
            let words = if there { words } else { words.color(palette.faint) };
            let response = ui
                .add(Button::new(words).frame_when_inactive(false))
                .on_hover_text(folder.display().to_string())
                .accessible_name(format!("{name}{missing}"));
            if response.clicked() {
                commands.push(Command::ServeFolder(folder.to_owned()));
                ui.close();
            }
        });
    });
}

/// Laid out from the right, so the last item comes first.
fn right_ui(ui: &mut Ui, view: &View, style: ButtonStyle, commands: &mut Vec<Command>) {
    let theme_icon = match view.theme {
        ThemeChoice::System => icons::CIRCLE_HALF,
        ThemeChoice::Dark => icons::MOON,
        ThemeChoice::Light => icons::SUN,
    };
    let menu = ui.menu_button(theme::icon(theme_icon), |ui| {
        for choice in ThemeChoice::ALL {
            if ui.add(Button::selectable(view.theme == choice, choice.facts().title)).clicked() {
                commands.push(Command::SetTheme(choice));
                ui.close();
            }
        }
        ui.separator();
        item_ui(ui, view, Named::Shortcuts, commands);
    });
    menu.response.on_hover_text("Theme and shortcuts").accessible_name("Theme and shortcuts");
    named_ui(ui, view, Named::Power, (icons::POWER, view.address.is_none(), style), commands);
    capture_ui(ui, view, style, commands);
    named_ui(ui, view, Named::Clear, (icons::ERASER, false, style), commands);
    let icon = if view.paused { icons::PLAY } else { icons::PAUSE };
    named_ui(ui, view, Named::Pause, (icon, false, style), commands);
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

/// An item of a menu for a command.
fn item_ui(ui: &mut Ui, view: &View, named: Named, commands: &mut Vec<Command>) {
    let command = named.command(view);
    let button = Button::new(named.name(view)).frame_when_inactive(false);
    if ui.add_enabled(command.is_some(), button).clicked() {
        commands.extend(command);
        ui.close();
    }
}

fn capture_ui(ui: &mut Ui, view: &View, style: ButtonStyle, commands: &mut Vec<Command>) {
    let words = if style == ButtonStyle::Full { "Capture" } else { "" };
    let menu = ui.menu_button((theme::icon(icons::FILE), words, theme::icon(icons::CARET_DOWN)), |ui| {
        ui.set_min_width(top_bar::CAPTURE_MENU);
        item_ui(ui, view, Named::OpenCapture, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveCapture, commands);
        item_ui(ui, view, Named::ExportCapture, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveFiltered, commands);
        item_ui(ui, view, Named::ExportFiltered, commands);
        ui.separator();
        item_ui(ui, view, Named::SaveExchange, commands);
        let name = "Export this exchange";
        match view.wants.selected {
            Some(id) => {
                ui.menu_button(name, |ui| bar::exports_ui(ui, id, commands));
            }
            None => {
                ui.add_enabled(false, Button::new(name).frame_when_inactive(false));
            }
        }
    });
    menu.response.on_hover_text("Open and save what was captured").accessible_name("Capture");
}

fn notices_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    // Notices about the address are shown beside its inputs while those are on the screen.
    let mut shown = view
        .notices
        .iter()
        .filter(|(topic, _)| **topic != Topic::Address || !view.wants.shows_address)
        .peekable();
    if shown.peek().is_none() {
        return;
    }
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, space::TIGHT);
    let frame = Frame::new().fill(palette.panel).inner_margin(margin);
    Panel::top("notices").resizable(false).frame(frame).show(ui, |ui| {
        for (topic, (severity, words)) in shown {
            if notice::notice(ui, *severity, words) {
                commands.push(Command::Dismiss(*topic));
            }
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

/// As much of `text` as fits, shortened in the middle if necessary, followed by `after`.
fn fitting(ui: &Ui, text: &str, font: &FontId, room: f32, after: &str) -> String {
    let whole = format!("{text}{after}");
    let colour = theme::palette(ui).text;
    if ui.painter().layout_no_wrap(whole.clone(), font.clone(), colour).size().x <= room {
        return whole;
    }
    let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(font, '0'));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width over a width")]
    let fits = (room / glyph) as usize;
    format!("{}{after}", format::elide_middle(text, fits.saturating_sub(after.chars().count())))
}

fn margins(ui: &Ui) -> f32 {
    ui.spacing().button_padding.x * 2.0
}

/// The width of "Choose folder…", "Recent" and, if there are any, `upstreams`: it is reserved before the folder's
/// name.
fn buttons_width(ui: &Ui, style: ButtonStyle, upstreams: Option<&str>) -> f32 {
    let icon = text::INLINE_ICON + space::TIGHT;
    let button = |words: &str| {
        let colour = theme::palette(ui).text;
        let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::body_font(), colour);
        galley.size().x + margins(ui) + icon + ui.spacing().item_spacing.x
    };
    let words = match (style, upstreams) {
        (ButtonStyle::Full, None) => ["Choose folder…", ""].to_vec(),
        (ButtonStyle::Full, Some(upstreams)) => ["Choose folder…", "", upstreams].to_vec(),
        (ButtonStyle::IconOnly, None) => [""; 2].to_vec(),
        (ButtonStyle::IconOnly, Some(_)) => [""; 3].to_vec(),
    };
    words.into_iter().map(button).sum::<f32>() + ui.spacing().item_spacing.x
}
