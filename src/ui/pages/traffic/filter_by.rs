//! Filters for what stands at a place of a message: its method, its target, a field, a piece of its content.

use std::ops::Range;

use egui::{Button, Ui};

use crate::{wire::SpanRole, words};

use super::{
    part::{Message, Stream},
    resolved::ResolvedExchange,
    view::View,
};

/// Characters of a value in the name of an item.
const NAME_CHARS: usize = 40;
/// Bytes of content that are looked for at most.
const CONTENT_BYTES: usize = 80;

/// Paints an item for each filter that the part at `offset` offers. The filter that is chosen is left in `view`.
pub(super) fn items_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    stream: Stream,
    offset: u64,
    view: &mut View,
) {
    let selected = view.selected.as_ref().filter(|part| part.stream == stream);
    let filters = offered(resolved, stream, offset, selected.map(|part| &part.range));
    if filters.is_empty() {
        return;
    }
    ui.separator();
    for (name, filter) in filters {
        if ui.add(Button::new(name)).clicked() {
            view.add_filter = Some(filter);
            ui.close();
        }
    }
}

/// The names and the filters for the part at `offset`. Only the client's messages can be asked for.
pub(super) fn offered(
    resolved: &ResolvedExchange,
    stream: Stream,
    offset: u64,
    selected: Option<&Range<u64>>,
) -> Vec<(String, String)> {
    let (None, Some(facts)) = (stream.leg, resolved.facts(stream)) else { return Vec::new() };
    let side = if stream.message == Message::Request { "req" } else { "resp" };
    let text = |range: &Range<u64>| String::from_utf8_lossy(facts.bytes(range)).into_owned();
    let mut filters = Vec::new();
    let mut add =
        |filter: String| filters.push((format!("Filter: {}", words::shortened(&filter, NAME_CHARS)), filter));
    if let Some(field) = facts.field_line(offset) {
        let name = text(&field.name).to_ascii_lowercase();
        if !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"()=<>~:!".contains(&byte))
        {
            let value = text(&field.value);
            if !value.is_empty() {
                add(format!("{side}.header.{name}={}", quoted(&value)));
            }
            add(format!("{side}.header.{name}=*"));
        }
        return filters;
    }
    let Some(leaf) = facts.leaf_at(offset) else { return filters };
    let value = text(&leaf.span.range);
    match leaf.span.kind.role() {
        SpanRole::Method if !value.is_empty() => add(format!("method={}", quoted(&value))),
        SpanRole::Target if !value.is_empty() => {
            add(format!("path={}", quoted(&value)));
            let folder = value.rfind('/').filter(|slash| *slash > 0).map(|slash| &value[..=slash]);
            if let Some(folder) = folder {
                add(format!("path={}", quoted(&format!("{folder}*"))));
            }
        }
        SpanRole::Status if value.trim().len() == 3 => add(format!("status={}", value.trim())),
        SpanRole::Content | SpanRole::Message => {
            let range = selected.filter(|range| range.contains(&offset)).unwrap_or(&leaf.span.range);
            let bytes = facts.bytes(range);
            let line = bytes.split(|byte| byte.is_ascii_control() || *byte == b'"');
            let longest = line.max_by_key(|piece| piece.len()).unwrap_or_default();
            let piece = String::from_utf8_lossy(&longest[..longest.len().min(CONTENT_BYTES)]);
            let piece = piece.trim_matches(char::REPLACEMENT_CHARACTER).trim();
            if !piece.is_empty() {
                add(format!("{side}.body~{}", quoted(piece)));
            }
        }
        _ => {}
    }
    filters
}

/// A value in quotes. A quote in it becomes a star, which stands for anything.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-*?&=%+,;:".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("\"{}\"", value.replace('"', "*")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        base::stream::Nanos,
        filter::{Filter, Verdict},
        search::Examined,
        store::Store,
        testing::script::Script,
    };

    #[test]
    fn each_byte_offers_filters_that_the_exchange_passes() {
        let request = b"POST /a/b?c=%22 HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x y\"\r\nContent-Length: 12\r\n\r\nsay \"please\"";
        let response =
            b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nnot here";
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, request, response);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let detail = store.detail(id).unwrap();
        let resolved = ResolvedExchange::new(detail.clone(), &BTreeSet::new(), Nanos::ZERO);
        let mut all = BTreeSet::new();
        for (stream, len) in [(Stream::REQUEST, request.len()), (Stream::RESPONSE, response.len())] {
            for offset in 0..len as u64 {
                all.extend(offered(&resolved, stream, offset, None));
            }
        }
        for (name, filter) in &all {
            let parsed = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
            assert_eq!(Examined::new(&detail).judge(&parsed).verdict, Verdict::Passes, "{name}: {filter}");
        }
        let has = |filter: &str| all.iter().any(|(_, other)| other == filter);
        for filter in [
            "method=POST",
            "path=/a/b?c=%22",
            "path=/a/*",
            "req.header.host=a",
            "req.header.host=*",
            "req.header.if-none-match=\"*x y*\"",
            "resp.header.content-type=text/plain",
            "status=404",
            "req.body~please",
            "resp.body~\"not here\"",
        ] {
            assert!(has(filter), "{filter}: {all:?}");
        }
    }
}
