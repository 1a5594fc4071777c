//! Lines of the view, each with its time and its connection.

use std::io::{self, Write};

use crate::{
    base::stream::{ConnId, ExchangeId},
    trace::Nanos,
    words::{hex_dump, plural},
};

use super::super::style::{Paint, Tone};

/// At most this many lines of sixteen bytes are shown of the head in one read or write.
const HEAD_LINES: usize = 48;
/// At most this many lines of sixteen bytes are shown of the body in one read or write.
const BODY_LINES: usize = 4;

/// Where a line goes, and what stands at its beginning.
pub(super) struct Line<'a> {
    pub paint: Paint,
    pub at: Nanos,
    /// `None`: the line is about the server as a whole.
    pub conn: Option<ConnId>,
    pub out: &'a mut dyn Write,
}

impl Line<'_> {
    pub(super) fn say(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        let (secs, micros) = (self.at / 1_000_000_000, self.at / 1_000 % 1_000_000);
        let time = self.paint.tone(Tone::Faint, format_args!("{secs:>4}.{micros:06}"));
        let Some(conn) = self.conn else {
            return writeln!(self.out, "{time}  {text}");
        };
        let conn = self.paint.tone(Tone::Connection, format_args!("conn {conn:<3}"));
        writeln!(self.out, "{time}  {}{conn} {text}", self.indent())
    }

    /// Prints a line about an exchange. `None`: the line is about the connection.
    pub(super) fn tell(
        &mut self,
        exchange: Option<ExchangeId>,
        text: impl std::fmt::Display,
    ) -> io::Result<()> {
        let Some(exchange) = exchange else { return self.say(text) };
        let number = self.paint.tone(Tone::Faint, format_args!("#{exchange}"));
        self.say(format_args!("  {number} {text}"))
    }

    /// Bytes as hex and text: `head` of them are shown as a head, the rest as a body.
    pub(super) fn bytes(&mut self, bytes: &[u8], offset: u64, head: usize) -> io::Result<()> {
        let (head, body) = bytes.split_at(head.min(bytes.len()));
        self.lines(head, offset, HEAD_LINES)?;
        self.lines(body, offset + head.len() as u64, BODY_LINES)
    }

    fn lines(&mut self, bytes: &[u8], offset: u64, most: usize) -> io::Result<()> {
        let shown = &bytes[..bytes.len().min(most * 16)];
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

    /// Connections that run side by side stand in different columns.
    fn indent(&self) -> &'static str {
        let columns = self.conn.map_or(0, |conn| (conn.get() - 1) % 5 * 2);
        &"        "[..usize::try_from(columns).unwrap_or(0)]
    }
}
