//! The commands of the window that have a name: one table, which the keyboard, the sheet of shortcuts,
//! the menus and the tooltips walk.

use egui::{Key, Modifiers};

use crate::{
    base::closed_list::closed_list,
    capture::{Disk, save::FileFormat},
    export,
};

use super::{
    command::{CaptureCommand, Command, PageId, SaveScope},
    view::View,
};

/// A key that asks for a command.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// What is held down. `COMMAND` is Ctrl, and Cmd on a Mac.
    pub modifiers: Modifiers,
    /// What is pressed.
    pub key: Key,
    /// When the key is the command's.
    pub when: When,
}

/// When a key asks for its command, and is not left to what has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always; what has the keyboard does not get the key.
    Always,
    /// Always; what has the keyboard gets the key, too.
    Shared,
    /// While no text is typed.
    NotTyping,
    /// While nothing has the keyboard.
    Unfocused,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct NamedFacts {
    /// The name in a menu or on a button.
    pub name: &'static str,
    /// The tooltip, without the keys. Empty: none.
    pub tooltip: &'static str,
    /// The keys.
    pub keys: &'static [Shortcut],
    /// The keys in words. Empty: none.
    pub keys_name: &'static str,
    /// What the sheet of shortcuts says beside the keys.
    pub sheet: &'static str,
}

/// A command without tooltip and keys.
const PLAIN: NamedFacts = NamedFacts { name: "", tooltip: "", keys: &[], keys_name: "", sheet: "" };

const fn key(modifiers: Modifiers, key: Key, when: When) -> Shortcut {
    Shortcut { modifiers, key, when }
}

closed_list! {
    /// A command with a name.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Named: pub NamedFacts {
        /// Choose a folder to serve.
        ChooseFolder {
            name: "Choose folder…",
            tooltip: "Choose folder…",
            keys: &[key(Modifiers::COMMAND, Key::O, When::Always)],
            keys_name: "Ctrl+O",
            sheet: "Choose a folder to serve",
        },
        /// Go to the filter of the list.
        Filter {
            name: "Filter",
            keys: &[key(Modifiers::COMMAND, Key::F, When::Shared)],
            keys_name: "Ctrl+F",
            sheet: "Filter the exchanges",
            ..PLAIN
        },
        /// Pause or resume the view.
        Pause {
            name: "Pause view",
            tooltip: "Freeze the list; capturing continues.",
            keys: &[key(Modifiers::NONE, Key::Space, When::Unfocused)],
            keys_name: "Space",
            sheet: "Pause or resume",
        },
        /// Clear the capture.
        Clear {
            name: "Clear",
            tooltip: "Forget everything captured so far",
            keys: &[
                key(Modifiers::COMMAND, Key::L, When::Always),
                key(Modifiers::COMMAND, Key::K, When::Always),
            ],
            keys_name: "Ctrl+L",
            sheet: "Clear the capture",
        },
        /// Stop or start the server.
        Power { name: "Stop server", tooltip: "Stop listening and close every connection", ..PLAIN },
        /// Open a capture.
        OpenCapture { name: "Open capture…", ..PLAIN },
        /// Save the capture.
        SaveCapture { name: "Save capture…", ..PLAIN },
        /// Export the capture as HAR.
        ExportCapture { name: "Export capture as HAR…", ..PLAIN },
        /// Save the exchanges that pass the filter.
        SaveFiltered { name: "Save filtered exchanges…", ..PLAIN },
        /// Export the exchanges that pass the filter as HAR.
        ExportFiltered { name: "Export filtered exchanges as HAR…", ..PLAIN },
        /// Save the selected exchange.
        SaveExchange { name: "Save this exchange…", ..PLAIN },
        /// Show the sheet of shortcuts.
        Shortcuts {
            name: "Keyboard shortcuts",
            keys: &[
                key(Modifiers::NONE, Key::F1, When::Always),
                key(Modifiers::NONE, Key::Questionmark, When::NotTyping),
                key(Modifiers::SHIFT, Key::Questionmark, When::NotTyping),
            ],
            keys_name: "F1 or ?",
            sheet: "This sheet",
            ..PLAIN
        },
    }
}

impl Named {
    /// The name as things are: a switch has the name of what it does next.
    #[must_use]
    pub const fn name(self, view: &View) -> &'static str {
        match self {
            Self::Pause if view.paused => "Resume view",
            Self::Power if view.address.is_none() => "Start server",
            _ => self.facts().name,
        }
    }

    /// The tooltip with the keys. `None`: there is none.
    #[must_use]
    pub fn hint(self, view: &View) -> Option<String> {
        if self == Self::Power && view.address.is_none() {
            return None;
        }
        let facts = self.facts();
        match (facts.tooltip, facts.keys_name) {
            ("", _) => None,
            (tooltip, "") => Some(tooltip.to_owned()),
            (tooltip, keys) => Some(format!("{tooltip} ({keys})")),
        }
    }

    /// What is asked for. `None`: the command is not enabled now.
    #[must_use]
    pub fn command(self, view: &View) -> Option<Command> {
        let capture = |command| Some(Command::Capture(command));
        let har = || export::format("har").map(FileFormat::Export);
        let all =
            |format| capture(CaptureCommand::Save(SaveScope::All, format)).filter(|_| view.counts.kept > 0);
        let passing = |format| {
            capture(CaptureCommand::Save(SaveScope::Passing, format)).filter(|_| view.wants.filtered)
        };
        match self {
            Self::ChooseFolder => (!view.choosing).then_some(Command::ChooseFolder),
            Self::Filter => Some(Command::ShowPage(PageId::Traffic)),
            Self::Pause => Some(Command::SetPaused(!view.paused)),
            // What was opened is a file; the live capture cannot be seen meanwhile.
            Self::Clear => (!matches!(view.disk, Disk::File)).then_some(Command::Clear),
            Self::Power if view.under_way.stopping() || view.under_way.listening().is_some() => None,
            Self::Power if view.address.is_some() => Some(Command::StopServer),
            Self::Power => Some(Command::StartServer),
            Self::OpenCapture => capture(CaptureCommand::ChooseFile),
            Self::SaveCapture => all(FileFormat::Capture),
            Self::ExportCapture => all(har()?),
            Self::SaveFiltered => passing(FileFormat::Capture),
            Self::ExportFiltered => passing(har()?),
            Self::SaveExchange => {
                let id = view.wants.selected?;
                capture(CaptureCommand::Save(SaveScope::One(id), FileFormat::Capture))
            }
            Self::Shortcuts => Some(Command::ShowShortcuts(!view.sheet_open)),
        }
    }
}
