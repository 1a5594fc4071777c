//! The parts of a request target: path, query, parameters.

use std::ops::Range;

use crate::{
    explain::tree::{TreeNode, VALUE_CHARS},
    http::SpanKind,
    words,
};

/// Maximum number of parameters with a node of their own.
const PARAMETER_NODES: usize = 200;

/// The path and the query of a target at `range`, and the path without percent-encoding. Empty: the target is a path
/// alone, and nothing in it is encoded.
pub(super) fn parts(bytes: &[u8], range: &Range<u64>) -> Vec<TreeNode> {
    let mark = bytes.iter().position(|byte| *byte == b'?');
    let end = mark.unwrap_or(bytes.len());
    let path = range.start..range.start + end as u64;
    let plain = bytes[..end].contains(&b'%').then(|| {
        let decoded = percent_encoding::percent_decode(&bytes[..end]).collect::<Vec<u8>>();
        let sentence = "The path with percent-encoding decoded, which is compared with routes and files.";
        part("Decoded path".to_owned(), shown(&decoded), path.clone(), sentence, "RFC 3986 §2.1")
    });
    let Some(mark) = mark else { return plain.into_iter().collect() };
    let query = path.end + 1..range.end;
    let sentence = "The path of the resource, which is compared with the routes.";
    let path = part("Path".to_owned(), shown(&bytes[..mark]), path, sentence, "RFC 3986 §3.3");
    let sentence = "Parameters for the resource; routes ignore them.";
    let mut node =
        part("Query".to_owned(), shown(&bytes[mark + 1..]), query.clone(), sentence, "RFC 3986 §3.4");
    let mut start = query.start;
    for pair in bytes[mark + 1..].split(|byte| *byte == b'&') {
        let end = start + pair.len() as u64;
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(sign) => (&pair[..sign], &pair[sign + 1..]),
            None => (pair, &[][..]),
        };
        if !pair.is_empty() && node.children.len() < PARAMETER_NODES {
            let sentence = "A parameter, with percent-encoding and + decoded, as forms encode them.";
            node.children.push(part(
                decoded(name),
                decoded(value),
                start..end,
                sentence,
                "URL Standard §5.1",
            ));
        }
        start = end + 1;
    }
    [Some(path), plain, Some(node)].into_iter().flatten().collect()
}

fn part(label: String, value: String, range: Range<u64>, sentence: &str, section: &'static str) -> TreeNode {
    TreeNode {
        label,
        value,
        kind: Some(SpanKind::Target.into()),
        range: Some(range),
        sentence: Some(sentence.to_owned()),
        section,
        children: Vec::new(),
    }
}

fn decoded(part: &[u8]) -> String {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    shown(&percent_encoding::percent_decode(&spaced).collect::<Vec<u8>>())
}

fn shown(bytes: &[u8]) -> String {
    words::shortened(&words::escaped(bytes), VALUE_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_stand_where_they_are() {
        let path = self::parts("/caf%C3%A9".as_bytes(), &(4..14));
        assert_eq!(path.iter().map(|node| &*node.value).collect::<Vec<_>>(), ["/café"]);
        assert!(self::parts(b"/a", &(0..2)).is_empty());
        let parts = parts(b"/a?x=1+2&&%C3%A9=%00&z", &(10..32));
        assert_eq!(parts[0].range, Some(10..12));
        let found: Vec<_> = parts[1]
            .children
            .iter()
            .map(|node| (node.label.as_str(), node.value.as_str(), node.range.clone()))
            .collect();
        assert_eq!(found, [("x", "1 2", Some(13..18)), ("é", "␀", Some(20..30)), ("z", "", Some(31..32))]);
    }
}
