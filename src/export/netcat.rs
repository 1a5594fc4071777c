//! Writes a request as a `printf | nc` command, which sends its bytes as they were: also those of requests that curl
//! would not send.

use std::{io, net::SocketAddr};

use crate::{base::stream::Direction, explain::Facts};

use super::{
    blank_line,
    curl::push_octal,
    format::{Clipboard, Entry, ExportError, Format, NotExpressible},
    message,
    secrets::Secrets,
    title_with,
};

/// Upper bound on the bytes of a request in a command line.
const BYTES_MAX: u64 = 64 * 1024;

/// `printf | nc` commands for a POSIX shell, one for each exchange.
pub(super) struct Netcat;

impl Format for Netcat {
    fn key(&self) -> &'static str {
        "nc"
    }
    fn title(&self) -> &'static str {
        "printf | nc command"
    }
    fn about(&self) -> &'static str {
        "A printf | nc command for each request, which sends its bytes as they were, malformed ones too"
    }
    fn suffix(&self) -> &'static str {
        "-nc"
    }
    fn extension(&self) -> &'static str {
        "sh"
    }
    fn messages(&self) -> &'static [Direction] {
        &[Direction::Received]
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "As printf | nc", bytes_max: u64::MAX })
    }
    fn add(&self, out: &mut dyn io::Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        let command = command(entry.facts)?;
        if entry.alone {
            return Ok(out.write_all(command.as_bytes())?);
        }
        blank_line(out, entry)?;
        Ok(writeln!(out, "# {}\n{command}", title_with(&entry.facts.detail, Secrets::Kept))?)
    }
}

fn command(facts: &Facts) -> Result<String, NotExpressible> {
    message::all_captured(&facts.detail, Direction::Received)?;
    let own = &facts.request.own;
    if own.end - own.start > BYTES_MAX {
        return Err(NotExpressible::LongRequest(own.end - own.start));
    }
    let bytes = message::raw(&facts.detail, Direction::Received);
    let (host, port) = destination(facts.detail.local);
    Ok(format!("printf {} | nc {host} {port}", printf_format(&bytes)))
}

/// The host and the port of the server that got the request; those of a usual byteglass where they are not known.
fn destination(local: Option<SocketAddr>) -> (String, u16) {
    match local {
        Some(local) if local.port() != 0 && !local.ip().is_unspecified() => {
            (local.ip().to_canonical().to_string(), local.port())
        }
        Some(local) if local.port() != 0 => ("127.0.0.1".to_owned(), local.port()),
        _ => ("127.0.0.1".to_owned(), 8080),
    }
}

/// The bytes as the format of printf(1), in quotes, with a line of the shell for each line.
fn printf_format(bytes: &[u8]) -> String {
    let mut format = String::from("'");
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => format.push_str("\\r"),
            b'\n' => {
                format.push_str("\\n");
                if index + 1 < bytes.len() {
                    format.push_str("'\\\n'");
                }
            }
            b'\t' => format.push_str("\\t"),
            byte => push_octal(&mut format, index, *byte),
        }
    }
    format.push('\'');
    format
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn bytes_are_quoted_so_that_a_shell_prints_them_as_they_were() {
        let malformed = b"GET / HTTP/1.1\r\nHost : a\r\n\r\n";
        assert_eq!(printf_format(malformed), "'GET / HTTP/1.1\\r\\n'\\\n'Host : a\\r\\n'\\\n'\\r\\n'");
        assert_eq!(printf_format(b"100% '\\'\x001"), "'100%% \\047\\\\\\047\\0001'");
        assert_eq!(printf_format(b""), "''");
        assert_eq!(printf_format(b"-x\n-y"), "'\\055x\\n'\\\n'-y'");
    }

    #[test]
    #[cfg(unix)]
    fn a_shell_prints_every_byte() {
        let all: Vec<u8> = (0..=255).chain(*b"\r\n1%d\\n'x'").collect();
        let script = format!("printf {}", printf_format(&all));
        let printed = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(printed.stdout, all);
    }

    #[test]
    fn the_command_goes_to_the_server_that_got_the_request() {
        let at = |address: &str| destination(Some(address.parse().unwrap()));
        assert_eq!(at("127.0.0.1:8081"), ("127.0.0.1".to_owned(), 8081));
        assert_eq!(at("0.0.0.0:8081"), ("127.0.0.1".to_owned(), 8081));
        assert_eq!(at("0.0.0.0:0").1, 8080);
        assert_eq!(at("[::1]:80"), ("::1".to_owned(), 80));
        assert_eq!(destination(None).1, 8080);
    }
}
