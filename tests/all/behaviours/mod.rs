//! What the RFCs ask of a server, row by row: played over a real socket and through the pure machine.
//!
//! The rows are in `tests/behaviours/*.tsv`, one clause each; [`row`] says how they are written and
//! [`expect`] what they can ask for. Every response is read by a strict client, and every refusal has to
//! name its clause in the response and to blame the right bytes in the capture.

mod expect;
mod front;
mod play;
mod row;
mod site;
mod websocket;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::SystemTime,
};

use byteglass::{
    explain::notes::Note,
    http::Leniencies,
    lab::script::Step,
    server::Guards,
    testing::{LIMITS, Lcg},
    trace::{Cause, Guard},
};
use row::{Row, Table};
use site::{On, Server};

use crate::{
    only::is_wanted,
    vectors::{
        drive::{self, drive},
        input::Input,
    },
};

/// The files of rows.
const TABLES: [(&str, On); 6] = [
    ("known.tsv", On::Nothing),
    ("more.tsv", On::Nothing),
    ("compression.tsv", On::Compression),
    ("strict.tsv", On::Strict),
    ("fields.tsv", On::Fields),
    ("trouble.tsv", On::Trouble),
];
/// Rows played at the same time.
const CLIENTS: usize = 24;

#[test]
fn every_row_holds_over_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    site::fill(folder.path(), outside.path());
    let mut failures = Vec::new();
    for (name, on) in TABLES {
        let mut table = Table::read(name);
        let start = |guards| Server::start(folder.path(), guards, on);
        let servers = Servers { usual: start(long()), hasty: start(short()) };
        let outcomes = servers.play_all(&table, &Validators::of(&servers.usual));
        let update = std::env::var_os("UPDATE").is_some();
        for (row, outcome) in table.rows.iter_mut().zip(outcomes) {
            let (fault, failure) = outcome;
            let wrong = failure.or_else(|| {
                (fault != row.fault && !update).then(|| format!("blames {fault:?}, not {:?}", row.fault))
            });
            failures.extend(wrong.map(|wrong| {
                let Row { id, clause, sends, expect, why, .. } = &*row;
                format!("{id} ({clause}: {why})\n  sent   {sends}\n  wanted {expect}\n  {wrong}")
            }));
            if update {
                row.fault = fault;
            }
        }
        if update {
            table.write();
        }
    }
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_row_means_the_same_to_the_machine_in_any_pieces() {
    let guards = Guards::default();
    let limits = [LIMITS.target_bytes as u64, LIMITS.head_bytes as u64, LIMITS.body_bytes];
    assert_eq!([Guard::TargetBytes, Guard::HeadBytes, Guard::BodyBytes].map(|guard| guards[guard]), limits);
    let mut dice = Lcg(0x9e37_79b9_7f4a_7c15);
    for row in tables().flat_map(|table| table.rows).filter(|row| is_wanted(&row.id)) {
        let bytes = bytes(&row.steps(|name| format!("({name})")));
        let leniencies = if row.id.starts_with("ST-") { Leniencies::NONE } else { Leniencies::BROWSERS };
        let input = Input::of(bytes, LIMITS.with(leniencies));
        let whole = drive(&input, [&input.bytes[..]]);
        let name = &row.id;
        // Short pieces for short rows, so that every place is met sooner or later.
        let pieces = dice.pieces(&input.bytes, 1 + input.bytes.len() / 4);
        whole.assert_same(&drive(&input, pieces), name);
        // Byte by byte is what a slow client does; the largest rows add nothing to it.
        if input.bytes.len() < 20_000 {
            whole.assert_same(&drive(&input, input.bytes.chunks(1)), name);
            drive::assert_covered(&input, &input.bytes, &whole, name);
        }
        let Some(violation) = whole.driven.violation else { continue };
        let blamed = fault(violation.rule.into(), Some(&violation.span), &input.bytes);
        // The server may have refused, or closed, before it came to this.
        let before =
            row.fault != blamed && !row.fault.is_empty() && position(&row.fault) < violation.span.end;
        assert!(row.fault == blamed || before || row.expect.contains("close"), "{name}: {blamed}, {row:?}");
    }
}

#[test]
fn rows_are_told_apart() {
    let rows: Vec<Row> = tables().flat_map(|table| table.rows).collect();
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows.len());
    let plays: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.sends.as_str(), &row.id[..2])).collect();
    assert_eq!(plays.len(), rows.len(), "a row that sends the same as another tests nothing");
    let is_named = |clause: &str| clause.starts_with(char::is_numeric) || clause.starts_with("HTML ");
    assert!(rows.iter().all(|row| is_named(&row.clause) && !row.why.is_empty()));
}

#[test]
fn the_document_names_every_refusal() {
    let document = include_str!("../../../docs/supported-http.md");
    let rows: Vec<Row> = tables().flat_map(|table| table.rows).collect();
    let names: BTreeSet<&str> = rows.iter().filter_map(|row| row.fault.split('@').next()).collect();
    assert!(names.len() > 45, "{}", names.len());
    let unsaid = names.into_iter().filter(|name| !name.is_empty()).filter(|name| {
        let cause = Cause::from_key(name).unwrap();
        let (status, section) = (cause.status().0.to_string(), cause.section());
        let (_, number) = section.split_once('§').unwrap();
        let says = |line: &str| line.contains(&status) && has_clause(line, number);
        !document.lines().any(says)
    });
    assert_eq!(unsaid.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Whether a line names a section, and not only one that begins like it.
fn has_clause(line: &str, clause: &str) -> bool {
    line.match_indices(&format!("§{clause}")).any(|(at, found)| {
        let mut after = line[at + found.len()..].chars();
        let ends = |letter: char| !letter.is_ascii_digit();
        match after.next() {
            Some('.') => after.next().is_none_or(ends),
            next => next.is_none_or(ends),
        }
    })
}

/// The keys of the causes for which some row is refused.
pub(crate) fn refused() -> BTreeSet<String> {
    let rows = tables().flat_map(|table| table.rows);
    rows.filter_map(|row| row.fault.split('@').next().map(str::to_owned)).collect()
}

/// What each row sends, with its id and whether it is refused somewhere.
pub(crate) fn sent() -> Vec<(String, Vec<u8>, bool)> {
    let rows = tables().flat_map(|table| table.rows);
    rows.map(|row| {
        let bytes = bytes(&row.steps(|name| format!("({name})")));
        (row.id, bytes, !row.fault.is_empty())
    })
    .collect()
}

fn tables() -> impl Iterator<Item = Table> {
    TABLES.into_iter().map(|(name, _)| Table::read(name))
}

/// Timers that no row should meet.
fn long() -> Guards {
    let ms = 300_000;
    Guards::default().with(Guard::HeadTimeout, ms).with(Guard::BodyTimeout, ms).with(Guard::IdleTimeout, ms)
}

/// Timers for rows that wait for them.
fn short() -> Guards {
    let ms = 600;
    Guards::default().with(Guard::HeadTimeout, ms).with(Guard::BodyTimeout, ms).with(Guard::IdleTimeout, ms)
}

struct Servers {
    usual: Server,
    hasty: Server,
}

impl Servers {
    /// Plays the rows of a table that are wanted, several at a time. Returns for each what is blamed, and what is
    /// wrong, if anything is.
    fn play_all(&self, table: &Table, validators: &Validators) -> Vec<(String, Option<String>)> {
        let (next, done) = (AtomicUsize::new(0), Mutex::new(vec![None; table.rows.len()]));
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(row) = table.rows.get(at) else { return };
                        let wanted = is_wanted(&row.id);
                        let outcome =
                            if wanted { self.play(row, validators) } else { (row.fault.clone(), None) };
                        done.lock().unwrap()[at] = Some(outcome);
                    }
                });
            }
        });
        done.into_inner().unwrap().into_iter().map(Option::unwrap).collect()
    }

    /// Plays the row. Returns what is blamed, and what is wrong, if anything is.
    fn play(&self, row: &Row, validators: &Validators) -> (String, Option<String>) {
        let steps = row.steps(|name| validators.fill(name));
        let server = if steps.contains(&Step::Idle) { &self.hasty } else { &self.usual };
        let played = match play::play(server.address(), &steps, &row.expect) {
            Ok(played) => played,
            Err(wrong) => return (String::new(), Some(wrong)),
        };
        let judged = expect::judge(&row.expect, &played.seen);
        let Some((number, cause, note)) = server.refusal(played.port) else {
            return (String::new(), judged.err());
        };
        let steady = row.steps(|name| steady(name, validators.fill(name)));
        let blamed = fault(cause, note.range.as_ref(), &bytes(&steady));
        let explained = explained(number, cause, &note, &played.seen);
        (blamed, judged.and(explained).err())
    }
}

/// What stands for a name in braces, without what differs from run to run: the end of an entity tag.
fn steady(name: &str, text: String) -> String {
    match text.rsplit_once('-') {
        Some((start, end)) if name.starts_with("ETAG") => format!("{start}-{}\"", "x".repeat(end.len() - 1)),
        _ => text,
    }
}

/// Every refusal says in its response which clause was broken, unless the response has no content.
fn explained(number: u64, cause: Cause, note: &Note, seen: &expect::Seen) -> Result<(), String> {
    if note.section() != cause.section() || note.sentence().is_empty() {
        return Err(format!("the note says {note:?}"));
    }
    let mut finals = seen.messages.iter().filter(|message| !message.is_interim());
    let Some(answer) = finals.nth(usize::try_from(number).unwrap() - 1) else { return Ok(()) };
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != cause.status().0 {
        return Err(format!("{cause:?} was answered with {}", answer.status));
    }
    if !answer.body.is_empty() && !text.contains(cause.section()) {
        return Err(format!("the response does not name {}: {text}", cause.section()));
    }
    Ok(())
}

/// How a row writes what is blamed.
fn fault(cause: Cause, span: Option<&std::ops::Range<u64>>, bytes: &[u8]) -> String {
    const MOST: usize = 32;
    let key = cause.key();
    let Some(span) = span else { return key.to_owned() };
    let index = |at: u64| usize::try_from(at).unwrap().min(bytes.len());
    let blamed = &bytes[index(span.start)..index(span.end)];
    let shown: String = blamed.iter().take(MOST).map(|byte| byte.escape_ascii().to_string()).collect();
    let shown = shown.replace(' ', "\\x20").replace("\\\\", "\\x5c");
    let more = blamed.len().saturating_sub(MOST);
    let more = if more > 0 { format!("+{more}") } else { String::new() };
    format!("{key}@{}[{shown}{more}]", span.start)
}

/// Where the blamed bytes begin.
fn position(fault: &str) -> u64 {
    let place = fault.split_once('@').and_then(|(_, rest)| rest.split('[').next()?.parse().ok());
    place.unwrap_or_default()
}

/// All that is sent.
fn bytes(steps: &[Step]) -> Vec<u8> {
    let sent =
        steps.iter().filter_map(|step| if let Step::Send(bytes) = step { Some(&bytes[..]) } else { None });
    sent.collect::<Vec<_>>().concat()
}

/// Entity tag and date of the files that rows speak of.
struct Validators {
    address: std::net::SocketAddr,
    modified: SystemTime,
}

impl Validators {
    fn of(server: &Server) -> Self {
        let mut validators = Self { address: server.address(), modified: SystemTime::UNIX_EPOCH };
        let modified = validators.field("/a.txt", "Last-Modified");
        validators.modified = httpdate::parse_http_date(&modified).unwrap();
        validators
    }

    fn field(&self, path: &str, name: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes();
        let played = play::play(self.address, &[Step::Send(request)], "200").ok().unwrap();
        played.seen.messages[0].value(name).unwrap().to_owned()
    }

    fn fill(&self, name: &str) -> String {
        let date = httpdate::fmt_http_date(self.modified);
        // Tue, 02 Jan 2024 03:04:05 GMT
        match name {
            "ETAG" => self.field("/a.txt", "ETag"),
            "LM" => date,
            "LM850" => format!("Tuesday, {}-{}-{} GMT", &date[5..7], &date[8..11], &date[14..25]),
            "LMASC" => format!("Tue {} {} {} {}", &date[8..11], " 2", &date[17..25], &date[12..16]),
            _ => match name.strip_prefix("ETAG:") {
                Some(path) => self.field(path, "ETag"),
                None => panic!("nothing to fill {{{name}}} with"),
            },
        }
    }
}
