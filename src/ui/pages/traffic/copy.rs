//! The menu to copy parts of an exchange and to export it.

use std::ops::Range;

use egui::{Button, Ui, containers::menu::MenuButton};

use crate::{
    base::stream::Direction,
    explain::Facts,
    export::{self, Clipboard, FORMATS, Format},
    ui::{
        captures::bar,
        command::{Command, CopyError, SaveScope},
        icons,
        theme::{self, space},
        widgets::byte_view::gather,
    },
    words,
};

use super::{resolved::ResolvedExchange, view::View};

/// Paints the menu.
pub(super) fn menu(ui: &mut Ui, resolved: &ResolvedExchange, view: &View, commands: &mut Vec<Command>) {
    let button = Button::new(("Copy", theme::icon(icons::CARET_DOWN)));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        copies_ui(ui, resolved, view, commands);
        ui.separator();
        ui.menu_button("Export to a file", |ui| {
            let scope = SaveScope::One(resolved.facts.detail.exchange.id);
            bar::exports_ui(ui, scope, commands);
        });
    });
    let _ = response.accessible_name("Copy from this exchange");
    ui.add_space(space::TIGHT / 2.0);
}

/// Paints a menu item for each part of the exchange that can be copied.
pub(super) fn copies_ui(ui: &mut Ui, resolved: &ResolvedExchange, view: &View, commands: &mut Vec<Command>) {
    let mut item = |ui: &mut Ui, name: &str, enabled: bool, text: &dyn Fn() -> Result<String, CopyError>| {
        if ui.add_enabled(enabled, Button::new(name)).clicked() {
            commands.push(text().map_or_else(Command::CannotCopy, Command::CopyText));
            ui.close();
        }
    };
    let has = |direction: Direction| !resolved.facts.stream(direction).own.is_empty();
    for format in FORMATS.iter().copied() {
        let Some(clipboard) = format.clipboard() else { continue };
        let enabled = format.messages().iter().any(|direction| has(*direction));
        item(ui, clipboard.name, enabled, &|| exported(format, clipboard, &resolved.facts));
    }
    let stream = view.stream(view.message, resolved);
    let own = resolved.facts(stream).map_or(0..0, |facts| facts.own.clone());
    item(ui, "Hex dump", !own.is_empty(), &|| {
        let pieces = export::pieces_of(resolved.chunks(stream), &own);
        // The offsets, counted in the message, skip bytes that are not in the capture.
        let dumps = pieces
            .iter()
            .filter_map(|piece| Some(words::hex_dump(piece.bytes.as_ref()?, piece.range.start - own.start)));
        Ok(dumps.collect())
    });
    let target = &resolved.detail().exchange.target;
    item(ui, "Target", !target.is_empty(), &|| Ok(target.to_string()));
    let url = url(resolved);
    item(ui, "URL", url.is_some(), &|| Ok(url.clone().unwrap_or_default()));
    item(ui, "Marked bytes", view.part_to_copy().is_some(), &|| {
        Ok(text_to_copy(resolved, view).unwrap_or_default())
    });
}

/// The URL that was asked for: of the host that the request names. `None`: it names none, or asks for none.
#[must_use]
pub(super) fn url(resolved: &ResolvedExchange) -> Option<String> {
    let target = &*resolved.detail().exchange.target;
    if target.starts_with("http://") || target.starts_with("https://") {
        return Some(target.to_owned());
    }
    let request = &resolved.facts.request;
    let host = String::from_utf8_lossy(request.bytes(&request.field("host")?.value));
    target.starts_with('/').then(|| format!("http://{}{target}", host.trim()))
}

/// The exchange in a format for the clipboard, or the reason why it cannot be copied.
fn exported(format: &dyn Format, clipboard: Clipboard, facts: &Facts) -> Result<String, CopyError> {
    let bytes: u64 =
        Direction::ALL.iter().map(|direction| facts.stream(*direction).own.clone()).map(len).sum();
    let lacks = |direction| export::missing(&facts.detail, direction) > 0;
    if bytes > clipboard.bytes_max || format.raw().is_some_and(lacks) {
        return Err(CopyError::Long { format: format.title(), bytes });
    }
    export::text(format, facts).map_err(|source| CopyError::NotExpressible { format: format.title(), source })
}

const fn len(range: Range<u64>) -> u64 {
    range.end - range.start
}

/// The selected or marked bytes as text. `None`: no bytes are selected or marked.
#[must_use]
pub(super) fn text_to_copy(resolved: &ResolvedExchange, view: &View) -> Option<String> {
    let part = view.part_to_copy()?;
    let bytes = gather(resolved.chunks(part.stream), &part.range, usize::MAX);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The selected or marked bytes in hexadecimal. `None`: no bytes are selected or marked.
#[must_use]
pub(super) fn hex_to_copy(resolved: &ResolvedExchange, view: &View) -> Option<String> {
    let part = view.part_to_copy()?;
    let bytes = gather(resolved.chunks(part.stream), &part.range, usize::MAX);
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
}
