//! The empty states of the page.

use egui::{Label, RichText, Ui};

use crate::{
    ui::{
        command::{CaptureCommand, Command},
        context::{Context, Opening},
        icons,
        theme::{self, space, traffic},
        widgets::button::{self, ButtonStyle},
    },
    words,
};

use super::{
    model::{Model, Step},
    repaint_soon,
};

/// The page before the first exchange: what to do next.
pub(super) fn nothing_yet(ui: &mut Ui, context: &Context<'_>, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    if let Some(opened) = context.opened {
        centred(ui, |ui| nothing_in_file(ui, opened, commands));
        return;
    }
    centred(ui, |ui| {
        ui.label(RichText::new("Nothing has arrived yet").heading());
        ui.add_space(space::GAP);
        let Some(url) = context.url else {
            wrapped(ui, "The server is stopped, so nothing can arrive.", palette.dim);
            ui.add_space(space::GAP);
            if ui.button("Start the server").clicked() {
                commands.push(Command::StartServer);
            }
            return;
        };
        wrapped(ui, "The server is listening. Requests will appear here, byte by byte.", palette.dim);
        ui.add_space(space::WIDE);
        ui.label(RichText::new(url).font(theme::title_mono_font()).color(palette.accent));
        ui.add_space(space::GAP);
        if button::primary(ui, icons::ARROW_SQUARE_OUT, "Open in browser", ButtonStyle::Full).clicked() {
            commands.push(Command::OpenUrl(format!("{url}/")));
        }
        ui.add_space(space::WIDE);
        wrapped(ui, "Or, in a terminal:", palette.dim);
        let curl = format!("curl -i {url}/");
        let line = egui::Frame::NONE
            .fill(palette.raised)
            .corner_radius(space::BUTTON_RADIUS)
            .inner_margin(egui::Margin::symmetric(traffic::CODE_MARGIN[0], traffic::CODE_MARGIN[1]));
        line.show(ui, |ui| {
            ui.add(
                Label::new(RichText::new(&curl).font(theme::mono_font()).color(palette.text))
                    .selectable(true),
            );
        });
        ui.add_space(space::TIGHT);
        if button::button(ui, icons::COPY, "Copy command", ButtonStyle::Full).clicked() {
            commands.push(Command::CopyText(curl));
        }
    });
}

/// The page of a file in which there is no exchange, so far or at all.
fn nothing_in_file(ui: &mut Ui, opened: Opening, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    if opened == Opening::Reading {
        ui.label(RichText::new("Reading the file").heading());
        ui.add_space(space::GAP);
        wrapped(ui, "Its exchanges appear here as they are found.", palette.dim);
        return;
    }
    ui.label(RichText::new("No exchanges in this file").heading());
    ui.add_space(space::GAP);
    wrapped(ui, "The bar above has the name of the file, and what is wrong with it.", palette.dim);
    ui.add_space(space::GAP);
    if ui.button("Show the live capture").clicked() {
        commands.push(Command::Capture(CaptureCommand::Close));
    }
}

/// The list when no exchange passes the filter.
pub(super) fn nothing_matches(ui: &mut Ui, model: &mut Model) {
    let palette = theme::palette(ui);
    ui.add_space(space::WIDE);
    ui.vertical_centered(|ui| {
        ui.set_max_width(ui.available_width() - 2.0 * space::WIDE);
        let kept = words::count(model.counts.kept);
        wrapped(ui, &format!("None of the {kept} exchanges matches the filter."), palette.dim);
        ui.add_space(space::TIGHT);
        if ui.button("Show all").clicked() {
            model.filter_text.clear();
            model.apply_filter();
            repaint_soon(ui.ctx());
        }
    });
}

/// The middle pane when no exchange is selected, or the selected one cannot be shown.
pub(super) fn nothing_selected(ui: &mut Ui, model: &mut Model) {
    let palette = theme::palette(ui);
    let unavailable = model.selected.filter(|_| model.is_unavailable() && model.unreadable.is_none());
    centred(ui, |ui| match unavailable {
        Some(id) => {
            ui.label(RichText::new(format!("Exchange {id} is no longer available")).heading());
            ui.add_space(space::GAP);
            let words = "The capture reached its size limit, so the oldest exchanges were removed.";
            wrapped(ui, words, palette.dim);
            ui.add_space(space::GAP);
            if ui.button("Show the latest").clicked() {
                model.step(Step::Last, false);
                repaint_soon(ui.ctx());
            }
        }
        None if let Some(why) = &model.unreadable => {
            wrapped(ui, &format!("This exchange cannot be read from disk: {why}."), palette.error);
        }
        None if model.selected.is_some() => wrapped(ui, "Loading from disk…", palette.dim),
        None => wrapped(ui, "Select an exchange to see its bytes.", palette.dim),
    });
}

fn wrapped(ui: &mut Ui, words: &str, color: egui::Color32) {
    ui.add(Label::new(RichText::new(words).color(color)).wrap());
}

fn centred(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.vertical_centered(|ui| {
        ui.set_max_width(traffic::EMPTY.min(ui.available_width() - 2.0 * space::WIDE));
        ui.add_space((ui.available_height() * traffic::EMPTY_ABOVE).max(space::WIDE));
        add(ui);
    });
}
