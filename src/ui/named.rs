//! The commands of the window that have a name: one table, which the keyboard, the sheet of shortcuts,
//! the menus and the tooltips walk.

use egui::{Key, Modifiers};

use crate::{
    capture::{Disk, save::FileFormat},
    export,
};

use super::{
    command::{CaptureCommand, Command, PageId, SaveScope},
    view::View,
};

/// A command with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Choose a folder to serve.
    ChooseFolder,
    /// Go to the filter of the list.
    Filter,
    /// Pause or resume the view.
    Pause,
    /// Clear the capture.
    Clear,
    /// Stop or start the server.
    Power,
    /// Open a capture.
    OpenCapture,
    /// Save the capture.
    SaveCapture,
    /// Export the capture as HAR.
    ExportCapture,
    /// Save the exchanges that pass the filter.
    SaveFiltered,
    /// Export the exchanges that pass the filter as HAR.
    ExportFiltered,
    /// Save the selected exchange.
    SaveExchange,
    /// Show the sheet of shortcuts.
    Shortcuts,
}

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

const fn row(name: &'static str, tooltip: &'static str) -> NamedFacts {
    NamedFacts { name, tooltip, keys: &[], keys_name: "", sheet: "" }
}

const fn key(modifiers: Modifiers, key: Key, when: When) -> Shortcut {
    Shortcut { modifiers, key, when }
}

impl Named {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ChooseFolder,
        Self::Filter,
        Self::Pause,
        Self::Clear,
        Self::Power,
        Self::OpenCapture,
        Self::SaveCapture,
        Self::ExportCapture,
        Self::SaveFiltered,
        Self::ExportFiltered,
        Self::SaveExchange,
        Self::Shortcuts,
    ];

    /// The command's row of the table.
    #[must_use]
    pub const fn facts(self) -> NamedFacts {
        match self {
            Self::ChooseFolder => NamedFacts {
                keys: const { &[key(Modifiers::COMMAND, Key::O, When::Always)] },
                keys_name: "Ctrl+O",
                sheet: "Choose a folder to serve",
                ..row("Choose folder…", "Choose folder…")
            },
            Self::Filter => NamedFacts {
                keys: const { &[key(Modifiers::COMMAND, Key::F, When::Shared)] },
                keys_name: "Ctrl+F",
                sheet: "Filter the exchanges",
                ..row("Filter", "")
            },
            Self::Pause => NamedFacts {
                keys: const { &[key(Modifiers::NONE, Key::Space, When::Unfocused)] },
                keys_name: "Space",
                sheet: "Pause or resume",
                ..row("Pause view", "Freeze the list; capturing continues.")
            },
            Self::Clear => NamedFacts {
                keys: const {
                    &[
                        key(Modifiers::COMMAND, Key::L, When::Always),
                        key(Modifiers::COMMAND, Key::K, When::Always),
                    ]
                },
                keys_name: "Ctrl+L",
                sheet: "Clear the capture",
                ..row("Clear", "Forget everything captured so far")
            },
            Self::Power => row("Stop server", "Stop listening and close every connection"),
            Self::OpenCapture => row("Open capture…", ""),
            Self::SaveCapture => row("Save capture…", ""),
            Self::ExportCapture => row("Export capture as HAR…", ""),
            Self::SaveFiltered => row("Save filtered exchanges…", ""),
            Self::ExportFiltered => row("Export filtered exchanges as HAR…", ""),
            Self::SaveExchange => row("Save this exchange…", ""),
            Self::Shortcuts => NamedFacts {
                keys: const {
                    &[
                        key(Modifiers::NONE, Key::F1, When::Always),
                        key(Modifiers::NONE, Key::Questionmark, When::NotTyping),
                        key(Modifiers::SHIFT, Key::Questionmark, When::NotTyping),
                    ]
                },
                keys_name: "F1 or ?",
                sheet: "This sheet",
                ..row("Keyboard shortcuts", "")
            },
        }
    }

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
