//! The question before a request is sent again, and the bar while copies are being sent.

use egui::{FontId, Frame, Id, Label, Margin, Modal, Panel, ProgressBar, RichText, Ui, vec2};

use crate::{
    trace::{AgainSource, Severity},
    ui::{
        command::{AgainCommand, Command},
        icons,
        theme::{self, captures, sheet, space, text},
        view::View,
        widgets::{
            button::{self, ButtonStyle},
            notice,
        },
    },
    words,
};

use super::model::{Moved, Question, SendAgain};

/// Shows the question, if there is one, over the window.
pub(in crate::ui) fn question_ui(ctx: &egui::Context, view: &View, commands: &mut Vec<Command>) {
    let SendAgain::Asking(question) = &view.again else { return };
    let palette = if ctx.global_style().visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::from(space::WIDE));
    let modal =
        Modal::new(Id::unique("send again")).backdrop_color(palette.veil).frame(frame).show(ctx, |ui| {
            ui.set_width(sheet::WIDTH.min(ctx.content_rect().width() - sheet::BESIDE));
            let title = RichText::new("Send this request again?");
            ui.label(title.font(FontId::new(text::TITLE, theme::strong_family())));
            ui.add_space(space::GAP);
            for sentence in sentences(question, view) {
                ui.add(Label::new(sentence).wrap());
                ui.add_space(space::TIGHT);
            }
            ui.add_space(space::GAP);
            ui.horizontal_wrapped(|ui| buttons_ui(ui, question, commands));
        });
    if modal.should_close() {
        commands.push(Command::Again(AgainCommand::Stop));
    }
}

fn buttons_ui(ui: &mut Ui, question: &Question, commands: &mut Vec<Command>) {
    let mut confirm = |with_credentials| {
        commands.push(Command::Again(AgainCommand::Confirm { with_credentials }));
    };
    if question.credentials.is_empty() {
        let name = match question.times {
            1 => "Send once".to_owned(),
            times => format!("Send {} times", words::count(times.into())),
        };
        if button::primary(ui, "", &name, ButtonStyle::Full).clicked() {
            confirm(true);
        }
    } else {
        let names = question.credentials.join(" and ");
        if button::primary(ui, "", &format!("Send without {names}"), ButtonStyle::Full).clicked() {
            confirm(false);
        }
        if button::button(ui, "", &format!("Send with {names}"), ButtonStyle::Full).clicked() {
            confirm(true);
        }
    }
    if button::button(ui, "", "Cancel", ButtonStyle::Full).clicked() {
        commands.push(Command::Again(AgainCommand::Stop));
    }
}

/// What the user has to know before.
fn sentences(question: &Question, view: &View) -> Vec<String> {
    let mut all = Vec::new();
    let line = format!("{} {}", question.request.method, question.request.target);
    let line = words::shortened(line.trim(), 60);
    if question.source == AgainSource::File {
        let meant = match &question.host {
            Some(host) => format!("{line} was meant for the host {host}"),
            None => format!("{line} names no host"),
        };
        let address = view.url.as_deref().unwrap_or("this server");
        all.push(format!("{meant}. It comes from an opened file, and goes to {address}."));
        if !view.settings.gateway.groups.is_empty() {
            all.push("This server may pass it on to one of its backends.".to_owned());
        }
    }
    if let Some(Moved { from, to }) = &question.moved {
        let went = match &**from {
            "" => "was answered by this server itself".to_owned(),
            backend => format!("went to {backend}"),
        };
        let to = words::shortened(&to.join(" or "), 60);
        all.push(format!("{line} {went}. By the settings of now it goes to {to}."));
    }
    if !question.credentials.is_empty() {
        let names = question.credentials.join(" and ");
        all.push(format!("It has {names}, with which somebody may act as the one who sent it."));
    }
    if question.is_risky() {
        let times = words::count(question.times.into());
        all.push(format!("{line} may change something on the server. It is sent {times} times."));
    }
    all
}

/// Shows the bar while copies are being sent.
pub(in crate::ui) fn bar_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let SendAgain::Sending(under_way) = &view.again else { return };
    let progress = under_way.sending.task().progress();
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, space::TIGHT);
    let frame = Frame::new().fill(palette.panel).inner_margin(margin);
    Panel::top("sending again").resizable(false).frame(frame).show(ui, |ui| {
        let stop = |ui: &mut Ui| button::button(ui, "", "Stop sending", ButtonStyle::Full).clicked();
        let words = match progress.total {
            0 | 1 => format!("Sending the request of #{} again", under_way.id),
            total => format!(
                "Sending the request of #{} again: {} of {}",
                under_way.id,
                words::count(progress.done),
                words::count(total)
            ),
        };
        let stopped = notice::framed(ui, Severity::Info, icons::REPEAT, stop, |ui| {
            let room = (ui.available_width() - captures::PROGRESS).max(captures::PROGRESS);
            let size = vec2(room, ui.available_height());
            ui.allocate_ui(size, |ui| ui.add(Label::new(words).truncate()));
            ui.add(ProgressBar::new(progress.share()));
        });
        if stopped {
            commands.push(Command::Again(AgainCommand::Stop));
        }
    });
}
