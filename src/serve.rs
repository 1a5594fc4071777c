//! Starts the server and hands over to the window or the terminal.

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use byteglass::{
    config::{Settings as Remembered, SettingsFile},
    gateway::tls::INSECURE,
    server::{
        self, BindAddresses, Exposure, Handle, LinesSettings, Opening, OpeningFacts, Setting, Settings,
        SiteChoice, read_authorities,
    },
    service::{BasicAuthSettings, MiddlewareKind, MiddlewareSettings, Switched},
    session::{BeginError, DISK_BYTES, Recording, usual_root},
    terminal,
    trace::{self, ProtocolKind},
    words::{qr, visible},
};

use super::{
    cli::{Options, ProxyTarget},
    complain,
    error::MainError,
    running::Running,
    signals,
};

/// The usual port.
const PORT: u16 = 8080;
/// Number of ports after the default one to try if that is taken.
const PORTS_TRIED: u16 = 99;
/// Limit of captured bytes on their way from the server to the recorder.
const CHANNEL_BYTES: u64 = 32 * 1024 * 1024;

/// Serves until the server is told to stop.
pub(crate) fn serve(options: &Options) -> Result<(), MainError> {
    let (file, warning) = SettingsFile::open(SettingsFile::usual_path());
    let mut warnings: Vec<String> = warning.iter().map(ToString::to_string).collect();
    let display = if options.headless { None } else { Some(display()) };
    let in_window = matches!(display, Some(Ok(())));
    let remembered = file.settings();
    // The window opens the last folder itself: a disk that does not answer holds up nothing. Without a window it is the
    // command line alone that says what others get to see.
    let settings = settings(options, remembered, site(options), in_window)?;
    warnings.extend(unreadable(options));
    warnings.extend(settings.gateway.is_insecure().then(|| INSECURE.to_owned()));
    // Before the address is announced: whoever reads it may stop the program at once.
    let stopped = signals::on_stop().map_err(MainError::Signal)?;
    server::raise_limit();
    let recording = recording(options, in_window, &mut warnings)?;
    let (sender, events) = trace::channel(CHANNEL_BYTES);
    let sender = (!options.no_capture).then_some(sender);
    // A port chosen in the window is a wish; one given here is an order.
    let server = match (options.port, remembered.port.filter(|_| in_window)) {
        (Some(port), _) => Handle::start(Settings { port, ..settings }, sender),
        (None, Some(port)) => Handle::start_near(settings, port..=port.saturating_add(PORTS_TRIED), sender),
        (None, None) => Handle::start_near(settings, PORT..=PORT + PORTS_TRIED, sender),
    }?;
    let addresses = server.addresses_of(ProtocolKind::Http);
    let address = *addresses.first().ok_or(MainError::ServerStopped)?;
    announce(ProtocolKind::Http, &addresses);
    let lines = server.addresses_of(ProtocolKind::Lines);
    announce(ProtocolKind::Lines, &lines);
    if lines.is_empty() && in_window {
        // A wish like the port: if it cannot be had, the window says so.
        server.set(Setting::Lines(LinesSettings { port: remembered.lines.port, ..server.settings().lines }));
    }
    for warning in &warnings {
        complain(warning);
    }
    if !options.quiet && options.format == terminal::Format::Text && !in_window {
        print_line(&format!("serving {}", site_name(options)));
    }
    complain_of_exposure(&server, &addresses, options.capture.as_deref());
    show_code(&addresses, display.is_none() && !options.quiet);
    let wanted = remembered.port.unwrap_or(PORT);
    warnings.extend(taken(wanted, address).filter(|_| in_window && options.port.is_none()));
    if options.open
        && let Err(error) = webbrowser::open(&format!("http://{}/", server::local_address(address)))
    {
        complain(format!("cannot open the browser: {error}"));
    }
    let running = Running {
        server,
        events,
        recording,
        #[cfg(feature = "window")]
        settings: file,
        #[cfg(feature = "window")]
        warnings,
        stopped,
    };
    match display {
        None => in_terminal(options, running),
        Some(Err(problem)) => {
            complain(format!("{problem}; the trace goes to this terminal"));
            in_terminal(options, running)
        }
        Some(Ok(())) => in_a_window(options, running),
    }
}

/// Why the server does not listen where one looks for it: the window says so, as the terminal's first line says where it
/// does. `None`: it does.
fn taken(wanted: u16, address: SocketAddr) -> Option<String> {
    let port = address.port();
    (port != wanted)
        .then(|| format!("Port {wanted} is taken by another program, so byteglass listens on port {port}."))
}

/// Shows the address for other machines as a picture for the camera of a phone, if there is one, if it `is_wanted`, and
/// if a person looks at standard error.
fn show_code(addresses: &[SocketAddr], is_wanted: bool) {
    let outer = server::outer_addresses(addresses).into_iter().next();
    let seen = outer.filter(|_| is_wanted && std::io::stderr().is_terminal());
    if let Some(code) = seen.and_then(|outer| qr::Code::new(&format!("http://{outer}"))) {
        let _ = std::io::stderr().write_all(code.to_text().as_bytes());
    }
}

/// Whether there can be a window, or why not.
#[cfg(feature = "window")]
fn display() -> Result<(), &'static str> {
    byteglass::ui::run::find_display()
}

#[cfg(not(feature = "window"))]
fn display() -> Result<(), &'static str> {
    Err("this build of byteglass has no window")
}

/// The window, until it is closed; where it cannot be opened, the terminal.
#[cfg(feature = "window")]
fn in_a_window(options: &Options, running: Running) -> Result<(), MainError> {
    use super::window::{RunError, run};
    use byteglass::server::OpenedSite;
    match run(running) {
        Ok(()) => Ok(()),
        Err(RunError::NotOpened(problem, running)) => {
            complain(format!("{problem}; the trace goes to this terminal"));
            match OpenedSite::open(site(options)) {
                Ok(site) => drop(running.server.set(Setting::Site(site))),
                Err(error) => complain(error),
            }
            in_terminal(options, *running)
        }
        Err(RunError::Failed(error)) => Err(MainError::Window(error)),
    }
}

#[cfg(not(feature = "window"))]
fn in_a_window(options: &Options, running: Running) -> Result<(), MainError> {
    in_terminal(options, running)
}

/// The trace on the terminal, until the server is told to stop.
fn in_terminal(options: &Options, running: Running) -> Result<(), MainError> {
    let Running { server, events, recording, stopped, .. } = running;
    let stop = move || {
        // The other end lives as long as the program.
        let _ = stopped.recv();
        // Dropping the handle ends the server's thread, and with it the trace.
        drop(server);
    };
    let stopper = std::thread::Builder::new().name("stopper".to_owned()).spawn(stop);
    let stopper = stopper.map_err(MainError::Thread)?;
    let stdout = std::io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let view = terminal::Options { format: options.format, quiet: options.quiet, colour };
    let filter = options.filter.clone().unwrap_or_default();
    terminal::run(&events, view, filter, stdout, recording).map_err(MainError::Thread)?;
    // Without a capture there is no trace to wait for.
    stopper.join().map_err(|_| MainError::Stopper)
}

/// The server's initial settings. The window remembers middleware and guards; the terminal view starts from
/// the defaults each time, so that a script depends only on its command line.
fn settings(
    options: &Options,
    remembered: &Remembered,
    site: SiteChoice,
    in_window: bool,
) -> Result<Settings, MainError> {
    let hosts = options.host.clone();
    let bind = BindAddresses::of(&options.bind).map_err(MainError::Bind)?;
    let mut settings = Settings { bind, hosts, site, ..Settings::default() };
    if in_window {
        if options.host.is_empty() {
            settings.hosts.clone_from(&remembered.hosts);
        }
        settings.middleware.clone_from(&remembered.middleware);
        settings.guards = remembered.guards;
        settings.folder = remembered.folder;
        settings.is_strict = remembered.is_strict;
        settings.lines.buffer = remembered.lines.buffer;
        settings.gateway.clone_from(&remembered.gateway);
    }
    if !options.proxy.is_empty() {
        settings.gateway.groups = ProxyTarget::groups(&options.proxy);
    }
    if let Some(file) = &options.proxy_ca {
        read_authorities(file)?;
        settings.gateway.tls.ca_file = Some(absolute(file));
    }
    settings.gateway.tls.is_insecure |= options.proxy_insecure;
    settings.lines.port = options.lines;
    settings.lines.buffer = options.lines_buffer.unwrap_or(settings.lines.buffer);
    settings.folder.listing |= options.listing;
    settings.folder.not_found_page |= options.not_found_page;
    settings.folder.single_page |= options.spa;
    settings.folder.clean_urls |= options.clean_urls;
    settings.folder.dot_files |= options.dot_files;
    settings.folder.links_out |= options.follow_links;
    settings.folder.no_builtin |= options.no_builtin;
    settings.is_strict |= options.strict;
    if !options.index.is_empty() {
        settings.naming.indexes.clone_from(&options.index);
    }
    settings.naming.types.clone_from(&options.mime);
    if let Some(seconds) = options.cache_time {
        settings.middleware.cache_control = format!("max-age={seconds}");
    }
    if let Some(origin) = &options.cors_origin {
        settings.middleware.cors.origin.clone_from(origin);
        settings.middleware.set_enabled(MiddlewareKind::Cors, true);
    }
    if let Some(file) = &options.auth_file {
        settings.middleware.basic_auth = credentials(file)?;
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
    }
    set_rules(options, &mut settings.middleware);
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

/// Takes the rules of Fields and Trouble over.
fn set_rules(options: &Options, middleware: &mut MiddlewareSettings) {
    if !options.field.is_empty() {
        middleware.fields.rules = options.field.iter().cloned().map(Switched::from).collect();
    }
    middleware.fields.isolates |= options.isolate;
    if options.isolate || !options.field.is_empty() {
        middleware.set_enabled(MiddlewareKind::Fields, true);
    }
    middleware.trouble.seed = options.trouble_seed.unwrap_or(middleware.trouble.seed);
    if !options.trouble.is_empty() {
        middleware.trouble.rules = options.trouble.iter().cloned().map(Switched::from).collect();
        middleware.set_enabled(MiddlewareKind::Trouble, true);
    }
}

/// Where the capture goes besides memory. The terminal view keeps nothing, so it has no session.
fn recording(
    options: &Options,
    in_window: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<Recording>, MainError> {
    let root = if in_window && !options.no_capture { usual_root() } else { None };
    let copy = options.capture.as_deref().map(absolute);
    let copy = copy.as_deref();
    let begin = |root: Option<&Path>| {
        (root.is_some() || copy.is_some()).then(|| Recording::begin(root, DISK_BYTES, copy)).transpose()
    };
    begin(root.as_deref())
        .or_else(|error| match error {
            BeginError::Copy(..) => Err(error),
            BeginError::Folder(..) => {
                warnings.push(format!("the capture is kept in memory only: {error}"));
                begin(None)
            }
        })
        .map_err(MainError::Recording)
}

/// User and password. They are in a file, since others on this machine can read a command line.
fn credentials(file: &Path) -> Result<BasicAuthSettings, MainError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| MainError::CredentialsUnreadable(file.to_owned(), error))?;
    // Some editors begin a file of UTF-8 with a byte-order mark.
    let line = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    match line.split_once(':') {
        Some((user, password)) if !password.is_empty() => {
            Ok(BasicAuthSettings { user: user.to_owned(), password: password.to_owned(), is_given: true })
        }
        _ => Err(MainError::CredentialsMalformed(file.to_owned())),
    }
}

/// The site to serve: the given folder, or the welcome site.
fn site(options: &Options) -> SiteChoice {
    match &options.folder {
        Some(folder) => SiteChoice::Folder(absolute(folder)),
        None => SiteChoice::Welcome,
    }
}

/// Says who can reach a server beyond loopback, and what of it is open.
fn complain_of_exposure(server: &Handle, addresses: &[SocketAddr], capture: Option<&Path>) {
    let Some(address) = addresses.iter().find(|address| server::is_outer(address)) else { return };
    let outer = server::outer_addresses(addresses);
    let urls: Vec<_> = outer.iter().map(|address| format!("http://{address}")).collect();
    let at = if urls.is_empty() { String::new() } else { format!(" at {}", urls.join(", ")) };
    complain(format!("{} is not a loopback address: other machines can reach this server{at}", address.ip()));
    let networks = server::networks(addresses);
    let capture = capture.map(absolute);
    let exposure = Exposure::of(addresses, &server.settings(), &networks, capture.as_deref());
    complain(format!("who can reach it: {exposure}"));
    // The first line has said that other machines can connect.
    for opening in exposure.openings.iter().filter(|opening| **opening != Opening::OtherMachines) {
        let OpeningFacts { open, advice } = opening.facts();
        complain(format!("{open} {advice}"));
    }
}

/// What the terminal serves, for people.
fn site_name(options: &Options) -> String {
    let folder = options.folder.as_deref().map(|folder| absolute(folder).to_string_lossy().into_owned());
    folder.map_or_else(|| "the welcome site".to_owned(), |folder| visible(&folder).into_owned())
}

/// Why a folder's entries cannot be read, which is allowed: files can be asked for by their names. `None`: they can,
/// or it is no folder.
fn unreadable(options: &Options) -> Option<String> {
    let folder = options.folder.as_deref().filter(|folder| folder.is_dir())?;
    let error = std::fs::read_dir(folder).err()?;
    Some(format!(
        "the folder {} cannot be listed: {error}; only files asked for by name are served",
        folder.display()
    ))
}

/// A line for each address, that programs wait for.
fn announce(protocol: ProtocolKind, addresses: &[SocketAddr]) {
    for address in addresses {
        print_line(&format!("{}{}", protocol.facts().listening, server::local_address(*address)));
    }
}

/// A line on standard output; flushed, whatever that is.
fn print_line(line: &str) {
    let mut stdout = std::io::stdout();
    // A closed standard output does not stop a server.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
