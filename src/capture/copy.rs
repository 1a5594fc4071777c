//! An exchange as something to paste elsewhere.

use std::{fmt::Write, ops::Range};

use crate::http::{Framing, Limits, head::slice, replay};

use super::model::{Chunk, Detail};

/// A longer body is not put into a command line.
const BODY_BYTES: usize = 64 * 1024;
/// So wide that what was captured is never over them.
const LIMITS: Limits = Limits { target_bytes: 64 << 20, head_bytes: 64 << 20, body_bytes: u64::MAX / 2 };

/// The request as a curl command line for a POSIX shell that sends the same method, target, fields and
/// content. `None`: the request is incomplete or malformed, its bytes were left out, or its body is longer
/// than 64 KiB.
#[must_use]
pub fn curl(detail: &Detail) -> Option<String> {
    let bytes = raw(detail, false);
    let read = replay::requests(&bytes, 0, LIMITS);
    let message = read.messages.first().filter(|message| message.complete)?;
    let head = message.head.as_ref()?;
    let head_bytes = bytes.get(index(head.start)?..index(head.end)?)?;
    let text = |range: &Range<u32>| String::from_utf8_lossy(slice(head_bytes, range)).into_owned();

    let content: Vec<u8> = read
        .leaves
        .iter()
        .filter(|leaf| leaf.kind == crate::http::SpanKind::Body && leaf.range.end <= message.range.end)
        .filter_map(|leaf| bytes.get(index(leaf.range.start)?..index(leaf.range.end)?))
        .flatten()
        .copied()
        .collect();
    let has_body = head.framing != Framing::None;
    if content.len() > BODY_BYTES {
        return None;
    }

    let (method, target) = (text(&head.method_range), text(&head.target));
    let mut command = String::from("curl -i --path-as-is --globoff");
    if head.version.minor == 0 {
        command.push_str(" --http1.0");
    }
    match (method.as_str(), has_body) {
        ("GET", false) | ("POST", true) => {}
        ("HEAD", false) => command = command.replacen("-i", "--head", 1),
        _ => {
            let _ = write!(command, " -X {}", quoted(&method));
        }
    }
    let host = head.value(head_bytes, "host").map(|host| String::from_utf8_lossy(host).into_owned());
    // Only the path is sent: `--request-target` for the forms that are none.
    let address = host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| "localhost".to_owned());
    let path = if target.starts_with('/') { target.as_str() } else { "/" };
    let _ = write!(command, " {}", quoted(&format!("http://{address}{path}")));
    if path != target {
        let _ = write!(command, " --request-target {}", quoted(&target));
    }
    let mut named = Vec::new();
    for field in &head.fields {
        let (name, value) = (text(&field.name), text(&field.value));
        let lower = name.to_ascii_lowercase();
        // curl writes these itself, the same.
        let own = lower == "host" || (lower == "content-length" && has_body);
        named.push(lower);
        if !own {
            // `name;` is how curl is told of a field without a value.
            let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            let _ = write!(command, " \\\n  -H {}", quoted(&line));
        }
    }
    // What curl adds unasked is taken away again.
    for added in ["User-Agent", "Accept", "Content-Type"] {
        let adds = added != "Content-Type" || has_body;
        if adds && !named.iter().any(|name| name.eq_ignore_ascii_case(added)) {
            let _ = write!(command, " \\\n  -H '{added}:'");
        }
    }
    if !has_body {
        return Some(command);
    }
    match str::from_utf8(&content) {
        // `@` at its start would name a file. Control bytes would reach the terminal that it is pasted into.
        Ok(text) if !text.starts_with('@') && !text.chars().any(|c| c.is_control() && c != '\n') => {
            let _ = write!(command, " \\\n  --data-binary {}", quoted(text));
        }
        _ => {
            let octal = content.iter().fold(String::new(), |mut octal, byte| {
                let _ = match byte {
                    b'%' => octal.write_str("%%"),
                    b'\\' => octal.write_str("\\\\"),
                    b'\'' => octal.write_str("\\047"),
                    b' '..=b'~' => octal.write_char(char::from(*byte)),
                    byte => write!(octal, "\\{byte:03o}"),
                };
                octal
            });
            command = format!("printf '{octal}' | {command} \\\n  --data-binary @-");
        }
    }
    Some(command)
}

/// The bytes of the request (of the response, if `outgoing`) as far as they are kept.
#[must_use]
pub fn raw(detail: &Detail, outgoing: bool) -> Vec<u8> {
    let (chunks, range) = if outgoing {
        (&detail.writes, detail.exchange.response.clone().unwrap_or(0..0))
    } else {
        (&detail.reads, detail.exchange.request.clone())
    };
    let part = |chunk: &Chunk| {
        let start = index(range.start.saturating_sub(chunk.offset))?;
        let end = index(range.end.min(chunk.range().end).checked_sub(chunk.offset)?)?;
        chunk.bytes.get(start..end).map(<[u8]>::to_vec)
    };
    chunks.iter().filter_map(part).flatten().collect()
}

fn index(offset: u64) -> Option<usize> {
    usize::try_from(offset).ok()
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::capture::{
        fixture::{Script, response},
        store::Store,
    };

    fn detail(request: &[u8]) -> Detail {
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, request, &response(b"body"));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        store.detail(id).unwrap()
    }

    #[test]
    fn a_request_as_curl() {
        let cases: [(&[u8], &str); 4] = [
            (
                b"GET /a?b=c&d HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
                "curl -i --path-as-is --globoff 'http://localhost:8080/a?b=c&d' \\\n  -H 'User-Agent: x' \\\n  -H 'Accept: */*'",
            ),
            (
                b"HEAD /../x HTTP/1.1\r\nHost: a\r\n\r\n",
                "curl --head --path-as-is --globoff http://a/../x \\\n  -H 'User-Agent:' \\\n  -H 'Accept:'",
            ),
            (
                b"PUT /it HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX-Empty:\r\n\r\nit's",
                "curl -i --path-as-is --globoff -X PUT http://a/it \\\n  -H 'X-Empty;' \\\n  -H 'User-Agent:' \\\n  -H 'Accept:' \\\n  -H 'Content-Type:' \\\n  --data-binary 'it'\\''s'",
            ),
            (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nUser-Agent: x\r\nAccept: x\r\nContent-Type: x\r\n\r\n\x00%'a\xff",
                "printf '\\000%%\\047a\\377' | curl -i --path-as-is --globoff http://a/ \\\n  -H 'User-Agent: x' \\\n  -H 'Accept: x' \\\n  -H 'Content-Type: x' \\\n  --data-binary @-",
            ),
        ];
        for (request, command) in cases {
            assert_eq!(curl(&detail(request)).as_deref(), Some(command));
        }
        assert_eq!(curl(&detail(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n")), None);
    }

    #[test]
    fn raw_is_what_was_on_the_wire() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let detail = detail(get);
        assert_eq!(raw(&detail, false), get);
        assert_eq!(raw(&detail, true), response(b"body"));
    }
}
