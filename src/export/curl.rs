//! Writes a request as a curl command.

use std::{
    borrow::Cow,
    fmt::Write,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::Range,
};

use crate::{
    base::stream::Direction,
    explain::Facts,
    http::{Framing, Head, head::slice},
    words::deceptive,
};

use super::{
    blank_line,
    format::{Clipboard, Entry, ExportError, Format, NotExpressible},
    message,
    secrets::Secrets,
    title_with,
};

/// Upper bound on the bytes of a body in a command line.
const BODY_BYTES: usize = 64 * 1024;

/// curl command lines for a POSIX shell, one for each exchange.
pub(super) struct Curl(pub Secrets);

impl Format for Curl {
    fn key(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => "curl",
            Secrets::Kept => "curl-with-secrets",
        }
    }
    fn title(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => "curl command",
            Secrets::Kept => "curl command with secrets",
        }
    }
    fn about(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => "A curl command for each request, without passwords, cookies and tokens",
            Secrets::Kept => "The same with them, so that it sends what was sent",
        }
    }
    fn suffix(&self) -> &'static str {
        self.0.suffix()
    }
    fn replaces_secrets(&self) -> bool {
        self.0 == Secrets::Replaced
    }
    fn extension(&self) -> &'static str {
        "sh"
    }
    fn messages(&self) -> &'static [Direction] {
        &[Direction::Received]
    }
    fn clipboard(&self) -> Option<Clipboard> {
        let name = match self.0 {
            Secrets::Replaced => "As curl",
            Secrets::Kept => "As curl with secrets",
        };
        Some(Clipboard { name, bytes_max: u64::MAX })
    }
    fn begin(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "# In this file {}.\n", self.0.words())
    }
    fn add(&self, out: &mut dyn io::Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        let command = curl(entry.facts, self.0)?;
        if entry.alone {
            return Ok(out.write_all(command.as_bytes())?);
        }
        blank_line(out, entry)?;
        Ok(writeln!(out, "# {}\n{command}", title_with(&entry.facts.detail, self.0))?)
    }
}

/// The request as a curl command line for a POSIX shell that sends the same method, target, fields and
/// content.
///
/// # Errors
/// The request cannot be a curl command.
fn curl(facts: &Facts, secrets: Secrets) -> Result<String, NotExpressible> {
    let request = &facts.request;
    message::all_captured(&facts.detail, Direction::Received)?;
    if request.violation.is_some() && !request.complete {
        return Err(NotExpressible::Malformed);
    }
    let head = facts.request_head.as_ref().filter(|_| request.complete && request.head.is_some());
    let head = head.ok_or(NotExpressible::Incomplete)?;
    let head_bytes = request.bytes(&(head.start..head.end));
    let head_bytes = &*secrets.head(head_bytes, &head.fields, Some(&head.target));
    let text = |range: &Range<u32>| slice(head_bytes, range);
    // curl sends one Host field at most.
    if head.values(head_bytes, "host").nth(1).is_some() {
        return Err(NotExpressible::Malformed);
    }

    let content = request.content_beginning();
    let content = secrets.content(head.value(head_bytes, "content-type"), &content);
    let has_body = head.framing != Framing::None;
    if content.len() > BODY_BYTES {
        return Err(NotExpressible::Long(content.len() as u64));
    }

    let (method, target) = (text(&head.method_range), text(&head.target));
    let mut command = String::from("curl -i --path-as-is --globoff");
    if head.version.minor == 0 {
        command.push_str(" --http1.0");
    }
    match (method, has_body) {
        (b"GET", false) | (b"POST", true) => {}
        (b"HEAD", false) => command = command.replacen("-i", "--head", 1),
        _ => {
            let _ = write!(command, " -X {}", quoted(method));
        }
    }
    let goes_to = Destination::of(head.value(head_bytes, "host"), facts.detail.local);
    // curl sends the path of the URL; `--request-target` is for targets that are no path, or that it would change.
    let is_path =
        target.starts_with(b"/") && target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#');
    let path = if is_path { target } else { b"/" };
    let _ = write!(command, " {}", quoted(&[b"http://", &*goes_to.authority, path].concat()));
    if let Some(server) = goes_to.server {
        let _ = write!(command, " --connect-to {}", quoted(format!("::{server}").as_bytes()));
    }
    if path != target {
        let _ = write!(command, " --request-target {}", quoted(target));
    }
    fields(&mut command, head, head_bytes, (has_body, goes_to.names_host));
    if !has_body {
        return Ok(command);
    }
    // A leading `@` would name a file.
    if readable(&content) && !content.starts_with(b"@") {
        let _ = write!(command, " \\\n  --data-binary {}", quoted(&content));
    } else {
        command = format!("printf '{}' | {command} \\\n  --data-binary @-", octal(&content));
    }
    Ok(command)
}

/// Where curl is to send a request: to the server that got it, whatever its Host field names.
struct Destination<'a> {
    /// Host and port of the URL.
    authority: Cow<'a, [u8]>,
    /// The server's address, if the URL leads elsewhere. `None`: the URL leads there, or the address is not known.
    server: Option<SocketAddr>,
    /// Whether curl sends the same Host field by itself.
    names_host: bool,
}

impl<'a> Destination<'a> {
    /// `host`: the value of the Host field. `local`: the address of the server; `None`: not known.
    fn of(host: Option<&'a [u8]>, local: Option<SocketAddr>) -> Self {
        let local = local.filter(|local| local.port() != 0 && !local.ip().is_unspecified());
        let host = host.and_then(|host| str::from_utf8(host).ok()).filter(|host| is_plain(host));
        match (host, local) {
            (Some(host), local) => {
                let authority = Cow::Borrowed(host.as_bytes());
                let leads_there = |local: &SocketAddr| {
                    local.to_string() == host
                        || is_localhost(host, local)
                        || local.to_string() == format!("{host}:80")
                };
                Self { authority, server: local.filter(|local| !leads_there(local)), names_host: true }
            }
            (None, Some(local)) => {
                Self { authority: local.to_string().into_bytes().into(), server: None, names_host: false }
            }
            (None, None) => Self { authority: b"localhost".into(), server: None, names_host: false },
        }
    }
}

/// Whether a Host is one that curl puts into the field as it stands in the URL: a name or an address, and a port that is
/// not the one of `http`, which curl leaves out.
fn is_plain(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    // curl writes an address in one of its other forms anew: `127.1`, `0x7f.1`, `[0:0::1]`.
    let is_name = if let Some(address) = bare {
        address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address)
    } else {
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_number = last.starts_with(|first: char| first.is_ascii_digit());
        !last.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            && (!is_number || name.parse::<Ipv4Addr>().is_ok())
    };
    is_name && port.is_none_or(|port| port != "80" && !port.starts_with('0') && port.parse::<u16>().is_ok())
}

/// Whether a Host names this machine, and the port of the server there.
fn is_localhost(host: &str, local: &SocketAddr) -> bool {
    local.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) && *host == format!("localhost:{}", local.port())
}

/// Adds the field lines, and removes those that curl would add by itself. `own`: whether curl writes Content-Length, and
/// whether it writes Host, with the value of the request.
fn fields(command: &mut String, head: &Head, head_bytes: &[u8], own: (bool, bool)) {
    let (has_body, names_host) = own;
    let mut named = Vec::new();
    for field in &head.fields {
        let (name, value) = (slice(head_bytes, &field.name), slice(head_bytes, &field.value));
        // curl writes these itself, with the same value.
        let own = (name.eq_ignore_ascii_case(b"host") && names_host)
            || (name.eq_ignore_ascii_case(b"content-length") && has_body);
        named.push(name);
        if !own {
            // `name;` makes curl send a field with an empty value.
            let line = if value.is_empty() { [name, b";"].concat() } else { [name, b": ", value].concat() };
            let _ = write!(command, " \\\n  -H {}", quoted(&line));
        }
    }
    for added in ["Host", "User-Agent", "Accept", "Content-Type"] {
        let adds = added != "Content-Type" || has_body;
        if adds && !named.iter().any(|name| name.eq_ignore_ascii_case(added.as_bytes())) {
            let _ = write!(command, " \\\n  -H '{added}:'");
        }
    }
}

/// Quotes a word for a POSIX shell.
fn quoted(word: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(byte);
    match str::from_utf8(word) {
        Ok(text) if !word.is_empty() && word.iter().all(plain) => text.to_owned(),
        Ok(text) if readable(word) => format!("'{}'", text.replace('\'', "'\\''")),
        _ => format!("\"$(printf '{}')\"", octal(word)),
    }
}

/// Whether bytes are text that is safe to paste into a terminal: no control character but line feeds, and no character
/// that hides or reorders others.
fn readable(bytes: &[u8]) -> bool {
    let odd = |c: char| (c.is_control() && c != '\n') || deceptive(c);
    str::from_utf8(bytes).is_ok_and(|text| !text.contains(odd))
}

/// Escapes bytes for `printf`, between single quotes.
fn octal(bytes: &[u8]) -> String {
    let mut octal = String::with_capacity(bytes.len());
    bytes.iter().enumerate().for_each(|(index, byte)| push_octal(&mut octal, index, *byte));
    octal
}

/// Adds the byte at `index` to a format of `printf`, between single quotes.
pub(super) fn push_octal(format: &mut String, index: usize, byte: u8) {
    // Writing to a String cannot fail.
    let _ = match byte {
        // A leading hyphen would begin an option.
        b'-' if index == 0 => format.write_str("\\055"),
        b'%' => format.write_str("%%"),
        b'\\' => format.write_str("\\\\"),
        b'\'' => format.write_str("\\047"),
        b' '..=b'~' => format.write_char(char::from(byte)),
        // Three digits, so that a digit that follows is none of them.
        byte => write!(format, "\\{byte:03o}"),
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        store::Store,
        testing::script::{Script, response},
    };

    fn facts(request: &[u8]) -> Facts {
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, request, &response(b"body"));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        Facts::new(store.detail(id).unwrap())
    }

    #[test]
    fn a_request_as_curl() {
        let cases: [(&[u8], &str); 5] = [
            (
                b"GET /a?b=c&d HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
                "curl -i --path-as-is --globoff 'http://localhost:8080/a?b=c&d' \\\n  -H 'User-Agent: x' \\\n  -H 'Accept: */*'",
            ),
            (
                b"HEAD /../x HTTP/1.1\r\nHost: a\r\n\r\n",
                "curl --head --path-as-is --globoff http://a/../x --connect-to ::127.0.0.1:8080 \\\n  -H 'User-Agent:' \\\n  -H 'Accept:'",
            ),
            (
                b"PUT /it HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX-Empty:\r\n\r\nit's",
                "curl -i --path-as-is --globoff -X PUT http://a/it --connect-to ::127.0.0.1:8080 \\\n  -H 'X-Empty;' \\\n  -H 'User-Agent:' \\\n  -H 'Accept:' \\\n  -H 'Content-Type:' \\\n  --data-binary 'it'\\''s'",
            ),
            (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nUser-Agent: x\r\nAccept: x\r\nContent-Type: x\r\n\r\n\x00%'a\xff",
                "printf '\\000%%\\047a\\377' | curl -i --path-as-is --globoff http://a/ --connect-to ::127.0.0.1:8080 \\\n  -H 'User-Agent: x' \\\n  -H 'Accept: x' \\\n  -H 'Content-Type: x' \\\n  --data-binary @-",
            ),
            (
                b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: \xe9\ty'%\r\n\r\n",
                "curl -i --path-as-is --globoff http://a/ --connect-to ::127.0.0.1:8080 \\\n  -H 'User-Agent: x' \\\n  -H \"$(printf 'Accept: \\351\\011y\\047%%')\"",
            ),
        ];
        for (request, command) in cases {
            assert_eq!(curl(&facts(request), Secrets::Kept).as_deref(), Ok(command));
        }
    }

    /// URL, `--connect-to` and Host field of a command.
    fn destination(host: &str, local: &str) -> (String, Option<String>, bool) {
        let found = Destination::of(Some(host.as_bytes()), local.parse().ok());
        let authority = String::from_utf8(found.authority.into_owned()).unwrap();
        (authority, found.server.map(|server| server.to_string()), found.names_host)
    }

    #[test]
    fn curl_asks_the_server_that_was_asked() {
        let here = |host: &str| (host.to_owned(), None, true);
        let there = |host: &str, server: &str| (host.to_owned(), Some(server.to_owned()), true);
        assert_eq!(destination("127.0.0.1:8080", "127.0.0.1:8080"), here("127.0.0.1:8080"));
        assert_eq!(destination("localhost:8080", "127.0.0.1:8080"), here("localhost:8080"));
        assert_eq!(destination("127.0.0.1", "127.0.0.1:80"), here("127.0.0.1"));
        // Without a port in Host, curl would ask port 80; with a foreign name, another machine.
        assert_eq!(destination("localhost", "127.0.0.1:8080"), there("localhost", "127.0.0.1:8080"));
        assert_eq!(destination("bank.example", "[::1]:8080"), there("bank.example", "[::1]:8080"));
        assert_eq!(destination("[::1]:9", "127.0.0.1:8080"), there("[::1]:9", "127.0.0.1:8080"));
        // What a URL would change stands in the field, and the URL has the server's address.
        for host in [
            "a:80",
            "a/b",
            "a b",
            "a:",
            "",
            "a@b",
            "x:99999",
            "127.1:8080",
            "0x7f.1:8080",
            "2130706433",
            "a.",
            "[0:0::1]",
            "a:081",
        ] {
            assert_eq!(
                destination(host, "127.0.0.1:8080"),
                ("127.0.0.1:8080".to_owned(), None, false),
                "{host}"
            );
        }
        let none =
            curl(&facts(b"GET / HTTP/1.0\r\nUser-Agent: x\r\nAccept: x\r\n\r\n"), Secrets::Kept).unwrap();
        assert!(none.contains("http://127.0.0.1:8080/") && none.contains("-H 'Host:'"), "{none}");
        let odd = curl(&facts(b"GET / HTTP/1.1\r\nHost: a:80\r\n\r\n"), Secrets::Kept).unwrap();
        assert!(odd.contains("http://127.0.0.1:8080/ ") && odd.contains("-H 'Host: a:80'"), "{odd}");
    }

    #[test]
    fn what_curl_cannot_send_is_said() {
        assert_eq!(
            curl(&facts(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), Secrets::Kept),
            Err(NotExpressible::Malformed)
        );
        let two = b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
        assert_eq!(curl(&facts(two), Secrets::Kept), Err(NotExpressible::Malformed));
        let begun = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
        assert_eq!(curl(&facts(begun), Secrets::Kept), Err(NotExpressible::Incomplete));
        let mut long = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n".to_vec();
        long.resize(long.len() + 65_537, b'x');
        assert_eq!(curl(&facts(&long), Secrets::Kept), Err(NotExpressible::Long(65_537)));
        let said = NotExpressible::Long(65_537).to_string();
        assert_eq!(said, "a body of 64 KiB is too long for a command line");
    }
}
