//! The colours of the terminal view. Only the 16 standard colours are used, so that they follow the
//! terminal's theme.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::trace::Severity;

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    colour: bool,
}

/// The role of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Times, offsets, bytes.
    Faint,
    /// A connection.
    Connection,
    /// Bytes that arrived.
    In,
    /// Bytes that were sent.
    Out,
    /// The beginning or end of a message.
    Boundary,
    /// A success.
    Good,
}

impl Paint {
    /// `colour`: whether to colour text.
    pub(super) const fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// `text` in the colour of its tone.
    pub(super) fn tone(self, tone: Tone, text: impl fmt::Display) -> String {
        let style = match tone {
            Tone::Faint => Style::new().dimmed(),
            Tone::Connection => Style::new().bold(),
            Tone::In => AnsiColor::Cyan.on_default(),
            Tone::Out => AnsiColor::Magenta.on_default(),
            Tone::Boundary => AnsiColor::Blue.on_default(),
            Tone::Good => AnsiColor::Green.on_default(),
        };
        self.styled(style, text)
    }

    /// `text` in the colour of its severity.
    pub(super) fn severity(self, severity: Severity, text: impl fmt::Display) -> String {
        match severity {
            Severity::Info => text.to_string(),
            Severity::Warning => self.styled(AnsiColor::Yellow.on_default(), text),
            Severity::Error => self.styled(AnsiColor::Red.on_default(), text),
        }
    }

    fn styled(self, style: Style, text: impl fmt::Display) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
