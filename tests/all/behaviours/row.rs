//! The rows: what is sent, what has to come back, and the bytes at fault.
//!
//! A file of rows has one row a line, its columns separated by tabs:
//!
//! - `id`, unique over all files;
//! - `clause`: the section that asks for it, with its key word where it has one;
//! - `sends`: bytes, with `\r \n \t \0 \\ \xHH`, and in between
//!   `{REP:bytes:n}` n times, `{WAIT:ms}` a pause, `{FIN}` the client ends its side, `{IDLE}` silence
//!   until the server acts, `{ETAG}` and `{LM}` the validators of `/a.txt` (`{LM850}` and `{LMASC}` in the
//!   obsolete forms), `{ETAG:/path}` that of another file;
//! - `expect`: see [`super::expect`];
//! - `fault`: `rule@offset[bytes]`, the rule by which the server refuses and the bytes that it blames, or
//!   `rule` alone where no byte is at fault; empty where nothing is refused;
//! - `why`.
//!
//! `UPDATE=1 cargo test --test all behaviours` writes the column `fault` anew; read the difference.

use std::{fs, path::PathBuf};

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub clause: String,
    pub sends: String,
    pub expect: String,
    pub fault: String,
    pub why: String,
}

/// What a client does, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Send(Vec<u8>),
    Wait(u64),
    Fin,
    Idle,
}

/// A file of rows.
pub struct Table {
    path: PathBuf,
    pub rows: Vec<Row>,
}

const HEADING: &str = "id\tclause\tsends\texpect\tfault\twhy";

impl Table {
    pub fn read(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/behaviours").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(HEADING), "{name}");
        Self { rows: lines.map(Row::parse).collect(), path }
    }

    pub fn write(&self) {
        let mut text = format!("{HEADING}\n");
        for row in &self.rows {
            let columns = [&row.id, &row.clause, &row.sends, &row.expect, &row.fault, &row.why];
            text += &(columns.map(String::as_str).join("\t") + "\n");
        }
        fs::write(&self.path, text).unwrap();
    }
}

impl Row {
    fn parse(line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, clause, sends, expect, fault, why] = columns[..] else {
            panic!("{} columns: {line}", columns.len())
        };
        let [id, clause, sends, expect, fault, why] =
            [id, clause, sends, expect, fault, why].map(str::to_owned);
        Self { id, clause, sends, expect, fault, why }
    }

    /// What the client does. `fill` gives the text for a name in braces.
    pub fn acts(&self, fill: impl Fn(&str) -> String) -> Vec<Act> {
        let (mut acts, mut bytes) = (Vec::new(), Vec::new());
        let mut rest = self.sends.as_str();
        while !rest.is_empty() {
            let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
                rest = unescape(rest, &mut bytes);
                continue;
            };
            rest = after;
            if let Some((part, times)) = name.strip_prefix("REP:").and_then(|part| part.rsplit_once(':')) {
                let mut once = Vec::new();
                let mut part = part;
                while !part.is_empty() {
                    part = unescape(part, &mut once);
                }
                bytes.extend(once.repeat(times.parse().unwrap()));
                continue;
            }
            let act = match name.split_once(':') {
                Some(("WAIT", time)) => Act::Wait(time.parse().unwrap()),
                None if name == "FIN" => Act::Fin,
                None if name == "IDLE" => Act::Idle,
                _ => {
                    bytes.extend(fill(name).into_bytes());
                    continue;
                }
            };
            if !bytes.is_empty() {
                acts.push(Act::Send(std::mem::take(&mut bytes)));
            }
            acts.push(act);
        }
        if !bytes.is_empty() {
            acts.push(Act::Send(bytes));
        }
        acts
    }
}

/// Takes one byte, or one escape, off the text and returns the rest.
fn unescape<'a>(text: &'a str, into: &mut Vec<u8>) -> &'a str {
    let Some(escape) = text.strip_prefix('\\') else {
        let first = text.chars().next().unwrap();
        into.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
        return &text[first.len_utf8()..];
    };
    let (byte, len) = match &escape[..1] {
        "r" => (b'\r', 1),
        "n" => (b'\n', 1),
        "t" => (b'\t', 1),
        "0" => (0, 1),
        "\\" => (b'\\', 1),
        "x" => (u8::from_str_radix(&escape[1..3], 16).unwrap(), 3),
        other => panic!("no such escape: \\{other}"),
    };
    into.push(byte);
    &escape[len..]
}
