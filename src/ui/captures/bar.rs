//! The bars below the top bar, and the menu items that export an exchange.

use egui::{Button, Frame, Label, Panel, ProgressBar, RichText, Ui, vec2};

use crate::{
    capture::save::FileFormat,
    export::FORMATS,
    ui::{
        command::{CaptureCommand, Command, SaveScope},
        icons,
        theme::{self, captures, space},
        widgets::{
            button::{self, ButtonStyle},
            notice,
        },
    },
};

use super::model::CaptureBar;

/// The menu items that export exchanges, one per format.
pub fn exports_ui(ui: &mut Ui, scope: SaveScope, commands: &mut Vec<Command>) {
    for format in FORMATS.iter().copied() {
        if ui.add(Button::new(format!("{}…", format.title())).frame_when_inactive(false)).clicked() {
            let save = CaptureCommand::Save(scope, FileFormat::Export(format));
            commands.push(Command::Capture(save));
            ui.close();
        }
    }
}

/// Shows the bars. Returns the command of the button that was clicked.
pub fn bars_ui(ui: &mut Ui, bars: &[CaptureBar]) -> Option<CaptureCommand> {
    if bars.is_empty() {
        return None;
    }
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, space::TIGHT);
    let frame = Frame::new().fill(palette.panel).inner_margin(margin);
    let shown = Panel::top("captures")
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| bars.iter().filter_map(|bar| bar_ui(ui, bar)).last());
    shown.inner
}

fn bar_ui(ui: &mut Ui, bar: &CaptureBar) -> Option<CaptureCommand> {
    let colour = theme::palette(ui).text;
    let buttons = |ui: &mut Ui| {
        let mut asked = None;
        for (name, command) in bar.buttons.iter().rev() {
            if button::button(ui, "", name, ButtonStyle::Full).clicked() {
                asked = Some(command.clone());
            }
        }
        asked
    };
    notice::framed(ui, bar.severity, icons::FILE, buttons, |ui| {
        let words = Label::new(RichText::new(&bar.words).color(colour)).truncate();
        match bar.progress {
            None => {
                ui.add(words);
            }
            Some(progress) => {
                let room = (ui.available_width() - captures::PROGRESS).max(captures::PROGRESS);
                ui.allocate_ui(vec2(room, ui.available_height()), |ui| ui.add(words));
                ui.add(ProgressBar::new(progress).show_percentage());
            }
        }
    })
}
