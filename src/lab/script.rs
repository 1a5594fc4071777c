//! A language for what a client sends, byte for byte, and when.
//!
//! A script is text. Every character stands for its bytes in UTF-8, except escapes (`\r`, `\n`, `\t`, `\0`,
//! `\\`, and `\xHH` for any byte) and what is in braces:
//!
//! - `{REP:bytes:n}`: the bytes, with escapes, `n` times;
//! - `{WAIT:ms}`: a pause of so many milliseconds;
//! - `{FIN}`: the client finishes sending;
//! - `{IDLE}`: silence until the server acts;
//! - any other name: bytes that whoever plays the script knows.
//!
//! A brace that is meant as a byte is written `\x7b`.

use std::{error::Error, fmt, ops::Range};

/// One thing that a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends these bytes. They are never empty.
    Send(Vec<u8>),
    /// Pauses for this many milliseconds.
    Wait(u64),
    /// Finishes sending.
    Fin,
    /// Stays silent until the server acts.
    Idle,
}

/// The longest a script's bytes may be, so that a slip in a number does not fill the memory.
pub const SCRIPT_BYTES_MAX: usize = 64 << 20;

/// A script that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The bytes of the script's text that are at fault.
    pub span: Range<usize>,
    /// The error.
    pub fault: ScriptFault,
}

/// An error in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptFault {
    /// A backslash before something that is no escape.
    UnknownEscape,
    /// An opening brace without a closing one.
    UnclosedBrace,
    /// A number of repetitions or milliseconds that is none.
    NotANumber,
    /// A name in braces that nobody knows.
    UnknownName,
    /// More than [`SCRIPT_BYTES_MAX`].
    TooLong,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            ScriptFault::UnknownEscape => "Unknown escape; there are \\r, \\n, \\t, \\0, \\\\ and \\xHH.",
            ScriptFault::UnclosedBrace => "The closing brace is missing; a brace itself is written \\x7b.",
            ScriptFault::NotANumber => "A number is expected here.",
            ScriptFault::UnknownName => "Unknown name; there are REP, WAIT, FIN and IDLE.",
            ScriptFault::TooLong => "The script sends more than 64 MiB.",
        })
    }
}

impl Error for ScriptError {}

/// Reads a script. `fill` gives the bytes for names in braces that are not the language's own; `None`: it does
/// not know the name either.
///
/// # Errors
/// The first place that cannot be read.
pub fn parse(script: &str, fill: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<Step>, ScriptError> {
    let mut reader = Reader { script, at: 0, steps: Vec::new(), bytes: Vec::new(), total: 0 };
    while reader.at < script.len() {
        if script[reader.at..].starts_with('{') {
            reader.brace(&fill)?;
        } else {
            let byte = reader.unescaped(script.len())?;
            reader.push(&byte, reader.at..reader.at)?;
        }
    }
    reader.send();
    Ok(reader.steps)
}

/// Reads a script that only sends, and gives its bytes.
///
/// # Errors
/// The first place that cannot be read; a pause or an end is none that can be.
pub fn bytes(script: &str) -> Result<Vec<u8>, ScriptError> {
    match <[Step; 1]>::try_from(parse(script, |_| None)?) {
        Ok([Step::Send(bytes)]) => Ok(bytes),
        Err(steps) if steps.is_empty() => Ok(Vec::new()),
        _ => Err(ScriptError { span: 0..script.len(), fault: ScriptFault::UnknownName }),
    }
}

struct Reader<'a> {
    script: &'a str,
    /// The position in the script up to which it was read.
    at: usize,
    steps: Vec<Step>,
    /// Bytes that belong to the next [`Step::Send`].
    bytes: Vec<u8>,
    /// Bytes of all steps.
    total: usize,
}

impl Reader<'_> {
    /// One character or escape before `end`, as bytes.
    fn unescaped(&mut self, end: usize) -> Result<Vec<u8>, ScriptError> {
        let start = self.at;
        let rest = &self.script[start..end];
        let mut letters = rest.chars();
        let first = letters.next().unwrap_or_default();
        if first != '\\' {
            self.at += first.len_utf8();
            return Ok(first.to_string().into_bytes());
        }
        let (byte, len) = match letters.next() {
            Some('r') => (Some(b'\r'), 2),
            Some('n') => (Some(b'\n'), 2),
            Some('t') => (Some(b'\t'), 2),
            Some('0') => (Some(0), 2),
            Some('\\') => (Some(b'\\'), 2),
            Some('x') => (rest.get(2..4).and_then(hex), 4),
            _ => (None, 2),
        };
        let fault = ScriptFault::UnknownEscape;
        let span = start..(start + len).min(end);
        self.at += len;
        Ok(vec![byte.ok_or(ScriptError { span, fault })?])
    }

    /// The contents of the braces that open here.
    fn brace(&mut self, fill: &impl Fn(&str) -> Option<Vec<u8>>) -> Result<(), ScriptError> {
        let start = self.at;
        let error = |span, fault| ScriptError { span, fault };
        let len = self.script[start..].find('}');
        let end = start + len.ok_or(error(start..self.script.len(), ScriptFault::UnclosedBrace))?;
        let name = &self.script[start + 1..end];
        let whole = start..end + 1;
        if let Some((part, times)) = name.strip_prefix("REP:").and_then(|rest| rest.rsplit_once(':')) {
            let number = end - times.len()..end;
            let times: usize = times.parse().map_err(|_| error(number, ScriptFault::NotANumber))?;
            let mut once = Vec::new();
            self.at = start + "{REP:".len();
            let part_end = self.at + part.len();
            while self.at < part_end {
                once.extend(self.unescaped(part_end)?);
            }
            self.at = end + 1;
            let len = once.len().saturating_mul(times);
            self.room_for(len, whole)?;
            self.bytes.extend(once.repeat(times));
            self.total += len;
            return Ok(());
        }
        self.at = end + 1;
        let step = match name.split_once(':') {
            Some(("WAIT", time)) => {
                let number = end - time.len()..end;
                Step::Wait(time.parse().map_err(|_| error(number, ScriptFault::NotANumber))?)
            }
            None if name == "FIN" => Step::Fin,
            None if name == "IDLE" => Step::Idle,
            _ => {
                let bytes = fill(name).ok_or(error(whole.clone(), ScriptFault::UnknownName))?;
                return self.push(&bytes, whole);
            }
        };
        self.send();
        self.steps.push(step);
        Ok(())
    }

    fn push(&mut self, bytes: &[u8], span: Range<usize>) -> Result<(), ScriptError> {
        self.room_for(bytes.len(), span)?;
        self.bytes.extend_from_slice(bytes);
        self.total += bytes.len();
        Ok(())
    }

    fn room_for(&self, len: usize, span: Range<usize>) -> Result<(), ScriptError> {
        let fits = self.total.saturating_add(len) <= SCRIPT_BYTES_MAX;
        if fits { Ok(()) } else { Err(ScriptError { span, fault: ScriptFault::TooLong }) }
    }

    /// Ends the bytes that were collected.
    fn send(&mut self) {
        if !self.bytes.is_empty() {
            self.steps.push(Step::Send(std::mem::take(&mut self.bytes)));
        }
    }
}

fn hex(digits: &str) -> Option<u8> {
    let both = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| both)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn fault(script: &str) -> (Range<usize>, ScriptFault) {
        let ScriptError { span, fault } = parse(script, |_| None).unwrap_err();
        (span, fault)
    }

    #[test]
    fn bytes_pauses_and_ends_are_read() {
        let steps = parse(r"GET \x2f\r\n{WAIT:20}a{REP:\tb:3}{FIN}{IDLE}é{NAME}", |name| {
            (name == "NAME").then(|| b"!".to_vec())
        });
        let expected = [
            Step::Send(b"GET /\r\n".to_vec()),
            Step::Wait(20),
            Step::Send(b"a\tb\tb\tb".to_vec()),
            Step::Fin,
            Step::Idle,
            Step::Send("é!".into()),
        ];
        assert_eq!(steps.unwrap(), expected);
        assert_eq!(bytes(r"\0\\\xFF").unwrap(), [0, b'\\', 0xFF]);
        assert_eq!(bytes("").unwrap(), b"");
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        assert_eq!(fault(r"ab\q"), (2..4, ScriptFault::UnknownEscape));
        assert_eq!(fault(r"ab\x+1"), (2..6, ScriptFault::UnknownEscape));
        assert_eq!(fault(r"ab\x1"), (2..5, ScriptFault::UnknownEscape));
        assert_eq!(fault(r"ab\"), (2..3, ScriptFault::UnknownEscape));
        assert_eq!(fault(r"{REP:\x1:2}"), (5..8, ScriptFault::UnknownEscape));
        assert_eq!(fault("a{FIN"), (1..5, ScriptFault::UnclosedBrace));
        assert_eq!(fault("a{REP:b:c}"), (8..9, ScriptFault::NotANumber));
        assert_eq!(fault("{WAIT:}"), (6..6, ScriptFault::NotANumber));
        assert_eq!(fault("{ETAG}"), (0..6, ScriptFault::UnknownName));
        assert_eq!(fault("{REP:ab:99999999999}"), (0..20, ScriptFault::TooLong));
        assert!(bytes("a{FIN}").is_err() && bytes("{WAIT:1}").is_err());
    }
}
