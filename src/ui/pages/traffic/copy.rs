//! What of an exchange can be copied, and the forms in which it is exported.

use eframe::egui::{Button, Ui, containers::menu::MenuButton};

use crate::{
    export::{self, Language},
    store::Detail,
    ui::{
        captures,
        command::Command,
        icons,
        theme::{self, space},
        widgets::byte_view::gather,
    },
    words::text,
};

use super::{
    picked::{Picked, Side},
    view::View,
};

/// Longer messages are not put on the clipboard as arrays: each byte takes six characters.
const ARRAY_BYTES: u64 = 256 * 1024;

/// Paints the menu.
pub fn menu(ui: &mut Ui, picked: &Picked, view: &View, commands: &mut Vec<Command>) {
    let button = Button::new(("Copy", theme::icon(icons::CARET_DOWN)));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        copies_ui(ui, picked, view, commands);
        ui.separator();
        ui.menu_button("Export to a file", |ui| {
            captures::exports_ui(ui, picked.facts.detail.exchange.id, commands);
        });
    });
    let _ = response.accessible_name("Copy from this exchange");
    ui.add_space(space::TIGHT / 2.0);
}

/// Paints what of an exchange can be copied.
pub fn copies_ui(ui: &mut Ui, picked: &Picked, view: &View, commands: &mut Vec<Command>) {
    let detail = picked.detail();
    let mut item = |ui: &mut Ui, name: &str, there: bool, text: &dyn Fn() -> Result<String, String>| {
        if ui.add_enabled(there, Button::new(name)).clicked() {
            commands.push(text().map_or_else(Command::CannotCopy, Command::CopyText));
            ui.close();
        }
    };
    let has = |side: Side| !picked.side(side).own.is_empty();
    let any = has(Side::Request) || has(Side::Response);
    let lossy = |outgoing: bool| Ok(String::from_utf8_lossy(&export::raw(detail, outgoing)).into_owned());
    item(ui, "As curl", has(Side::Request), &|| {
        export::curl(detail).map_err(|why| format!("There is no curl command for this: {why}."))
    });
    item(ui, "Request as text", has(Side::Request), &|| lossy(false));
    item(ui, "Response as text", has(Side::Response), &|| lossy(true));
    item(ui, "Hex dump", has(view.side), &|| {
        let runs = export::runs(detail, view.side == Side::Response);
        // Where bytes are not in the capture, the offsets leap.
        let dumps = runs.iter().filter_map(|run| Some(text::hex_dump(run.bytes.as_ref()?, run.range.start)));
        Ok(dumps.collect())
    });
    item(ui, "Annotated dump", any, &|| written(|out| export::dump(out, &picked.facts, None)));
    item(ui, "As C arrays", any, &|| arrays(detail, Language::C));
    item(ui, "As Rust arrays", any, &|| arrays(detail, Language::Rust));
    let target = &detail.exchange.target;
    item(ui, "Target", !target.is_empty(), &|| Ok(target.to_string()));
    item(ui, "Marked bytes", view.chosen().is_some(), &|| Ok(chosen_text(picked, view).unwrap_or_default()));
}

fn arrays(detail: &Detail, language: Language) -> Result<String, String> {
    let bytes =
        detail.exchange.request.end - detail.exchange.request.start + detail.exchange.response_bytes();
    if bytes > ARRAY_BYTES {
        let size = text::size(bytes);
        return Err(format!("{size} are too much for the clipboard as arrays. Export them to a file."));
    }
    written(|out| export::array(out, language, detail))
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Result<String, String> {
    let mut out = Vec::new();
    write(&mut out).map_err(|error| error.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

/// What is marked or chosen, as text. `None`: nothing is.
#[must_use]
pub fn chosen_text(picked: &Picked, view: &View) -> Option<String> {
    let part = view.chosen()?;
    let bytes = gather(picked.chunks(part.side), &part.range, usize::MAX);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is marked or chosen, in hexadecimal. `None`: nothing is.
#[must_use]
pub fn chosen_hex(picked: &Picked, view: &View) -> Option<String> {
    let part = view.chosen()?;
    let bytes = gather(picked.chunks(part.side), &part.range, usize::MAX);
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
}
