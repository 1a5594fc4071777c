//! Prints what differs between two captures.

use std::{
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    diff::{Change, Pair, Recorded, Runs, Weight},
    explain::Facts,
    export::Omitted,
    words::{self, count},
};

use super::{
    Format, ReadError,
    read::{Which, for_each_exchange, ignore_broken_pipe},
};

/// Characters of a value that are printed at most.
const VALUE_CHARS: usize = 120;

/// What is compared, and how it is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffOptions<'a> {
    /// The exchanges of both captures that are compared.
    pub which: Which<'a>,
    /// How it is printed.
    pub format: Format,
    /// Whether what differs between any two runs counts, too.
    pub all: bool,
}

/// Compares the captures in two files, and prints what differs. Returns whether they are the same (`None`: that cannot be
/// told, since something was not captured or could not be read), and a sentence on what could not be read (`None`: all
/// could).
///
/// # Errors
/// A file cannot be read, or only in part; or nothing can be printed.
pub fn diff(
    files: [&Path; 2],
    options: DiffOptions<'_>,
    out: &mut dyn Write,
) -> Result<(Option<bool>, Option<String>), ReadError> {
    let (one, unread) = recorded(files[0], options.which)?;
    let (other, also_unread) = recorded(files[1], options.which)?;
    let runs = Runs::new(&one, &other);
    let unread: Vec<String> = unread.into_iter().chain(also_unread).collect();
    let is_same = runs.is_same(options.all).filter(|is_same| !is_same || unread.is_empty());
    let printed = match options.format {
        Format::Text => text(&runs, [&one, &other], options.all, out),
        Format::Json => words::write_json(&document(&runs, [&one, &other], is_same, options.all), out)
            .and_then(|()| writeln!(out)),
    };
    ignore_broken_pipe(printed.and_then(|()| out.flush()))?;
    Ok((is_same, (!unread.is_empty()).then(|| unread.join("; "))))
}

/// What is remembered of the exchanges of a file, in the order in which they began, and what could not be read.
fn recorded(path: &Path, which: Which<'_>) -> Result<(Vec<Recorded>, Vec<String>), ReadError> {
    let mut all = Vec::new();
    let summary = for_each_exchange(path, which, |_, detail| {
        all.push(Recorded::new(&Facts::new(detail.clone())));
        Ok(())
    })?;
    let left_out = Omitted { too_large: summary.too_large, ..Omitted::default() };
    let unread = [summary.unread.clone(), left_out.words()];
    summary.check(path, which.only)?;
    all.sort_by_key(|it| it.id);
    let named = |sentence: String| format!("{}: {sentence}", path.display());
    Ok((all, unread.into_iter().flatten().map(named).collect()))
}

/// The method and the target.
fn name(it: &Recorded) -> String {
    if it.target.is_empty() {
        return "a request that cannot be read".to_owned();
    }
    words::visible(&format!("{} {}", it.method, it.target)).into()
}

fn text(runs: &Runs, [one, other]: [&[Recorded]; 2], all: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut counts = [0_u64; 4];
    for pair in &runs.pairs {
        let (first, second) = (&one[pair.at[0]], &other[pair.at[1]]);
        let is_changed = pair.is_changed(all);
        let is_unknown = !is_changed && pair.has_unknown();
        counts[0] += u64::from(!is_changed && !is_unknown && !pair.is_moved);
        counts[1] += u64::from(is_changed);
        counts[2] += u64::from(pair.is_moved);
        counts[3] += u64::from(is_unknown);
        if !is_changed && !is_unknown && !pair.is_moved {
            continue;
        }
        let sign = match (is_changed, is_unknown) {
            (true, _) => '~',
            (false, true) => '?',
            (false, false) => '>',
        };
        let moved = if pair.is_moved { ", moved" } else { "" };
        writeln!(out, "{sign} {} (#{} and #{}{moved})", name(first), first.id, second.id)?;
        for change in &pair.changes {
            change_line(change, out)?;
        }
        let [before, after] = [first, second].map(|it| words::duration(it.took));
        writeln!(out, "    took: {before} → {after}")?;
    }
    for index in &runs.missing {
        writeln!(out, "- {} (#{} of the first)", name(&one[*index]), one[*index].id)?;
    }
    for index in &runs.more {
        writeln!(out, "+ {} (#{} of the second)", name(&other[*index]), other[*index].id)?;
    }
    let [missing, more] = [&runs.missing, &runs.more].map(|them| count(them.len() as u64));
    let [same, changed, moved, unknown] = counts.map(count);
    let unknown = if counts[3] > 0 { format!(", {unknown} not captured whole") } else { String::new() };
    writeln!(out, "{same} same, {changed} changed, {moved} moved, {missing} missing, {more} more{unknown}")?;
    let left_out = not_counted(runs);
    if !left_out.is_empty() && !all {
        writeln!(out, "not counted: {left_out}; --all counts them")?;
    }
    Ok(())
}

fn change_line(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let value = |value: &Option<String>| match value {
        Some(value) => words::shortened(&words::visible(value), VALUE_CHARS),
        None => "nothing".to_owned(),
    };
    let part = words::visible(&change.part);
    if change.values == [None, None] {
        return writeln!(out, "    {part}");
    }
    let [before, after] = change.values.each_ref().map(value);
    let why = change.weight.why();
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    writeln!(out, "    {part}: {before} → {after}{why}")
}

/// How many differences do not count, by their kind.
fn not_counted(runs: &Runs) -> String {
    let changes = || runs.pairs.iter().flat_map(|pair| &pair.changes);
    let kinds =
        [(Weight::Date, "Date"), (Weight::Port, "ports"), (Weight::Pieces, "the same bytes in other pieces")];
    let counts =
        kinds.map(|(weight, words)| (changes().filter(|it| it.weight == weight).count() as u64, words));
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    counts.map(|(number, words)| format!("{} × {words}", count(number))).collect::<Vec<_>>().join(", ")
}

/// Everything as one JSON text.
fn document(runs: &Runs, [one, other]: [&[Recorded]; 2], is_same: Option<bool>, all: bool) -> Value {
    let exchange = |it: &Recorded| json!({ "exchange": it.id, "method": it.method, "target": it.target });
    let change = |it: &Change| {
        json!({
            "part": it.part, "before": it.values[0], "after": it.values[1],
            "counts": it.weight.counts(all), "kind": it.weight.key(),
        })
    };
    let pair = |pair: &Pair| {
        let (first, second) = (&one[pair.at[0]], &other[pair.at[1]]);
        json!({
            "method": first.method, "target": first.target, "exchanges": [first.id, second.id],
            "moved": pair.is_moved, "changed": pair.is_changed(all), "took_ns": [first.took, second.took],
            "changes": pair.changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    json!({
        "same": is_same,
        "pairs": runs.pairs.iter().map(pair).collect::<Vec<_>>(),
        "missing": runs.missing.iter().map(|index| exchange(&one[*index])).collect::<Vec<_>>(),
        "more": runs.more.iter().map(|index| exchange(&other[*index])).collect::<Vec<_>>(),
    })
}
