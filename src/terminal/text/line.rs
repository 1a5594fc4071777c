//! Lines of output, each with a time and a connection.

use std::io::{self, Write};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    words::{hex_dump, plural},
};

use super::super::style::{Paint, Tone};

/// Maximum number of lines, of 16 bytes each, of head bytes per read or write.
const HEAD_LINES: usize = 48;
/// Maximum number of lines, of 16 bytes each, of body bytes per read or write.
const BODY_LINES: usize = 4;

/// Prints lines that begin with a given time and connection.
pub(super) struct Line<'a> {
    pub paint: Paint,
    pub at: Nanos,
    /// `None`: the line is about the server as a whole.
    pub conn: Option<ConnId>,
    pub out: &'a mut dyn Write,
}

impl Line<'_> {
    /// Prints a line.
    pub(super) fn print(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        let micros = self.at.get() / 1_000;
        let (secs, micros) = (micros / 1_000_000, micros % 1_000_000);
        let time = self.paint.tone(Tone::Faint, format_args!("{secs:>4}.{micros:06}"));
        let Some(conn) = self.conn else {
            return writeln!(self.out, "{time}  {text}");
        };
        let conn = self.paint.tone(Tone::Connection, format_args!("conn {conn:<3}"));
        writeln!(self.out, "{time}  {}{conn} {text}", self.indent())
    }

    /// Prints a line about an exchange. `None`: the line is about the connection.
    pub(super) fn print_for(
        &mut self,
        exchange: Option<ExchangeId>,
        text: impl std::fmt::Display,
    ) -> io::Result<()> {
        let Some(exchange) = exchange else { return self.print(text) };
        let number = self.paint.tone(Tone::Faint, format_args!("#{exchange}"));
        self.print(format_args!("  {number} {text}"))
    }

    /// Prints lines about an exchange.
    pub(super) fn print_all(
        &mut self,
        exchange: Option<ExchangeId>,
        texts: impl IntoIterator<Item = impl std::fmt::Display>,
    ) -> io::Result<()> {
        texts.into_iter().try_for_each(|text| self.print_for(exchange, text))
    }

    /// Prints bytes as hex and text, the first `head` of them as a head, the rest as a body.
    pub(super) fn bytes(&mut self, bytes: &[u8], offset: u64, head: usize) -> io::Result<()> {
        let (head, body) = bytes.split_at(head.min(bytes.len()));
        self.lines(head, offset, HEAD_LINES)?;
        self.lines(body, offset + head.len() as u64, BODY_LINES)
    }

    fn lines(&mut self, bytes: &[u8], offset: u64, lines_max: usize) -> io::Result<()> {
        let shown = &bytes[..bytes.len().min(lines_max * 16)];
        let indent = self.indent();
        for row in hex_dump(shown, offset).lines() {
            writeln!(self.out, "{:13}{indent}    {}", "", self.paint.tone(Tone::Faint, row))?;
        }
        let rest = bytes.len() - shown.len();
        if rest > 0 {
            let rest = self.paint.tone(Tone::Faint, format_args!("… {} more", plural(rest as u64, "byte")));
            writeln!(self.out, "{:13}{indent}    {rest}", "")?;
        }
        Ok(())
    }

    /// The indentation, which differs between concurrent connections.
    fn indent(&self) -> &'static str {
        let columns = self.conn.map_or(0, |conn| (conn.get() - 1) % 5 * 2);
        &"        "[..usize::try_from(columns).unwrap_or(0)]
    }
}
