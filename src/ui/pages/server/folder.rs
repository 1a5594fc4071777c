//! The folder card: what to serve when a path does not match a file.

use egui::{Label, RichText, Ui};

use crate::ui::{
    command::Command,
    context::Context,
    theme,
    widgets::{card, toggle::toggle},
};

/// Paints the contents. Returns the user's command.
pub(super) fn folder_ui(ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
    let settings = context.settings.folder;
    card::dim(
        ui,
        "What is served of the folder, and what is answered where there is no file. Changes apply to the next request.",
    );
    let mut changed = settings;
    for (name, what, on) in [
        ("List folders", "without an index.html", &mut changed.listing),
        ("Custom 404 page", "404.html, if the folder has one", &mut changed.not_found_page),
        ("Single-page app", "index.html for every page that is not a file", &mut changed.single_page),
        ("Pages without .html", "about.html for /about", &mut changed.clean_urls),
        ("Dot files", "files whose names start with a dot", &mut changed.dot_files),
        ("Links out", "symbolic links that lead out of the folder", &mut changed.links_out),
        ("Folder only", "no built-in routes such as /health", &mut changed.no_builtin),
    ] {
        row_ui(ui, name, what, on);
    }
    let mut strict = context.settings.is_strict;
    row_ui(ui, "Strict targets", "refuse { } | ^ ` \\ that are not encoded", &mut strict);
    if strict != context.settings.is_strict {
        return Some(Command::SetStrict(strict));
    }
    (changed != settings).then_some(Command::SetFolder(changed))
}

fn row_ui(ui: &mut Ui, name: &str, what: &str, on: &mut bool) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        if toggle(ui, *on, name).clicked() {
            *on = !*on;
        }
        let colour = if *on { palette.text } else { palette.dim };
        ui.label(RichText::new(name).color(colour));
        ui.add(Label::new(RichText::new(what).color(palette.dim)).truncate());
    });
}
