//! The view without a window: prints the trace as it happens, for people ([`Format::Text`]) or for programs
//! ([`Format::Json`], see `docs/json-events.md`). It remembers only what later lines need.

mod error;
mod json;
mod read;
mod style;
mod text;

use std::io::{self, Write};

use crate::{
    base::stream::Nanos,
    session::Recording,
    trace::{self, Batch, Event, EventKind, Severity},
};

pub use error::ReadError;
pub use read::{read, read_as};

/// The format of the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One event per line, for programs.
    Json,
}

/// The options of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The format of an event.
    pub format: Format,
    /// Whether to print only the server's error messages.
    pub quiet: bool,
    /// Whether to use ANSI colours. Only the caller knows whether `out` is a terminal.
    pub colour: bool,
}

/// Prints events until the server has ended, and also records them in `copy`. After a write error, such as a
/// closed pipe, the printing ends, but events are still received and recorded, so that the server is not
/// affected.
pub fn run(events: &trace::Receiver, options: Options, out: &mut dyn Write, mut copy: Option<Recording>) {
    let mut view = View::new(options);
    let mut printed = Ok(());
    while let Some(first) = events.recv() {
        let mut next = Some(first);
        while let Some(batch) = next {
            if let Some(copy) = &mut copy {
                copy.take(&batch.events);
            }
            printed = printed.and_then(|()| view.print(&batch, out));
            next = events.try_recv();
        }
        if let Some(copy) = &mut copy {
            copy.flush();
            for error in copy.take_errors() {
                let kind = EventKind::ServerMessage(Severity::Error, error.to_string().into());
                let batch =
                    Batch { events: vec![Event { at: Nanos::ZERO, conn: None, exchange: None, kind }] };
                printed = printed.and_then(|()| view.print(&batch, out));
            }
        }
        printed = printed.and_then(|()| out.flush());
    }
}

/// The state of the view between events.
enum View {
    Quiet(style::Paint),
    Text(Box<text::Text>),
    Json,
}

impl View {
    fn new(options: Options) -> Self {
        let paint = style::Paint::new(options.colour);
        match (options.quiet, options.format) {
            (true, _) => Self::Quiet(paint),
            (false, Format::Text) => Self::Text(Box::new(text::Text::new(paint))),
            (false, Format::Json) => Self::Json,
        }
    }

    fn print(&mut self, batch: &Batch, out: &mut dyn Write) -> io::Result<()> {
        for event in &batch.events {
            match self {
                Self::Quiet(paint) => quiet(*paint, event, out)?,
                Self::Text(text) => text.print(event, out)?,
                Self::Json => json::print(event, out)?,
            }
        }
        Ok(())
    }
}

fn quiet(paint: style::Paint, event: &Event, out: &mut dyn Write) -> io::Result<()> {
    if let EventKind::ServerMessage(Severity::Error, message) = &event.kind {
        let message = crate::words::escaped(message.as_bytes());
        writeln!(out, "{} {message}", paint.severity(Severity::Error, "error:"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn announced(severity: Severity) -> Batch {
        let kind = EventKind::ServerMessage(severity, Arc::from("the folder\x1b[2J is gone"));
        Batch { events: vec![Event { at: Nanos::ZERO, conn: None, exchange: None, kind }] }
    }

    fn printed(options: Options, batches: Vec<Batch>) -> String {
        let (mut sender, receiver) = trace::channel(1 << 20);
        for batch in batches {
            sender.send(batch);
        }
        drop(sender);
        let mut out = Vec::new();
        run(&receiver, options, &mut out, None);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn quiet_prints_errors_only() {
        let options = Options { quiet: true, ..Options::default() };
        let output = printed(options, vec![announced(Severity::Warning), announced(Severity::Error)]);
        assert_eq!(output, "error: the folder␛[2J is gone\n");
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        for (colour, escapes) in [(false, 0), (true, 2)] {
            let options = Options { quiet: true, colour, ..Options::default() };
            let output = printed(options, vec![announced(Severity::Error)]);
            assert_eq!(output.matches('\x1b').count(), escapes, "{output:?}");
        }
    }

    /// A pipe that accepts this number of bytes and is then closed.
    struct Pipe(usize);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_ends_the_printing_and_not_the_draining() {
        let (mut sender, receiver) = trace::channel(1 << 20);
        for _ in 0..100 {
            sender.send(announced(Severity::Error));
        }
        drop(sender);
        let mut pipe = Pipe(100);
        run(&receiver, Options::default(), &mut pipe, None);
        assert!(receiver.try_recv().is_none());
    }
}
