//! The lines card: port and buffer of the line protocol, and the bytes that the buffers have moved.

use eframe::egui::{RichText, Ui};

use crate::{
    lines::BufferKind,
    ui::{
        command::Command,
        context::Context,
        theme,
        widgets::{
            button::{self, ButtonStyle},
            card,
            number::{Unit, number},
            segmented::{Choice, segmented},
            toggle::toggle,
        },
    },
    words,
};

/// The suggested port: four digits, and unassigned.
const PORT: u16 = 8007;

/// Paints the contents. Returns the user's command.
pub(super) fn lines_ui(ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
    let settings = context.settings.lines;
    let live = &context.live.lines;
    card::dim(ui, "A second protocol: each message ends with a line feed and is echoed after \"Echo: \".");
    let mut changed = settings;
    ui.horizontal_wrapped(|ui| {
        if toggle(ui, settings.port.is_some(), "Speak lines").clicked() {
            changed.port = if settings.port.is_some() { None } else { Some(PORT) };
        }
        ui.label("Speak lines");
        if let Some(port) = &mut changed.port {
            ui.label(RichText::new("on port").color(theme::palette(ui).dim));
            number(ui, port, 0..=u16::MAX, Unit::Named(""), "Port for lines")
                .on_hover_text("0 takes any free port.");
        }
    });
    let names = BufferKind::ALL.map(|kind| {
        let label = kind.facts().title;
        Choice { label, detail: "", accessible_name: label }
    });
    if let Some(index) = segmented(ui, settings.buffer.index(), &names) {
        changed.buffer = BufferKind::ALL[index];
    }
    card::faint(ui, settings.buffer.facts().about);
    let mut command = (changed != settings).then_some(Command::SetLines(changed));
    if let Some(problem) = &live.problem {
        ui.label(RichText::new(&**problem).color(theme::palette(ui).error));
    }
    if let Some(address) = live.address {
        let call = format!("nc {} {}", address.ip(), address.port());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Try it:").color(theme::palette(ui).dim));
            ui.label(RichText::new(&call).font(theme::mono_font()));
            if button::button(ui, "", "Copy command", ButtonStyle::Full).clicked() {
                command = Some(Command::CopyText(call.clone()));
            }
        });
    }
    if live.messages > 0 {
        let moved = BufferKind::ALL.map(|kind| {
            format!("{} {}", kind.facts().title.to_lowercase(), words::size(live.moved[kind.index()]))
        });
        card::faint(
            ui,
            &format!(
                "{} answered. Bytes moved: {}.",
                words::plural(live.messages, "message"),
                moved.join(", ")
            ),
        );
    }
    command
}
