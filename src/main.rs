//! byteglass: parses the command line, starts the server, hands over to the window or the terminal.

mod cli;

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    ops::RangeInclusive,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;
use parking_lot::Mutex;

use byteglass::{
    server::{Handle, Settings, SiteChoice},
    terminal, trace,
    ui::settings::Store,
};
use cli::Options;

/// The usual port, and how many after it are tried if it is busy.
const PORTS: RangeInclusive<u16> = 8080..=8179;
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
    let (store, warning) = Store::open(Store::usual_path());
    if let Some(warning) = warning {
        complain(warning);
    }
    let mut settings = Settings { bind: options.bind, site: site(options, &store), ..Settings::default() };
    for (kinds, enabled) in [(&options.enable, true), (&options.disable, false)] {
        for kind in kinds {
            settings.middleware.set_enabled(*kind, enabled);
        }
    }
    let (sender, events) = trace::channel(CHANNEL_BYTES);
    let sender = (!options.no_capture).then_some(sender);
    let server = match options.port {
        Some(port) => Handle::start(Settings { port, ..settings }, sender),
        None => Handle::start_near(settings, PORTS, sender),
    }
    .map_err(|error| error.to_string())?;
    let address = server.address().ok_or("the server stopped at once")?;
    announce(address);
    if !address.ip().to_canonical().is_loopback() {
        complain(format!("{} is not a loopback address: other machines can reach this server", address.ip()));
    }
    if options.open
        && let Err(error) = webbrowser::open(&format!("http://{address}/"))
    {
        complain(format!("cannot open the browser: {error}"));
    }
    in_terminal(options, server, &events)
}

/// The trace on the terminal, until the server is told to stop.
fn in_terminal(options: &Options, server: Handle, events: &trace::Receiver) -> Result<(), String> {
    let server = Arc::new(Mutex::new(Some(server)));
    let stopping = Arc::clone(&server);
    let (stop, stopped) = crossbeam_channel::bounded::<()>(1);
    ctrlc::set_handler(move || {
        // Dropping the handle ends the server's thread, and with it the trace.
        drop(stopping.lock().take());
        let _ = stop.try_send(());
    })
    .map_err(|error| format!("cannot listen for Ctrl-C: {error}"))?;
    let stdout = std::io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let view = terminal::Options { format: options.format.into(), quiet: options.quiet, colour };
    terminal::run(events, view, &mut stdout.lock());
    // Without a capture there is no trace to wait for.
    let _ = stopped.recv();
    Ok(())
}

/// What to serve: the folder given, else the last one used if it is still there, else the welcome
/// site.
fn site(options: &Options, store: &Store) -> SiteChoice {
    if let Some(folder) = &options.folder {
        return SiteChoice::Folder(absolute(folder));
    }
    match &store.settings().last_folder {
        Some(folder) if folder.is_dir() => SiteChoice::Folder(folder.clone()),
        Some(folder) => {
            complain(format!("the last folder, {}, is gone; serving the welcome site", folder.display()));
            SiteChoice::Welcome
        }
        None => SiteChoice::Welcome,
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
