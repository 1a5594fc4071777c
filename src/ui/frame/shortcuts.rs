//! The keyboard: the command of each key, and the sheet of shortcuts.

use egui::{
    Context, Event, FontId, Frame, Grid, Id, Key, Label, Margin, Modal, Modifiers, MouseWheelUnit, RichText,
    ScrollArea, Ui, vec2,
};

use crate::{
    config::Settings,
    ui::{
        command::{Command, PageId},
        icons,
        named::{Named, Shortcut, When},
        theme::{self, sheet, space, text},
        view::View,
        widgets::button,
    },
};

/// A row of the sheet.
#[derive(Clone, Copy)]
enum Row {
    /// All pages, each with its key.
    Pages,
    /// A command with keys.
    Command(Named),
    /// Keys handled by a list, an input or the toolkit, and their effect.
    Keys(&'static str, &'static str),
}

/// The rows of the sheet, in order.
const SHEET: [Row; 30] = [
    Row::Pages,
    Row::Command(Named::ChooseFolder),
    Row::Command(Named::Filter),
    Row::Keys("Ctrl+Shift+F", "Find in the bytes, or go to an offset"),
    Row::Keys("Up, Down", "Select the exchange above or below"),
    Row::Keys("Home, End", "Select the first exchange, or the last"),
    Row::Keys("PageUp, PageDown", "Go up or down a page of the list"),
    Row::Keys("Shift+Up, Shift+Down", "Select several exchanges"),
    Row::Keys("Ctrl+A", "Select all exchanges of the list"),
    Row::Keys("1 to 9, 0", "Mark the selected exchanges, or take the colour away"),
    Row::Keys("C", "Comment on the selected exchanges"),
    Row::Keys("Delete", "Delete the selected exchanges"),
    Row::Keys("Left, Right", "Go from one part of the message to the next"),
    Row::Keys("Ctrl+Shift+R", "Replay the message byte by byte, or stop"),
    Row::Keys("Left, Right", "In a replay: a byte back, or on"),
    Row::Keys("Shift, Ctrl + Left, Right", "In a replay: a token, or a read"),
    Row::Keys("P", "In a replay: play, or stop playing"),
    Row::Keys("N, Shift+N", "In a replay: run on, or back, to what is chosen"),
    Row::Keys("Ctrl+C", "Copy the marked or selected bytes as text"),
    Row::Command(Named::SendAgain),
    Row::Command(Named::Pause),
    Row::Command(Named::Clear),
    Row::Command(Named::SaveCapture),
    Row::Keys("Tab, Shift+Tab", "Go to the next control, or the one before"),
    Row::Keys("Alt+Up, Alt+Down", "Move the middleware that has the focus"),
    Row::Keys("Ctrl+Plus, Ctrl+wheel up", "Larger"),
    Row::Keys("Ctrl+Minus, Ctrl+wheel down", "Smaller"),
    Row::Keys("Ctrl+0", "Normal size"),
    Row::Command(Named::Shortcuts),
    Row::Keys("Esc", "Close a sheet or a menu"),
];

/// The commands of the keys pressed in this frame. Keys that an input needs are left to the input.
#[must_use]
pub(crate) fn pressed(ctx: &Context, view: &View) -> Vec<Command> {
    let typing = ctx.egui_wants_keyboard_input();
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        for (index, page) in PageId::ALL.into_iter().enumerate() {
            let key = Key::from_name(&(index + 1).to_string());
            if key.is_some_and(|key| input.consume_key(Modifiers::COMMAND, key)) {
                commands.push(Command::ShowPage(page));
            }
        }
        for named in Named::ALL {
            let mut asks = |shortcut: &Shortcut| match shortcut.when {
                When::Shared => {
                    input.modifiers.matches_logically(shortcut.modifiers) && input.key_pressed(shortcut.key)
                }
                When::NotTyping if typing => false,
                When::Unfocused if typing || focused || view.sheet_open => false,
                When::Always | When::NotTyping | When::Unfocused => {
                    input.consume_key(shortcut.modifiers, shortcut.key)
                }
            };
            if named.facts().keys.iter().any(&mut asks) {
                commands.extend(named.command(view));
            }
        }
    });
    commands
}

/// The zoom after the turns of the wheel with Ctrl in this frame, a step for each. `None`: it was not turned.
#[must_use]
pub(crate) fn zoomed(ctx: &Context) -> Option<f32> {
    const STEP: f32 = 0.1;
    /// What a touchpad moves for a step, in points.
    const POINTS: f32 = 50.0;
    let turns: f32 = ctx.input(|input| {
        let turn = |event: &Event| match event {
            Event::MouseWheel { delta, modifiers, unit, .. } if modifiers.command => match unit {
                MouseWheelUnit::Point => delta.y / POINTS,
                MouseWheelUnit::Line | MouseWheelUnit::Page => delta.y.signum(),
            },
            _ => 0.0,
        };
        input.events.iter().map(turn).sum()
    });
    let zoom = ctx.zoom_factor() + turns * STEP;
    (turns != 0.0).then(|| zoom.clamp(*Settings::ZOOM.start(), *Settings::ZOOM.end()))
}

/// Shows the sheet over the window.
pub(crate) fn sheet_ui(ctx: &Context, commands: &mut Vec<Command>) {
    let palette = if ctx.global_style().visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
    // The height that remains below the title and inside the margins.
    let room = ctx.content_rect().height() - sheet::AROUND;
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::from(space::WIDE));
    let modal =
        Modal::new(Id::unique("shortcuts")).backdrop_color(palette.veil).frame(frame).show(ctx, |ui| {
            ui.set_width(sheet::WIDTH.min(ctx.content_rect().width() - sheet::BESIDE));
            ui.horizontal(|ui| {
                let title = RichText::new("Keyboard shortcuts");
                ui.label(title.font(FontId::new(text::TITLE, theme::strong_family())));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if button::bare(ui, icons::X, "Close shortcuts").clicked() {
                        ui.close();
                    }
                });
            });
            ui.add_space(space::GAP);
            ScrollArea::vertical().auto_shrink([false, true]).max_height(room).show(ui, keys_ui);
        });
    if modal.should_close() {
        commands.push(Command::ShowShortcuts(false));
    }
}

fn keys_ui(ui: &mut Ui) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new("shortcut-keys").spacing(vec2(space::WIDE, space::GAP)).min_col_width(sheet::KEYS).show(
        ui,
        |ui| {
            let mut row = |keys: &str, what: &str| {
                ui.label(RichText::new(keys).font(theme::mono_font()).color(palette.accent));
                ui.add(Label::new(what).wrap());
                ui.end_row();
            };
            for of in SHEET {
                match of {
                    Row::Pages => {
                        for (index, page) in PageId::ALL.into_iter().enumerate() {
                            row(&format!("Ctrl+{}", index + 1), page.facts().title);
                        }
                    }
                    Row::Command(named) => row(named.facts().keys_name, named.facts().sheet),
                    Row::Keys(keys, what) => row(keys, what),
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_with_keys_is_in_the_sheet() {
        for named in Named::ALL {
            let facts = named.facts();
            let rows = SHEET.iter().filter(|row| matches!(row, Row::Command(of) if *of == named)).count();
            assert_eq!(rows, usize::from(!facts.keys.is_empty()), "{named:?}");
            assert_eq!(facts.keys.is_empty(), facts.sheet.is_empty(), "{named:?}");
            assert_eq!(facts.keys.is_empty(), facts.keys_name.is_empty(), "{named:?}");
            assert!(!facts.name.is_empty(), "{named:?}");
        }
    }

    #[test]
    fn each_page_has_a_key_an_icon_and_a_name() {
        assert!(SHEET.iter().any(|row| matches!(row, Row::Pages)));
        for (index, page) in PageId::ALL.into_iter().enumerate() {
            assert_eq!(page as usize, index, "ALL is in the order of the enum");
            assert!(Key::from_name(&(index + 1).to_string()).is_some(), "{page:?}");
            assert!(!page.facts().icon.is_empty() && !page.facts().title.is_empty(), "{page:?}");
        }
    }
}
