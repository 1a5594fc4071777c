//! The command line.

use std::{net::IpAddr, path::PathBuf};

use clap::{Parser, ValueEnum};

use byteglass::{server::MiddlewareKind, terminal::Format};

/// Serves a folder over HTTP/1.1 from the TCP socket up and shows every byte of it.
#[derive(Debug, Parser)]
#[command(name = "byteglass", version, about, max_term_width = 100)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Options {
    /// The folder to serve. Without one: the last folder used, else the built-in welcome site.
    pub(crate) folder: Option<PathBuf>,

    /// The port to listen at. 0 takes any free one. Without this option: 8080, or the next free one.
    #[arg(short, long)]
    pub(crate) port: Option<u16>,

    /// The address of this machine to listen at. Anything but a loopback address lets other machines
    /// in.
    #[arg(short, long, default_value = "127.0.0.1", value_name = "ADDR")]
    pub(crate) bind: IpAddr,

    /// No window: the trace goes to the terminal.
    #[arg(long)]
    pub(crate) headless: bool,

    /// How the trace is printed; json is one event a line.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: FormatName,

    /// Print only the address and errors.
    #[arg(long)]
    pub(crate) quiet: bool,

    /// Turn a middleware on. May be given several times.
    #[arg(long, value_name = "NAME", value_parser = middleware)]
    pub(crate) enable: Vec<MiddlewareKind>,

    /// Turn a middleware off. May be given several times.
    #[arg(long, value_name = "NAME", value_parser = middleware)]
    pub(crate) disable: Vec<MiddlewareKind>,

    /// Serve without tracing, to measure what tracing costs.
    #[arg(long)]
    pub(crate) no_capture: bool,

    /// Open the page in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}

/// The names of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    Text,
    Json,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Json => Self::Json,
        }
    }
}

fn middleware(name: &str) -> Result<MiddlewareKind, String> {
    MiddlewareKind::ALL.into_iter().find(|kind| kind.key() == name).ok_or_else(|| {
        let names = MiddlewareKind::ALL.map(MiddlewareKind::key).join(", ");
        format!("there is no middleware of that name; there are {names}")
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn middleware_goes_by_its_key() {
        let options = Options::try_parse_from(["byteglass", "--enable", "cors", "--disable", "etag", "site"])
            .expect("valid");
        assert_eq!(options.enable, [MiddlewareKind::Cors]);
        assert_eq!(options.disable, [MiddlewareKind::Etag]);
        assert_eq!(options.folder, Some(PathBuf::from("site")));
        assert!(Options::try_parse_from(["byteglass", "--enable", "nonsense"]).is_err());
    }
}
