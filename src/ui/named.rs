//! The named commands of the window: one table for the keyboard, the sheet of shortcuts, the menus and the
//! tooltips.

use egui::{Key, Modifiers};

use crate::{
    base::closed_list::closed_list,
    capture::{Disk, save::FileFormat},
    export,
};

use super::{
    again::model::SendAgain,
    command::{AgainCommand, CaptureCommand, Command, PageId, SaveScope},
    view::View,
};

/// A keyboard shortcut.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// The modifiers. `COMMAND` is Ctrl, or Cmd on a Mac.
    pub modifiers: Modifiers,
    /// The key.
    pub key: Key,
    /// When the shortcut applies.
    pub when: When,
}

/// When a shortcut applies, depending on the keyboard focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always; the focused widget does not get the key.
    Always,
    /// Always; the focused widget gets the key, too.
    Shared,
    /// Unless a text is being edited.
    NotTyping,
    /// If no widget has the focus.
    Unfocused,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct NamedFacts {
    /// The label in a menu or on a button.
    pub name: &'static str,
    /// The tooltip, without the keys. Empty: none.
    pub tooltip: &'static str,
    /// The keys.
    pub keys: &'static [Shortcut],
    /// The keys in words. Empty: none.
    pub keys_name: &'static str,
    /// The text beside the keys on the sheet of shortcuts.
    pub sheet: &'static str,
}

/// A command without tooltip and keys.
const PLAIN: NamedFacts = NamedFacts { name: "", tooltip: "", keys: &[], keys_name: "", sheet: "" };

const fn key(modifiers: Modifiers, key: Key, when: When) -> Shortcut {
    Shortcut { modifiers, key, when }
}

closed_list! {
    /// A named command.
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
        /// Focus the filter of the list.
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
        SaveCapture {
            name: "Save capture…",
            keys: &[key(Modifiers::COMMAND, Key::S, When::Always)],
            keys_name: "Ctrl+S",
            sheet: "Save the capture",
            ..PLAIN
        },
        /// Export the capture as HAR.
        ExportCapture { name: "Export capture as HAR…", ..PLAIN },
        /// Save the exchanges that pass the filter.
        SaveFiltered { name: "Save filtered exchanges…", ..PLAIN },
        /// Export the exchanges that pass the filter as HAR.
        ExportFiltered { name: "Export filtered exchanges as HAR…", ..PLAIN },
        /// Save the selected exchange.
        SaveExchange { name: "Save this exchange…", ..PLAIN },
        /// Send the selected request again.
        SendAgain {
            name: "Send again",
            keys: &[key(Modifiers::NONE, Key::R, When::NotTyping)],
            keys_name: "R",
            sheet: "Send the selected request again",
            ..PLAIN
        },
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
    /// The current label: a switch is labelled with its next action.
    #[must_use]
    pub const fn name(self, view: &View) -> &'static str {
        match self {
            Self::Pause if view.paused => "Resume view",
            Self::Power if view.address.is_none() => "Start server",
            _ => self.facts().name,
        }
    }

    /// The tooltip with the keys. `None`: no tooltip.
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

    /// The command. `None`: disabled at present.
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
            // An opened file cannot be cleared, and the live capture is hidden meanwhile.
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
            Self::SendAgain => {
                let is_shown = view.page == PageId::Traffic && !matches!(view.again, SendAgain::Asking(_));
                let id = view.wants.selected.filter(|_| is_shown)?;
                Some(Command::Again(AgainCommand::Send { id, times: 1 }))
            }
            Self::Shortcuts => Some(Command::ShowShortcuts(!view.sheet_open)),
        }
    }
}
