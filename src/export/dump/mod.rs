//! Writes an exchange as text for reading: every part with its offset, its bytes and its meaning.

mod listing;

use std::{
    io::{self, Write},
    time::SystemTime,
};

use crate::{
    base::{calendar::timestamp_micros, stream::Direction},
    explain::{Facts, timeline},
    trace::Severity,
    words::{self, duration, plural},
};

use super::{
    blank_line,
    format::{Clipboard, Entry, ExportError, Format},
    message, title,
};
use listing::Listing;

/// Upper bound on the characters of a line of text.
const WIDTH: usize = 100;

/// Every part of both messages, with its offset, its bytes and its meaning.
pub(super) struct Dump;

impl Format for Dump {
    fn key(&self) -> &'static str {
        "dump"
    }
    fn title(&self) -> &'static str {
        "Annotated dump"
    }
    fn about(&self) -> &'static str {
        "Every part of the messages: offset, bytes, and what it is"
    }
    fn extension(&self) -> &'static str {
        "txt"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "Annotated dump", bytes_max: u64::MAX })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        blank_line(out, entry)?;
        Ok(dump(out, entry.facts, entry.started)?)
    }
}

/// Writes both messages, part by part in the order of their bytes, with what `facts` say of them. `started` is when the
/// exchange began; `None`: the wall-clock time is not known. Long bodies are cut, and a line says by how much.
fn dump(out: &mut dyn Write, facts: &Facts, started: Option<SystemTime>) -> io::Result<()> {
    heading(out, facts, started)?;
    for direction in Direction::ALL {
        let whole = &facts.stream(direction).own;
        let (name, who) = match direction {
            Direction::Received => ("REQUEST", "client"),
            Direction::Sent => ("RESPONSE", "server"),
        };
        if whole.is_empty() {
            writeln!(out, "\n{name}: nothing of it was captured")?;
            continue;
        }
        let len = plural(whole.end - whole.start, "byte");
        writeln!(
            out,
            "\n{name}: {len}; the first one is at {} of what the {who} sent on this connection",
            words::offset(whole.start)
        )?;
        let pieces = message::pieces(&facts.detail, direction);
        Listing::new(out, pieces, (direction, whole.start))
            .parts(facts.stream(direction).own_leaves(), &facts.tree(direction))?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, facts: &Facts, started: Option<SystemTime>) -> io::Result<()> {
    let detail = &facts.detail;
    let exchange = &detail.exchange;
    writeln!(out, "{}", title(detail))?;
    if let Some(started) = started {
        writeln!(out, "Began at {}.", timestamp_micros(started))?;
    }
    if let Some((peer, local)) = detail.peer.zip(detail.local) {
        writeln!(out, "From {peer} to {local}.")?;
    }
    writeln!(out, "Took {}: {}.", duration(exchange.took()), timeline::outcome(&facts.detail))?;
    for note in &facts.notes {
        let severity = match note.severity {
            Severity::Info => "Note",
            Severity::Warning => "Warning",
            Severity::Error => "Error",
        };
        sentence(out, "", &format!("{severity}: {}", note.sentence()), note.section())?;
    }
    Ok(())
}

/// Writes a sentence and its clause, wrapped at [`WIDTH`], each line after `indent`.
fn sentence(out: &mut dyn Write, indent: &str, said: &str, section: &str) -> io::Result<()> {
    let section =
        if section.is_empty() { String::new() } else { format!(" [{}]", section.replace(' ', "\u{a0}")) };
    let mut line = String::from(indent);
    let mut empty = true;
    let whole = format!("{said}{section}");
    for word in whole.split([' ', '\n']) {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{}", line.replace('\u{a0}', " "))?;
            line.replace_range(indent.len().., "");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{}", line.replace('\u{a0}', " "))
}

#[cfg(test)]
mod tests;
