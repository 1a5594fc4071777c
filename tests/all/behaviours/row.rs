//! The rows: what is sent, what has to come back, and the bytes at fault.
//!
//! A file of rows has one row a line, its columns separated by tabs:
//!
//! - `id`, unique over all files;
//! - `clause`: the section that asks for it, with its key word where it has one;
//! - `sends`: a script ([`byteglass::lab::script`]), in which `{ETAG}` and `{LM}` are the validators of
//!   `/a.txt` (`{LM850}` and `{LMASC}` in the obsolete forms), and `{ETAG:/path}` that of another file;
//! - `expect`: see [`super::expect`];
//! - `fault`: `rule@offset[bytes]`, the rule by which the server refuses and the bytes that it blames, or
//!   `rule` alone where no byte is at fault; empty where nothing is refused;
//! - `why`.
//!
//! `UPDATE=1 cargo test --test all behaviours` writes the column `fault` anew; read the difference.

use std::{fs, path::PathBuf};

use byteglass::lab::script::{self, Step};

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub id: String,
    pub clause: String,
    pub sends: String,
    pub expect: String,
    pub fault: String,
    pub why: String,
}

/// A file of rows.
pub(super) struct Table {
    path: PathBuf,
    pub rows: Vec<Row>,
}

const HEADING: &str = "id\tclause\tsends\texpect\tfault\twhy";

impl Table {
    pub(super) fn read(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/behaviours").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(HEADING), "{name}");
        Self { rows: lines.map(Row::parse).collect(), path }
    }

    pub(super) fn write(&self) {
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
    pub(super) fn steps(&self, fill: impl Fn(&str) -> String) -> Vec<Step> {
        let steps = script::parse(&self.sends, |name| Some(fill(name).into_bytes()));
        steps.unwrap_or_else(|error| panic!("{}: {error} {:?}", self.id, &self.sends[error.span.clone()]))
    }
}
