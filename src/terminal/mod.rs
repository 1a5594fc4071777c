//! The view without a window: prints the trace as it happens, for people ([`Format::Text`]) or for programs
//! ([`Format::Json`], see `docs/json-events.md`). It remembers only what later lines need.

mod diff;
mod error;
mod filtered;
mod frames;
mod items;
mod json;
mod read;
mod replay;
mod starts;
mod style;
mod text;

use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::RecvTimeoutError;

use crate::{
    base::stream::Nanos,
    filter::Filter,
    session::Recording,
    trace::{self, Batch, Event, EventKind, Received, Severity},
};

pub use diff::{DiffOptions, diff};
pub use error::ReadError;
use filtered::Filtered;
pub use read::{Which, read, read_as};
pub use replay::{Place, replay};

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

/// Limit of captured bytes that wait to be printed.
const WAITING_BYTES: u64 = 32 * 1024 * 1024;
/// While the copy is not written yet, it is looked at this often.
const LOOK_AFTER: Duration = Duration::from_millis(200);
/// At the end, printing is given up when nothing is taken for this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Records events in `copy` until the server has ended, and prints them on a thread of its own: whoever reads `out`
/// may stop reading, and neither the recording nor the end of the program waits for that. What cannot be printed in
/// time is left out, which is said in its place. After a write error, such as a closed pipe, nothing more is printed.
/// With a filter that is not empty, the exchanges that pass are printed, each when it has ended.
///
/// # Errors
/// The thread cannot be started.
pub fn run(
    events: &trace::Receiver,
    options: Options,
    filter: Filter,
    out: impl Write + Send + 'static,
    mut copy: Option<Recording>,
) -> io::Result<()> {
    let (mut printing, to_print) = trace::channel(WAITING_BYTES);
    let written = Arc::new(AtomicU64::new(0));
    let mut out = BufWriter::new(Counted { out, written: Arc::clone(&written) });
    let (ends, ended) = crossbeam_channel::bounded::<()>(0);
    thread::Builder::new().name("printer".to_owned()).spawn(move || {
        // Nobody is left to be told.
        let _ = print_passing(&to_print, options, filter, &mut out);
        drop(ends);
    })?;
    if let Some(copy) = &mut copy {
        copy.count_in(events.backlog());
    }
    loop {
        let received = if copy.as_ref().is_none_or(Recording::is_written) {
            events.recv().map_or(Received::End, Received::Batch)
        } else {
            events.recv_within(LOOK_AFTER)
        };
        let mut next = match received {
            Received::Batch(batch) => Some(batch),
            Received::Nothing => None,
            Received::End => break,
        };
        while let Some(batch) = next {
            if let Some(copy) = &mut copy {
                copy.take(&batch.events);
            }
            printing.send(batch);
            next = events.try_recv();
        }
        if let Some(copy) = &mut copy {
            copy.hand_over();
            report(copy, &mut printing);
        }
    }
    if let Some(copy) = &mut copy {
        copy.finish();
        report(copy, &mut printing);
    }
    drop(printing);
    loop {
        let before = written.load(Ordering::Relaxed);
        // Nothing is ever sent: the channel disconnects when the printing ends.
        let waited = ended.recv_timeout(PATIENCE);
        if waited != Err(RecvTimeoutError::Timeout) || written.load(Ordering::Relaxed) == before {
            return Ok(());
        }
    }
}

/// Prints why the copy is not written any further.
fn report(copy: &mut Recording, printing: &mut trace::Sender) {
    for error in copy.take_errors() {
        let kind = EventKind::ServerMessage(Severity::Error, error.to_string().into());
        printing.send(Batch { events: vec![Event { at: Nanos::ZERO, conn: None, exchange: None, kind }] });
    }
}

/// Prints events until there are no more, on this thread.
///
/// # Errors
/// Writing failed. What follows is not taken.
pub fn print(events: &trace::Receiver, options: Options, out: &mut dyn Write) -> io::Result<()> {
    print_passing(events, options, Filter::default(), out)
}

fn print_passing(
    events: &trace::Receiver,
    options: Options,
    filter: Filter,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut view = View::new(options);
    let mut filtered = (!filter.is_empty()).then(|| Filtered::new(filter));
    while let Some(first) = events.recv() {
        let mut next = Some(first);
        while let Some(batch) = next {
            match &mut filtered {
                Some(filtered) => view.print(&filtered.passing(batch), out)?,
                None => view.print(&batch, out)?,
            }
            next = events.try_recv();
        }
        out.flush()?;
    }
    Ok(())
}

/// Counts the writes that went through.
struct Counted<W> {
    out: W,
    written: Arc<AtomicU64>,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.out.write(bytes)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The state of the view between events.
enum View {
    Quiet(style::Paint),
    Text(Box<text::Text>),
    Json(Box<json::Json>),
}

impl View {
    fn new(options: Options) -> Self {
        let paint = style::Paint::new(options.colour);
        match (options.quiet, options.format) {
            (true, _) => Self::Quiet(paint),
            (false, Format::Text) => Self::Text(Box::new(text::Text::new(paint))),
            (false, Format::Json) => Self::Json(Box::default()),
        }
    }

    fn print(&mut self, batch: &Batch, out: &mut dyn Write) -> io::Result<()> {
        for event in &batch.events {
            match self {
                Self::Quiet(paint) => quiet(*paint, event, out)?,
                Self::Text(text) => text.print(event, out)?,
                Self::Json(json) => json.print(event, out)?,
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
        let out = Shared::default();
        run(&receiver, options, Filter::default(), out.clone(), None).expect("a thread");
        String::from_utf8_lossy(&out.0.lock()).into_owned()
    }

    /// What was written, for the one who looks.
    #[derive(Clone, Default)]
    struct Shared(Arc<parking_lot::Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
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
        run(&receiver, Options::default(), Filter::default(), Pipe(100), None).expect("a thread");
        assert!(receiver.try_recv().is_none());
    }

    /// A pipe that nobody reads.
    struct Unread(crossbeam_channel::Receiver<()>);

    impl Write for Unread {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn output_that_nobody_reads_keeps_nothing_waiting() {
        let (mut sender, receiver) = trace::channel(1 << 20);
        sender.send(announced(Severity::Error));
        drop(sender);
        let (keep, unread) = crossbeam_channel::bounded(0);
        run(&receiver, Options::default(), Filter::default(), Unread(unread), None).expect("a thread");
        drop(keep);
    }
}
