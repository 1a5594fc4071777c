//! A client that reads responses by the letter and takes nothing else: where a browser forgives, this
//! one says which clause was broken.

use std::time::SystemTime;

/// A response that breaks no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub line: String,
    pub status: u16,
    /// Names as they were sent.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    /// The values of all fields of this name.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Whether a list field has this member, in any case.
    pub(crate) fn lists(&self, name: &str, member: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(member))
    }

    /// RFC 9110 §15.2: an interim response, after which the final one follows.
    pub(crate) fn is_interim(&self) -> bool {
        self.status < 200
    }
}

/// What was read, and what is left: the beginning of a response that is not complete.
#[derive(Debug)]
pub(crate) struct Read {
    pub messages: Vec<Message>,
    pub rest: Vec<u8>,
}

/// Reads the responses to requests with these methods (GET where there are more responses). `ended`: the
/// server finished sending.
///
/// # Errors
/// The first thing that a strict client may not take, with its clause.
pub(crate) fn read(bytes: &[u8], methods: &[String], ended: bool) -> Result<Read, String> {
    let read = framed(bytes, methods, ended)?;
    read.messages.iter().try_for_each(check)?;
    Ok(read)
}

/// Reads like [`read`], but checks syntax and framing alone, not what a status or a field asks for.
///
/// # Errors
/// As [`read`].
pub(crate) fn framed(mut bytes: &[u8], methods: &[String], ended: bool) -> Result<Read, String> {
    let mut messages: Vec<Message> = Vec::new();
    let mut answered = 0;
    let mut last = false;
    while !bytes.is_empty() {
        if last {
            return Err(format!("RFC 9112 §9.6: bytes after the last response: {}", shown(bytes)));
        }
        let Some(end) = find(bytes, b"\r\n\r\n") else { break };
        let mut message = head(&bytes[..end + 2])?;
        let method = methods.get(answered).map_or("GET", String::as_str);
        let after = &bytes[end + 4..];
        let Some(len) = content(&mut message, method, after, ended)? else { break };
        last = message.lists("Connection", "close");
        answered += usize::from(!message.is_interim());
        messages.push(message);
        bytes = &after[len..];
    }
    if ended && !bytes.is_empty() {
        return Err(format!("RFC 9112 §8: the connection ended in mid-response: {}", shown(bytes)));
    }
    Ok(Read { messages, rest: bytes.to_vec() })
}

/// `bytes`: lines that all end with CR LF.
fn head(bytes: &[u8]) -> Result<Message, String> {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let mut lines = text.strip_suffix("\r\n").unwrap().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let status = status(&line).ok_or_else(|| format!("RFC 9112 §4: status line {line:?}"))?;
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) =
            line.split_once(':').ok_or_else(|| format!("RFC 9112 §5: no colon in {line:?}"))?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("RFC 9110 §5.1: field name {name:?}"));
        }
        if !value.chars().all(|letter| letter == '\t' || !letter.is_ascii_control()) {
            return Err(format!("RFC 9110 §5.5: field value {value:?}"));
        }
        fields.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
    Ok(Message { line, status, fields, body: Vec::new() })
}

/// RFC 9112 §4: "status-line = HTTP-version SP status-code SP [ reason-phrase ]"
fn status(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("HTTP/1.1 ")?;
    let (code, reason) = rest.split_once(' ')?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let is_reason = reason.chars().all(|letter| letter == '\t' || !letter.is_ascii_control());
    code.parse().ok().filter(|code| is_code && is_reason && (100..600).contains(code))
}

/// Reads the content that follows the head. Returns how many bytes it takes; `None`: not all is there.
fn content(message: &mut Message, method: &str, after: &[u8], ended: bool) -> Result<Option<usize>, String> {
    let lengths: Vec<&str> = message.values("Content-Length").collect();
    let codings: Vec<&str> = message.values("Transfer-Encoding").collect();
    let bodiless = message.is_interim() || message.status == 204;
    if bodiless && !(lengths.is_empty() && codings.is_empty()) {
        return Err(format!("RFC 9110 §8.6, RFC 9112 §6.1: framing fields in a {}", message.status));
    }
    if !lengths.is_empty() && !codings.is_empty() {
        return Err("RFC 9112 §6.2: Content-Length beside Transfer-Encoding".to_owned());
    }
    // RFC 9112 §6.3: what has no body whatever its fields say.
    if bodiless || message.status == 304 || method == "HEAD" {
        return Ok(Some(0));
    }
    if let [coding] = codings[..] {
        if coding != "chunked" {
            return Err(format!("RFC 9112 §7: Transfer-Encoding: {coding}"));
        }
        let Some((body, len)) = chunked(after)? else { return Ok(None) };
        message.body = body;
        return Ok(Some(len));
    }
    match lengths[..] {
        [length] if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            let length = length.parse().map_err(|_| format!("RFC 9110 §8.6: {length}"))?;
            message.body = after.get(..length).unwrap_or_default().to_vec();
            Ok((after.len() >= length).then_some(length))
        }
        [] if ended => {
            message.body = after.to_vec();
            Ok(Some(after.len()))
        }
        [] => Ok(None),
        _ => Err(format!("RFC 9112 §6.3: Content-Length {lengths:?}, Transfer-Encoding {codings:?}")),
    }
}

/// RFC 9112 §7.1: content and the bytes it took. `None`: not all is there.
fn chunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(end) = find(&bytes[at..], b"\r\n") else { return Ok(None) };
        let line = str::from_utf8(&bytes[at..at + end]).unwrap_or_default();
        let is_size = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = usize::from_str_radix(line, 16).ok().filter(|_| is_size);
        let size = size.ok_or_else(|| format!("RFC 9112 §7.1: chunk size {line:?}"))?;
        at += end + 2;
        let Some(rest) = bytes.get(at..at + size + 2) else { return Ok(None) };
        if !rest.ends_with(b"\r\n") {
            return Err("RFC 9112 §7.1: a chunk does not end with CR LF".to_owned());
        }
        body.extend_from_slice(&rest[..size]);
        at += size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

/// What the parts of one response say of each other.
fn check(message: &Message) -> Result<(), String> {
    let status = message.status;
    let need = |is: bool, clause: &str| if is { Ok(()) } else { Err(format!("{clause}: {message:?}")) };
    for name in
        ["Date", "Content-Type", "Content-Length", "ETag", "Last-Modified", "Location", "Content-Range"]
    {
        need(message.values(name).count() <= 1, &format!("RFC 9110 §5.3: {name} more than once"))?;
    }
    // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option".
    let upgrades = message.value("Upgrade").is_some();
    need(!upgrades || message.lists("Connection", "upgrade"), "RFC 9110 §7.8: Upgrade without its option")?;
    if message.is_interim() {
        return Ok(());
    }
    let date = message.value("Date").and_then(fixdate);
    need(status >= 500 || date.is_some(), "RFC 9110 §6.6.1: no Date, or a malformed one")?;
    if let Some(modified) = message.value("Last-Modified") {
        let modified = fixdate(modified);
        need(modified.is_some(), "RFC 9110 §8.8.2: Last-Modified is malformed")?;
        need(modified <= date, "RFC 9110 §8.8.2.1: Last-Modified is later than Date")?;
    }
    if let Some(tag) = message.value("ETag") {
        need(is_entity_tag(tag), "RFC 9110 §8.8.3: the entity tag is malformed")?;
    }
    need(status != 405 || message.value("Allow").is_some(), "RFC 9110 §15.5.6: 405 without Allow")?;
    need(status != 401 || message.value("WWW-Authenticate").is_some(), "RFC 9110 §15.5.2: no challenge")?;
    need(status != 426 || upgrades, "RFC 9110 §15.5.22: 426 without Upgrade")?;
    let parts = message.value("Content-Type").is_some_and(|found| found.starts_with("multipart/byteranges"));
    let ranged = message.value("Content-Range").is_some();
    need(
        status != 206 || ranged != parts,
        "RFC 9110 §15.3.7: 206 needs Content-Range, or parts that have it",
    )?;
    need(status == 206 || status == 416 || !ranged, "RFC 9110 §14.4: Content-Range has no meaning here")?;
    need(status != 416 || ranged, "RFC 9110 §15.5.17: 416 without Content-Range")?;
    let coded = message.value("Content-Encoding").is_some();
    need(!coded || message.lists("Vary", "Accept-Encoding"), "RFC 9110 §12.5.5: coded without Vary")?;
    let redirects = matches!(status, 301 | 302 | 303 | 307 | 308);
    need(!redirects || message.value("Location").is_some(), "RFC 9110 §15.4: a redirection without Location")
}

/// RFC 9110 §5.6.7: a sender "MUST generate those timestamps in the IMF-fixdate format".
fn fixdate(text: &str) -> Option<SystemTime> {
    let date = httpdate::parse_http_date(text).ok()?;
    (httpdate::fmt_http_date(date) == text).then_some(date)
}

/// RFC 9110 §8.8.3: "entity-tag = [ weak ] opaque-tag"
fn is_entity_tag(tag: &str) -> bool {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.chars().all(|letter| letter == '!' || letter > '"' && letter != '\x7f'))
}

/// RFC 9110 §5.6.2
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn shown(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(80)].escape_ascii().to_string()
}
