//! byteglass: parses the command line, starts the server, hands over to the window or the terminal.

mod cli;
#[cfg_attr(not(feature = "window"), path = "no_window.rs")]
mod window;

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    thread::JoinHandle,
};

use clap::Parser;
use crossbeam_channel::Receiver;

use byteglass::{
    base::stream::ExchangeId,
    config::Store,
    server::{BasicAuthSettings, Handle, MiddlewareKind, Settings, SiteChoice},
    session::{DISK_BYTES, Recording, usual_root},
    terminal, trace,
};
use cli::{Command, Options, ReadFormat};

/// The usual port.
const PORT: u16 = 8080;
/// How many ports after it are tried if it is busy.
const PORTS_TRIED: u16 = 99;
/// Captured bytes on their way from the server to the recorder at most.
const CHANNEL_BYTES: u64 = 32 * 1024 * 1024;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody may be there to read it; the exit code says it too.
            let _ = writeln!(std::io::stderr(), "byteglass: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if let Some(Command::Read { file, format, exchange }) = &options.command {
        return read(file, *format, exchange);
    }
    let (store, warning) = Store::open(Store::usual_path());
    let mut warnings: Vec<String> = warning.iter().map(ToString::to_string).collect();
    let display = if options.headless { None } else { Some(window::check()) };
    let in_window = matches!(display, Some(Ok(())));
    let (site, gone) = site(options, &store);
    warnings.extend(gone);
    let settings = settings(options, &store, site, in_window)?;
    // Before the address is announced: whoever reads it may stop the program at once.
    let (stop, stopped) = crossbeam_channel::bounded::<()>(1);
    ctrlc::set_handler(move || {
        // One is enough.
        let _ = stop.try_send(());
    })
    .map_err(|error| format!("cannot listen for Ctrl-C: {error}"))?;
    let recording = recording(options, in_window, &mut warnings)?;
    let (sender, events) = trace::channel(CHANNEL_BYTES);
    let sender = (!options.no_capture).then_some(sender);
    // A port chosen in the window is a wish; one given here is an order.
    let server = match (options.port, store.settings().port.filter(|_| in_window)) {
        (Some(port), _) => Handle::start(Settings { port, ..settings }, sender),
        (None, Some(port)) => Handle::start_near(settings, port..=port.saturating_add(PORTS_TRIED), sender),
        (None, None) => Handle::start_near(settings, PORT..=PORT + PORTS_TRIED, sender),
    }
    .map_err(|error| error.to_string())?;
    let address = server.address().ok_or("the server stopped at once")?;
    announce(address);
    for warning in &warnings {
        complain(warning);
    }
    if !address.ip().to_canonical().is_loopback() {
        complain(format!("{} is not a loopback address: other machines can reach this server", address.ip()));
    }
    if options.open
        && let Err(error) = webbrowser::open(&format!("http://{address}/"))
    {
        complain(format!("cannot open the browser: {error}"));
    }
    let run = Run { server, events, recording, store, warnings, stopped };
    match display {
        None => in_terminal(options, run),
        Some(Err(problem)) => {
            complain(format!("{problem}; the trace goes to this terminal"));
            in_terminal(options, run)
        }
        Some(Ok(())) => window::run(options, run),
    }
}

/// Everything that is running before there is a view.
#[cfg_attr(not(feature = "window"), allow(dead_code, reason = "the terminal view needs less"))]
struct Run {
    server: Handle,
    events: trace::Receiver,
    /// What is captured goes there. `None`: it does not go to disk.
    recording: Option<Recording>,
    store: Store,
    warnings: Vec<String>,
    /// Says when Ctrl-C was pressed.
    stopped: Receiver<()>,
}

/// What the server starts with. The window remembers middleware and guards; the terminal view starts
/// from the defaults each time, so that a script gets what its command line says.
fn settings(options: &Options, store: &Store, site: SiteChoice, in_window: bool) -> Result<Settings, String> {
    let hosts = options.host.clone();
    let mut settings = Settings { bind: options.bind, hosts, site, ..Settings::default() };
    if in_window {
        settings.middleware.clone_from(&store.settings().middleware);
        settings.guards = store.settings().guards;
        settings.folder = store.settings().folder;
    }
    settings.folder.listing |= options.listing;
    settings.folder.not_found_page |= options.not_found_page;
    settings.folder.single_page |= options.spa;
    if let Some(file) = &options.auth_file {
        settings.middleware.basic_auth = credentials(file)?;
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
    }
    for given in &options.guard {
        settings.guards.set(given.guard, given.value);
    }
    for (kinds, enabled) in [(&options.enable, true), (&options.disable, false)] {
        for kind in kinds {
            settings.middleware.set_enabled(*kind, enabled);
        }
    }
    Ok(settings)
}

/// Where the capture goes besides memory. The terminal view keeps nothing, so it has no session.
fn recording(
    options: &Options,
    in_window: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<Recording>, String> {
    let root = if in_window && !options.no_capture { usual_root() } else { None };
    let copy = options.capture.as_deref();
    let begin = |root: Option<&std::path::Path>| {
        (root.is_some() || copy.is_some()).then(|| Recording::begin(root, DISK_BYTES, copy)).transpose()
    };
    begin(root.as_deref())
        .or_else(|(path, error)| {
            if Some(&*path) == copy {
                return Err((path, error));
            }
            let path = path.display();
            warnings.push(format!("the capture is kept in memory only: cannot write {path}: {error}"));
            begin(None)
        })
        .map_err(|(path, error)| format!("cannot write {}: {error}", path.display()))
}

/// User and password. They are in a file, since others on this machine can read a command line.
fn credentials(file: &std::path::Path) -> Result<BasicAuthSettings, String> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let line = text.lines().next().unwrap_or_default();
    match line.split_once(':') {
        Some((user, password)) if !password.is_empty() => {
            Ok(BasicAuthSettings { user: user.to_owned(), password: password.to_owned() })
        }
        _ => Err(format!("the first line of {} is not user:password", file.display())),
    }
}

/// Prints a capture that is in a file; with `only`, these exchanges of it.
fn read(file: &std::path::Path, format: ReadFormat, only: &[ExchangeId]) -> Result<(), String> {
    let stdout = std::io::stdout();
    let seen = stdout.is_terminal();
    if let ReadFormat::Export(export) = format
        && seen
        && !export.is_text()
    {
        // Control bytes of a stranger could change what the terminal does.
        return Err(
            "bytes are not written to a terminal; send them to a file or to another program".to_owned()
        );
    }
    let mut out = std::io::BufWriter::new(stdout.lock());
    let format = match format {
        ReadFormat::Events(format) => format,
        ReadFormat::Export(format) => {
            if let Some(but) = terminal::read_as(file, only, format, &mut out)? {
                complain(but);
            }
            return Ok(());
        }
    };
    let colour = seen && std::env::var_os("NO_COLOR").is_none();
    terminal::read(file, only, terminal::Options { format, quiet: false, colour }, &mut out)
}

/// The trace on the terminal, until the server is told to stop.
fn in_terminal(options: &Options, run: Run) -> Result<(), String> {
    let Run { server, events, recording, stopped, .. } = run;
    let stopper = spawn("stopper", move || {
        // The other end lives as long as the program.
        let _ = stopped.recv();
        // Dropping the handle ends the server's thread, and with it the trace.
        drop(server);
    })?;
    let stdout = std::io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let view = terminal::Options { format: options.format.into(), quiet: options.quiet, colour };
    terminal::run(&events, view, &mut stdout.lock(), recording);
    // Without a capture there is no trace to wait for.
    stopper.join().map_err(|_| "the server could not be stopped".to_owned())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| format!("cannot start a thread: {error}"))
}

/// What to serve: the folder given, else the last one used if it is still there, else the welcome
/// site. And, where the last one is not there, a sentence that says so.
fn site(options: &Options, store: &Store) -> (SiteChoice, Option<String>) {
    if let Some(folder) = &options.folder {
        return (SiteChoice::Folder(absolute(folder)), None);
    }
    match &store.settings().last_folder {
        Some(folder) if folder.is_dir() => (SiteChoice::Folder(folder.clone()), None),
        Some(folder) => {
            let gone = format!("the last folder, {}, is gone; serving the welcome site", folder.display());
            (SiteChoice::Welcome, Some(gone))
        }
        None => (SiteChoice::Welcome, None),
    }
}

/// The one line that programs wait for; flushed, whatever standard output is.
fn announce(address: SocketAddr) {
    let mut stdout = std::io::stdout();
    // A closed standard output does not stop a server.
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
}

fn complain(message: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "byteglass: {message}");
}

fn absolute(path: &std::path::Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
