//! The keyboard: what each key asks for, and the sheet that says so.

use eframe::egui::{
    Context, FontId, Frame, Grid, Id, Key, KeyboardShortcut, Label, Margin, Modal, Modifiers, RichText,
    ScrollArea, Ui, vec2,
};

use crate::ui::{
    command::{Command, Page},
    icons,
    theme::{self, sheet, space, text},
    widgets::button,
};

/// The sheet, in its order: keys and what they do.
const SHEET: [(&str, &str); 15] = [
    ("Ctrl+1", "Traffic"),
    ("Ctrl+2", "Server"),
    ("Ctrl+O", "Choose a folder to serve"),
    ("Ctrl+F", "Filter the exchanges"),
    ("Up, Down", "Select the exchange above or below"),
    ("Left, Right", "Go from one part of the message to the next"),
    ("Space", "Pause the view, or go on"),
    ("Ctrl+L", "Clear the capture"),
    ("Tab, Shift+Tab", "Go to the next control, or the one before"),
    ("Alt+Up, Alt+Down", "Move the middleware that has the focus"),
    ("Ctrl+Plus", "Larger"),
    ("Ctrl+Minus", "Smaller"),
    ("Ctrl+0", "Normal size"),
    ("F1 or ?", "This sheet"),
    ("Esc", "Close a sheet or a menu"),
];

/// What the keys pressed in this frame ask for. Keys that an input needs are left to it.
#[must_use]
pub fn pressed(ctx: &Context, view_paused: bool, sheet_open: bool) -> Vec<Command> {
    let typing = ctx.egui_wants_keyboard_input();
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        let mut ctrl = |key| input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key));
        for (page, key) in Page::ALL.into_iter().zip([Key::Num1, Key::Num2]) {
            if ctrl(key) {
                commands.push(Command::ShowPage(page));
            }
        }
        if ctrl(Key::O) {
            commands.push(Command::ChooseFolder);
        }
        if ctrl(Key::L) || ctrl(Key::K) {
            commands.push(Command::Clear);
        }
        // Not consumed: the Traffic page puts the cursor into its filter on the same key.
        if input.modifiers.command && input.key_pressed(Key::F) {
            commands.push(Command::ShowPage(Page::Traffic));
        }
        let help = input.consume_key(Modifiers::NONE, Key::F1)
            || (!typing
                && (input.consume_key(Modifiers::NONE, Key::Questionmark)
                    || input.consume_key(Modifiers::SHIFT, Key::Questionmark)));
        if help {
            commands.push(Command::ShowShortcuts(!sheet_open));
        }
        if !typing && !focused && !sheet_open && input.consume_key(Modifiers::NONE, Key::Space) {
            commands.push(Command::SetPaused(!view_paused));
        }
    });
    commands
}

/// Shows the sheet over the window.
pub fn sheet_ui(ctx: &Context, commands: &mut Vec<Command>) {
    let palette = if ctx.global_style().visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
    // What is left of the window once title and margins have their room.
    let room = ctx.content_rect().height() - sheet::AROUND;
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::from(space::WIDE));
    let modal =
        Modal::new(Id::unique("shortcuts")).backdrop_color(palette.veil).frame(frame).show(ctx, |ui| {
            ui.set_width(sheet::WIDTH);
            ui.horizontal(|ui| {
                let title = RichText::new("Keyboard shortcuts");
                ui.label(title.font(FontId::new(text::TITLE, theme::strong_family())));
                ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
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
            for (keys, what) in SHEET {
                ui.label(RichText::new(keys).font(theme::mono_font()).color(palette.accent));
                ui.add(Label::new(what).extend());
                ui.end_row();
            }
        },
    );
}
