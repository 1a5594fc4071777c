//! Writes the messages of an exchange as arrays in source code.

use std::io::{self, Write};

use crate::{
    base::stream::{Direction, ExchangeId},
    store::model::Detail,
    words::{self, glyph, plural, plural_is},
};

use super::{
    blank_line,
    format::{Clipboard, Entry, ExportError, Format},
    message::{self, Piece},
    title,
};

/// Bytes in a line.
const LINE: usize = 12;
/// Upper bound on gaps that are listed one by one.
const GAPS: usize = 8;

/// Longer messages are not put on the clipboard: each byte takes six characters.
const CLIPBOARD: u64 = 256 * 1024;

/// A C array for each message. C99 and later, C++.
pub(super) struct C;

/// A Rust array for each message.
pub(super) struct Rust;

impl Format for C {
    fn key(&self) -> &'static str {
        "c"
    }
    fn title(&self) -> &'static str {
        "C arrays"
    }
    fn about(&self) -> &'static str {
        "C arrays of the messages"
    }
    fn extension(&self) -> &'static str {
        "h"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "As C arrays", bytes_max: CLIPBOARD })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        blank_line(out, entry)?;
        Ok(arrays(out, Language::C, &entry.facts.detail)?)
    }
}

impl Format for Rust {
    fn key(&self) -> &'static str {
        "rust"
    }
    fn title(&self) -> &'static str {
        "Rust arrays"
    }
    fn about(&self) -> &'static str {
        "Rust arrays of the messages"
    }
    fn extension(&self) -> &'static str {
        "rs"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "As Rust arrays", bytes_max: CLIPBOARD })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        blank_line(out, entry)?;
        Ok(arrays(out, Language::Rust, &entry.facts.detail)?)
    }
}

/// A language with arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    C,
    Rust,
}

/// Writes a comment that names the exchange, then an array for the request and one for the response. Bytes that were
/// not captured are missing from the array, and a comment says so. C has no empty arrays: a comment takes the place.
fn arrays(out: &mut dyn Write, language: Language, detail: &Detail) -> io::Result<()> {
    writeln!(out, "// {}", title(detail))?;
    for direction in Direction::ALL {
        let pieces = message::pieces(detail, direction);
        let bytes: Vec<u8> =
            pieces.iter().filter_map(|piece| piece.bytes.as_ref()).flatten().copied().collect();
        writeln!(out)?;
        comment(out, direction, &pieces)?;
        definition(out, language, (detail.exchange.id, direction), &bytes)?;
    }
    Ok(())
}

fn comment(out: &mut dyn Write, direction: Direction, pieces: &[Piece]) -> io::Result<()> {
    let Some((first, last)) = pieces.first().zip(pieces.last()) else {
        return writeln!(out, "// There is no {}.", name(direction));
    };
    let len = plural(last.range.end - first.range.start, "byte");
    match direction {
        Direction::Received => writeln!(out, "// The request as it arrived: {len}.")?,
        Direction::Sent => writeln!(out, "// The response as it was sent: {len}.")?,
    }
    let gaps: Vec<_> =
        pieces.iter().filter(|piece| piece.bytes.is_none()).map(|piece| &piece.range).collect();
    for gap in gaps.iter().take(GAPS) {
        let (at, len) = (gap.start - first.range.start, gap.end - gap.start);
        writeln!(out, "// From {} on, {} missing: not captured.", words::offset(at), plural_is(len, "byte"))?;
    }
    match gaps.len().saturating_sub(GAPS) {
        0 => Ok(()),
        more => writeln!(out, "// Bytes are missing at {} more.", plural(more as u64, "place")),
    }
}

fn definition(
    out: &mut dyn Write,
    language: Language,
    (id, direction): (ExchangeId, Direction),
    bytes: &[u8],
) -> io::Result<()> {
    let name = name(direction);
    let len = bytes.len();
    match language {
        Language::C if bytes.is_empty() => return writeln!(out, "// C has no empty arrays."),
        Language::C => {
            writeln!(out, "static const unsigned char exchange_{id}_{name}[{len}] = {{")?;
        }
        Language::Rust => {
            let name = name.to_ascii_uppercase();
            writeln!(out, "pub static EXCHANGE_{id}_{name}: [u8; {len}] = [")?;
        }
    }
    let mut text = String::new();
    for line in bytes.chunks(LINE) {
        text.clear();
        text.push_str("   ");
        for byte in line {
            for part in [" 0x", HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)], ","] {
                text.push_str(part);
            }
        }
        // The lines are padded and end with `|`: a captured `\` at the end would join the next line in C.
        text.extend(std::iter::repeat_n("      ", LINE - line.len()));
        text.push_str(" // |");
        text.extend(line.iter().map(|byte| glyph(*byte)));
        text.push_str("|\n");
        out.write_all(text.as_bytes())?;
    }
    out.write_all(if language == Language::C { b"};\n" } else { b"];\n" })
}

const fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::Received => "request",
        Direction::Sent => "response",
    }
}

const HEX: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::{fs, path::Path, process::Command};

    use super::*;
    use crate::base::stream::Direction;
    use crate::trace::Payload;
    use crate::{store::Store, testing::script::Script, trace::EventKind};

    /// Every byte there is, and texts that end comments and lines in one language or the other.
    fn nasty() -> Vec<u8> {
        let mut body: Vec<u8> = (0..=255).collect();
        body.extend(b"*/ /* // ??/ \\\n ??/\n\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    }

    const REQUEST: &[u8] = b"GET /*a*/b/*?c=\\??/ HTTP/1.1\r\nHost: a\r\n\r\n";

    fn detail(response: &[u8]) -> Detail {
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, REQUEST, response);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        store.detail(id).unwrap()
    }

    fn made(language: Language, detail: &Detail) -> String {
        let mut out = Vec::new();
        arrays(&mut out, language, detail).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Runs a compiler and what it made; gives what that prints. `None`: there is no such compiler.
    fn compiled(compiler: &str, arguments: &[&str], source: &Path) -> Option<Vec<u8>> {
        let program = source.with_extension("out");
        let output =
            Command::new(compiler).args(arguments).arg("-o").arg(&program).arg(source).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = Command::new(program).output().unwrap();
        assert!(printed.status.success());
        Some(printed.stdout)
    }

    #[test]
    fn a_c_compiler_makes_the_same_bytes_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let response = nasty();
        fs::write(folder.path().join("exchange.h"), made(Language::C, &detail(&response))).unwrap();
        let main = "#include <stdio.h>\n#include \"exchange.h\"\nint main(void) {\n\
            fwrite(exchange_1_request, 1, sizeof exchange_1_request, stdout);\n\
            fwrite(exchange_1_response, 1, sizeof exchange_1_response, stdout);\nreturn 0;\n}\n";
        let source = folder.path().join("main.c");
        fs::write(&source, main).unwrap();
        let strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
        if let Some(printed) = compiled("cc", &strict, &source) {
            assert_eq!(printed, [REQUEST, &response].concat());
        }
    }

    #[test]
    fn rustc_makes_the_same_bytes_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let response = nasty();
        fs::write(folder.path().join("exchange.rs"), made(Language::Rust, &detail(&response))).unwrap();
        let main = "#![deny(warnings)]\nuse std::io::Write;\nmod exchange;\nfn main() {\n\
            let mut out = std::io::stdout();\n\
            out.write_all(&exchange::EXCHANGE_1_REQUEST).unwrap();\n\
            out.write_all(&exchange::EXCHANGE_1_RESPONSE).unwrap();\n}\n";
        let source = folder.path().join("main.rs");
        fs::write(&source, main).unwrap();
        if let Some(printed) = compiled("rustc", &["--edition=2024"], &source) {
            assert_eq!(printed, [REQUEST, &response].concat());
        }
    }

    #[test]
    fn lines_show_their_text() {
        let expected = "\
// Exchange 1: GET /*a*/b/*?c=\\??/, answered 200 (connection 1, message 1).

// The request as it arrived: 41 bytes.
static const unsigned char exchange_1_request[41] = {
    0x47, 0x45, 0x54, 0x20, 0x2f, 0x2a, 0x61, 0x2a, 0x2f, 0x62, 0x2f, 0x2a, // |GET /*a*/b/*|
    0x3f, 0x63, 0x3d, 0x5c, 0x3f, 0x3f, 0x2f, 0x20, 0x48, 0x54, 0x54, 0x50, // |?c=\\??/ HTTP|
    0x2f, 0x31, 0x2e, 0x31, 0x0d, 0x0a, 0x48, 0x6f, 0x73, 0x74, 0x3a, 0x20, // |/1.1␍␊Host: |
    0x61, 0x0d, 0x0a, 0x0d, 0x0a,                                           // |a␍␊␍␊|
};
";
        let made = made(Language::C, &detail(b"HTTP/1.1 204 No Content\r\n\r\n"));
        assert!(made.starts_with(&expected.replace("answered 200", "answered 204")), "{made}");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, REQUEST);
        let id = script.begin(1, offset);
        script.push(
            1,
            None,
            EventKind::bytes(Direction::Received, REQUEST.len() as u64, Payload::Dropped(1_000)),
        );
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let detail = store.detail(id).unwrap();
        let rust = made(Language::Rust, &detail);
        assert!(rust.contains("// The request as it arrived: 1,041 bytes.\n"), "{rust}");
        assert!(rust.contains("// From offset 41 (0x29) on, 1,000 bytes are missing: not captured.\n"));
        assert!(rust.contains("pub static EXCHANGE_1_REQUEST: [u8; 41] = [\n"));
        assert!(
            rust.ends_with("// There is no response.\npub static EXCHANGE_1_RESPONSE: [u8; 0] = [\n];\n")
        );
        assert!(
            made(Language::C, &detail).ends_with("// There is no response.\n// C has no empty arrays.\n")
        );
    }
}
