//! The command line.

mod values;

use std::{net::IpAddr, path::PathBuf};

use clap::{
    Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use byteglass::{
    base::stream::ExchangeId,
    explain::replay::Side,
    export::{self, FORMATS},
    filter::Filter,
    lines::BufferKind,
    server::parse_address,
    service::{FieldRule, MiddlewareKind, TroubleRule},
    terminal::Format,
};

pub(crate) use values::{GuardValue, ProxyTarget};
use values::{buffer, event_format, filter, guard_help, host, index, media_type, middleware, origin, side};

/// Serves a folder over HTTP/1.1 from the TCP socket up and shows every byte of it.
#[derive(Debug, Parser)]
#[command(name = "byteglass", version, about, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The folder to serve, or one file. Without one: the last folder used in the window, else the built-in welcome
    /// site.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    /// The port to listen at. 0 takes any free one. Without this option: 8080, or the next free one.
    #[arg(short, long)]
    pub(crate) port: Option<u16>,

    /// The address of this machine to listen at; 127.0.0.1 without this option. Anything but a loopback address lets
    /// other machines in. Repeatable: all addresses have one port.
    #[arg(short, long, value_name = "ADDR", value_parser = parse_address)]
    pub(crate) bind: Vec<IpAddr>,

    /// A name to answer to besides `localhost` and the names of this machine, without a port. `*.example` is all names
    /// below `example`. Repeatable.
    #[arg(long, value_name = "NAME", value_parser = host)]
    pub(crate) host: Vec<String>,

    /// Show what is in a folder that has no index.html.
    #[arg(long)]
    pub(crate) listing: bool,

    /// Send the folder's 404.html where there is nothing.
    #[arg(long)]
    pub(crate) not_found_page: bool,

    /// Single-page application: send the folder's index.html for every page that is no file.
    #[arg(long)]
    pub(crate) spa: bool,

    /// Send about.html for /about where there is no about.
    #[arg(long)]
    pub(crate) clean_urls: bool,

    /// Also serve files whose names start with a dot.
    #[arg(long)]
    pub(crate) dot_files: bool,

    /// Follow symbolic links out of the folder.
    #[arg(long)]
    pub(crate) follow_links: bool,

    /// The folder answers alone, without the built-in routes such as /health.
    #[arg(long)]
    pub(crate) no_builtin: bool,

    /// The page of a folder in place of index.html. Repeatable: the first one that is there.
    #[arg(long, value_name = "NAME", value_parser = index)]
    pub(crate) index: Vec<Box<str>>,

    /// The media type of files with this ending, as in `--mime geojson=application/geo+json`. Repeatable.
    #[arg(long, value_name = "EXT=TYPE", value_parser = media_type)]
    pub(crate) mime: Vec<(Box<str>, Box<str>)>,

    /// Let browsers keep files for this many seconds without asking. Without this option they ask each time.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) cache_time: Option<u32>,

    /// Let scripts of this origin read the responses, as in `http://localhost:3000`; * means every origin. Turns cors on.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) cors_origin: Option<String>,

    /// Refuse what HTTP forbids and browsers send all the same: braces, bars, circumflexes, grave accents and backslashes in a target.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Ask for a user name and a password: the first line of FILE, user:password.
    #[arg(long, value_name = "FILE")]
    pub(crate) auth_file: Option<PathBuf>,

    /// No window: the trace goes to the terminal.
    #[arg(long)]
    pub(crate) headless: bool,

    /// How the trace is printed; json is one event a line.
    #[arg(long, value_parser = event_format(), default_value = "text")]
    pub(crate) format: Format,

    /// Without a window: print only the exchanges that pass, each when it has ended, as in `--filter 'status>=400 and not
    /// path~/assets'`. The help beside the filter box of the window lists the keys.
    #[arg(long, value_name = "FILTER", value_parser = filter, allow_hyphen_values = true)]
    pub(crate) filter: Option<Filter>,

    /// Print only the address and errors.
    #[arg(long)]
    pub(crate) quiet: bool,

    /// Turn a middleware on. Repeatable.
    #[arg(long, value_name = "NAME", value_parser = middleware)]
    pub(crate) enable: Vec<MiddlewareKind>,

    /// Turn a middleware off. Repeatable.
    #[arg(long, value_name = "NAME", value_parser = middleware)]
    pub(crate) disable: Vec<MiddlewareKind>,

    /// Change a field by a rule: `response set X-Name: value where path=/api/*`. A rule begins with request or
    /// response, then set, add or remove; behind where stands a filter over path, method, type and, of responses,
    /// status. Turns the middleware fields on. Repeatable; rules act in their order.
    #[arg(long, value_name = "RULE")]
    pub(crate) field: Vec<FieldRule>,

    /// Isolate pages: send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.
    /// Turns the middleware fields on.
    #[arg(long)]
    pub(crate) isolate: bool,

    /// Do by a rule what goes wrong on networks, on purpose: request or response, then latency 200ms jitter 50ms, rate
    /// 10k (bytes a second), cut 512, reset, half-close (after so many bytes), length +10, or 502; share 10% does it to
    /// some; behind where stands a filter as for --field. Turns the middleware trouble on. Repeatable.
    #[arg(long, value_name = "RULE")]
    pub(crate) trouble: Vec<TroubleRule>,

    /// Decides which messages a share of --trouble is, and the jitter: the same seed gives the same trouble again.
    #[arg(long, value_name = "N")]
    pub(crate) trouble_seed: Option<u32>,

    #[arg(long, value_name = "NAME=VALUE", value_parser = GuardValue::parse, help = guard_help())]
    pub(crate) guard: Vec<GuardValue>,

    /// Forward requests to a backend, as in `--proxy http://127.0.0.1:3000`. With a prefix (`/api=http://…`)
    /// only those below it. Several backends of one prefix are a group. Repeatable.
    #[arg(long, value_name = "[PREFIX=]URL", value_parser = ProxyTarget::parse)]
    pub(crate) proxy: Vec<ProxyTarget>,

    /// Also trust the certificates in FILE (PEM) when a backend is reached over https: those of authorities, or of
    /// backends themselves. Those of the system stay trusted.
    #[arg(long, value_name = "FILE")]
    pub(crate) proxy_ca: Option<PathBuf>,

    /// Use https backends even if the check of their certificates fails.
    #[arg(long)]
    pub(crate) proxy_insecure: bool,

    /// Also speak the protocol of lines at this port; 0 takes any free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) lines: Option<u16>,

    /// The buffer of the protocol of lines.
    #[arg(long, value_name = "NAME", value_parser = buffer)]
    pub(crate) lines_buffer: Option<BufferKind>,

    /// Also write what is captured to FILE, in pcapng, which Wireshark opens. What is in FILE is
    /// replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,

    /// Serve without tracing, to measure what tracing costs.
    #[arg(long, conflicts_with = "capture")]
    pub(crate) no_capture: bool,

    /// Open the page in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}

/// The second folder on the command line, which clap takes for a command. `None`: something else is wrong.
pub(crate) fn second_folder(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let is_it = matches!(
        error.kind(),
        ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument
    );
    let found = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg];
    let found = found.into_iter().filter_map(|kind| error.get(kind)).find_map(|value| match value {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    });
    found.filter(|text| is_it && !text.starts_with(['-', '[', '<', '\'']) && text != "read")
}

/// What to do instead of serving. A folder of such a name is served as `./read`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a capture: one of byteglass, or pcap or pcapng from tcpdump, Wireshark and others.
    Read {
        /// The file.
        file: PathBuf,

        /// How it is printed.
        #[arg(long, value_name = "FORMAT", value_parser = ReadFormat::parser(), default_value = "text")]
        format: ReadFormat,

        /// Print only the exchange of this number. Repeatable.
        #[arg(long, value_name = "N")]
        exchange: Vec<ExchangeId>,

        /// Print only the exchanges that pass, as in `--filter 'header.user-agent~curl or resp.body~error'`.
        #[arg(long, value_name = "FILTER", value_parser = filter, allow_hyphen_values = true)]
        filter: Option<Filter>,

        /// Print the parser's state after so many bytes of a message of the one exchange: what it stands in and waits
        /// for, what is known, what was decided, and what each next byte would do. Also as json.
        #[arg(long, value_name = "BYTES", requires = "exchange", conflicts_with = "filter")]
        at: Option<u64>,

        /// The message in which --at counts.
        #[arg(long, value_name = "SIDE", requires = "at", value_parser = side(), default_value = "request")]
        side: Side,
    },

    /// Compare two captures, exchange by exchange. Ends with 0 if they are the same, with 1 if not, and with 2 if that
    /// cannot be told.
    Diff {
        /// The first capture: how it was.
        one: PathBuf,

        /// The second capture: how it is.
        other: PathBuf,

        /// How it is printed.
        #[arg(long, value_parser = event_format(), default_value = "text")]
        format: Format,

        /// Also count what differs between any two runs: Date, ports, and where reads, writes and chunks end.
        #[arg(long)]
        all: bool,

        /// Compare only the exchanges that pass, as in `--filter 'path=/api/*'`.
        #[arg(long, value_name = "FILTER", value_parser = filter, allow_hyphen_values = true)]
        filter: Option<Filter>,
    },
}

/// How a capture is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadFormat {
    /// Event by event.
    Events(Format),
    /// Exchange by exchange, in the format of another program.
    Export(&'static dyn export::Format),
}

impl ReadFormat {
    /// Reads the name of a format; the help lists all names.
    fn parser() -> impl TypedValueParser<Value = Self> {
        let events =
            [("text", "What happened, line by line"), ("json", "What happened as JSON, one event a line")];
        let exports = FORMATS.iter().map(|format| (format.key(), format.about()));
        let names = events.into_iter().chain(exports);
        let names: Vec<PossibleValue> =
            names.map(|(name, about)| PossibleValue::new(name).help(about)).collect();
        PossibleValuesParser::new(names).try_map(|name| match name.as_str() {
            "text" => Ok(Self::Events(Format::Text)),
            "json" => Ok(Self::Events(Format::Json)),
            key => export::format(key).map(Self::Export).ok_or("unknown format"),
        })
    }
}

#[cfg(test)]
mod tests;
