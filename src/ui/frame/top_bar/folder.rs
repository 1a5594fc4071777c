//! The folder that is served: its name, another one, and those that were served before.

use std::path::Path;

use egui::{Align, Button, FontId, Label, Layout, RichText, Ui, vec2};

use crate::{
    server::SiteChoice,
    ui::{
        command::Command,
        format, icons,
        named::Named,
        theme::{self, space, text, top_bar},
        view::View,
        widgets::button::{self, ButtonStyle},
    },
};

use super::{Room, named_ui};

/// Laid out from the right, so that the folder's name gets the remaining room.
pub(super) fn folder_ui(ui: &mut Ui, view: &View, room: Room, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let style = room.style();
    if style == ButtonStyle::Full {
        let words = if view.under_way.opening().is_some() { "Opening" } else { "Serving" };
        ui.label(RichText::new(words).color(palette.dim));
    }
    let choice = view.site_choice();
    let site = view.site();
    let font = if matches!(choice, SiteChoice::Folder(_)) { theme::mono_font() } else { theme::body_font() };
    let name_fits = room >= Room::Icons;
    let room = |upstreams: Option<&str>| ui.available_width() - buttons_width(ui, style, upstreams);
    // Where there is no room for it, the rail leads to the page.
    let upstreams = upstreams(view).filter(|name| room(Some(name)) >= top_bar::FOLDER_MIN);
    let room = room(upstreams.as_deref()).max(top_bar::FOLDER_MIN);
    let shown = fitting(ui, &site, &font, room, "");
    let full = match choice {
        SiteChoice::Folder(folder) => folder.display().to_string(),
        SiteChoice::Welcome => "The welcome site is part of the program.".to_owned(),
    };
    if name_fits {
        let label = Label::new(RichText::new(shown).font(font).color(palette.text));
        ui.add(label.extend()).on_hover_text(full);
    }
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
pub(super) fn upstreams(view: &View) -> Option<String> {
    let count: usize = view.settings.gateway.groups.iter().map(|group| group.backends.len()).sum();
    (count > 0).then(|| format!("Upstreams {count}"))
}

fn recent_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let menu = ui.menu_button(theme::icon(icons::CARET_DOWN), |ui| {
        recent_items_ui(ui, view, commands);
    });
    if menu.response.clicked() {
        commands.push(Command::LookForRecent);
    }
    menu.response.on_hover_text("Folders served before").accessible_name("Recent");
}

/// The items of the menu of recent folders.
pub(super) fn recent_items_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    ui.set_min_width(top_bar::RECENT_MENU);
    for (folder, there) in &view.recent {
        recent_row(ui, view, folder, *there, commands);
    }
    if view.recent.is_empty() {
        let words = RichText::new("Folders that were served appear here.");
        ui.label(words.color(theme::palette(ui).dim));
    }
    ui.separator();
    if ui.add(Button::new("The welcome site").frame_when_inactive(false)).clicked() {
        commands.push(Command::ServeWelcome);
        ui.close();
    }
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
pub(super) fn buttons_width(ui: &Ui, style: ButtonStyle, upstreams: Option<&str>) -> f32 {
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
