//! The command line.

use std::{fmt, net::IpAddr, path::PathBuf};

use clap::{
    Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use byteglass::{
    base::stream::ExchangeId,
    export::{self, FORMATS},
    gateway::{Address, AddressError, GatewaySettings, GroupSettings, Mount},
    lines::BufferKind,
    service::{FieldRule, MiddlewareKind},
    terminal::Format,
    trace::{Guard, GuardUnit},
};

/// Serves a folder over HTTP/1.1 from the TCP socket up and shows every byte of it.
#[derive(Debug, Parser)]
#[command(name = "byteglass", version, about, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The folder to serve. Without one: the last folder used, else the built-in welcome site.
    pub(crate) folder: Option<PathBuf>,

    /// The port to listen at. 0 takes any free one. Without this option: 8080, or the next free one.
    #[arg(short, long)]
    pub(crate) port: Option<u16>,

    /// The address of this machine to listen at. Anything but a loopback address lets other machines
    /// in.
    #[arg(short, long, default_value = "127.0.0.1", value_name = "ADDR")]
    pub(crate) bind: IpAddr,

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

    /// Ask for a user name and a password: the first line of FILE, user:password.
    #[arg(long, value_name = "FILE")]
    pub(crate) auth_file: Option<PathBuf>,

    /// No window: the trace goes to the terminal.
    #[arg(long)]
    pub(crate) headless: bool,

    /// How the trace is printed; json is one event a line.
    #[arg(long, value_parser = event_format(), default_value = "text")]
    pub(crate) format: Format,

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

/// A backend, and the prefix under which its group is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyTarget {
    mount: Mount,
    address: Address,
}

impl ProxyTarget {
    fn parse(text: &str) -> Result<Self, String> {
        let (prefix, url) = match text.split_once('=') {
            Some((prefix, url)) if prefix.starts_with('/') => (prefix, url),
            _ => ("/", text),
        };
        let mount = Mount::new(prefix).ok_or("the prefix must be a path like /api, without dot segments")?;
        let address: Address = url.parse().map_err(|error: AddressError| error.to_string())?;
        Ok(Self { mount, address })
    }

    /// The groups of these backends, in the order in which their prefixes were named first.
    pub(crate) fn groups(targets: &[Self]) -> Vec<GroupSettings> {
        let mut gateway = GatewaySettings::default();
        for target in targets {
            gateway.add(&target.mount, target.address.clone());
        }
        gateway.groups
    }
}

/// A guard and the value that it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GuardValue {
    pub(crate) guard: Guard,
    pub(crate) value: u64,
}

impl GuardValue {
    fn parse(text: &str) -> Result<Self, OptionError> {
        let (name, value) = text.split_once('=').ok_or(OptionError::GuardWithoutValue)?;
        let guard = Guard::ALL.into_iter().find(|guard| option_name(guard.key()) == name);
        let guard = guard.ok_or(OptionError::GuardUnknown)?;
        let facts = guard.facts();
        match value.parse() {
            Ok(value) if (facts.min..=facts.max).contains(&value) => Ok(Self { guard, value }),
            _ => Err(OptionError::GuardOutOfBounds { min: facts.min, max: facts.max }),
        }
    }
}

/// The name of a guard on the command line.
fn option_name(key: &str) -> String {
    key.replace('_', "-")
}

fn guard_names() -> String {
    Guard::ALL.map(|guard| option_name(guard.key())).join(", ")
}

fn guard_help() -> String {
    let named = |unit: GuardUnit| {
        let of_unit = Guard::ALL.into_iter().filter(|guard| guard.facts().unit == unit);
        of_unit.map(|guard| option_name(guard.key())).collect::<Vec<_>>().join(", ")
    };
    format!(
        "Set a limit or a timer: {} (in milliseconds), {} (in bytes), {}. Repeatable",
        named(GuardUnit::Millis),
        named(GuardUnit::Bytes),
        named(GuardUnit::Connections)
    )
}

/// Why the value of an option is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionError {
    /// `--guard` without `=`.
    GuardWithoutValue,
    /// No guard has this name.
    GuardUnknown,
    /// The value is no number, or not one that the guard takes.
    GuardOutOfBounds {
        /// The smallest value.
        min: u64,
        /// The largest value.
        max: u64,
    },
    /// The value of `--host` is not a host name.
    NotAHost,
    /// No middleware has this name.
    MiddlewareUnknown,
    /// No buffer has this name.
    BufferUnknown,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GuardWithoutValue => f.write_str("expected NAME=VALUE"),
            Self::GuardUnknown => write!(f, "unknown guard; expected one of {}", guard_names()),
            Self::GuardOutOfBounds { min, max } => {
                write!(f, "expected a whole number from {min} to {max}")
            }
            Self::NotAHost => f.write_str("expected a host name without http:// and without a port"),
            Self::MiddlewareUnknown => {
                let names = MiddlewareKind::ALL.map(MiddlewareKind::key).join(", ");
                write!(f, "unknown middleware; expected one of {names}")
            }
            Self::BufferUnknown => {
                let names = BufferKind::ALL.map(BufferKind::key).join(", ");
                write!(f, "unknown buffer; expected one of {names}")
            }
        }
    }
}

impl std::error::Error for OptionError {}

/// Reads the name of a format of events.
fn event_format() -> impl TypedValueParser<Value = Format> {
    let of_name = |name: String| if name == "json" { Format::Json } else { Format::Text };
    PossibleValuesParser::new(["text", "json"]).map(of_name)
}

/// RFC 3986 §3.2.2: the characters of a host, without a port.
fn host(name: &str) -> Result<String, OptionError> {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let fits = if let Some(literal) = inner {
        literal.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        // A domain, and all hosts below it.
        let name = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
        name.split('.').rev().skip(1).all(|label| !label.is_empty())
            && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if fits { Ok(name.to_owned()) } else { Err(OptionError::NotAHost) }
}

fn middleware(name: &str) -> Result<MiddlewareKind, OptionError> {
    MiddlewareKind::by_key(name).ok_or(OptionError::MiddlewareUnknown)
}

fn buffer(name: &str) -> Result<BufferKind, OptionError> {
    BufferKind::from_key(name).ok_or(OptionError::BufferUnknown)
}

#[cfg(test)]
mod tests;
