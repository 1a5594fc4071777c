//! The nodes of a body: its content and its chunks.

use crate::{
    explain::{
        facts::parts::ChunkParts,
        http::sentences,
        tree::{TreeNode, node},
    },
    http::{Framing, SpanKind},
    words,
};

use super::Tree;

/// Maximum number of chunks with a node of their own.
const CHUNK_NODES: usize = 200;

impl Tree<'_> {
    pub(super) fn body(&self) -> Option<TreeNode> {
        let parts = &self.stream.parts;
        let range = parts.body.clone()?;
        let content_type = self.stream.content_type.as_ref();
        let shown = content_type.map(|content_type| self.text(&content_type.range));
        let name = content_type.map_or("no Content-Type".to_owned(), |content_type| {
            let name = content_type.media_type.as_ref().map(|placed| sentences::media_name(&placed.value));
            name.map_or_else(|| shown.clone().unwrap_or_default(), str::to_owned)
        });
        let content = self.stream.content_len();
        let arrived = match self.stream.framing {
            Some(Framing::Length(length)) if length > content => {
                format!("{} of {}", words::count(content), words::plural(length, "byte"))
            }
            _ => words::plural(content, "byte"),
        };
        let mut children: Vec<TreeNode> = parts
            .chunks
            .iter()
            .take(CHUNK_NODES)
            .enumerate()
            .map(|(index, chunk)| self.chunk(index, chunk))
            .collect();
        if let Some(more) = parts.chunks.len().checked_sub(CHUNK_NODES).filter(|more| *more > 0) {
            let range = parts.chunks[CHUNK_NODES].whole.start..range.end;
            let label = format!("{} more", words::plural(more as u64, "chunk"));
            children.push(node(
                &label,
                "",
                SpanKind::ChunkSize,
                &range,
                "These chunks are not listed one by one.",
                "",
            ));
        }
        Some(TreeNode {
            label: "Body".to_owned(),
            value: format!("{name}, {arrived}"),
            kind: Some(SpanKind::Body.into()),
            range: Some(range),
            sentence: Some(sentences::body(shown.as_deref(), self.sender)),
            section: "RFC 9110 §6.4",
            children,
        })
    }

    fn chunk(&self, index: usize, chunk: &ChunkParts) -> TreeNode {
        let size = self.text(&chunk.size);
        let length = u64::from_str_radix(&size, 16).ok();
        let (label, value, sentence) = match length {
            Some(0) => (
                "Last chunk".to_owned(),
                "0".to_owned(),
                "A chunk of size 0 ends the body. Trailer fields may follow, then an empty line.".to_owned(),
            ),
            Some(length) => (
                format!("Chunk {}", index + 1),
                words::plural(length, "byte"),
                format!(
                    "The size {size} is hexadecimal for {}, which follow after the line end; another line end comes after them.",
                    words::plural(length, "byte")
                ),
            ),
            None => {
                (format!("Chunk {}", index + 1), size, "The size of the chunk is not complete.".to_owned())
            }
        };
        let mut node = node(&label, &value, SpanKind::ChunkSize, &chunk.whole, &sentence, "RFC 9112 §7.1");
        if let Some(extension) = &chunk.extension {
            let sentence =
                "An extension of the chunk. Receivers ignore the extensions that they do not know.";
            node.children.push(self.part(
                "Extension",
                SpanKind::ChunkExtension,
                extension,
                sentence.to_owned(),
                "RFC 9112 §7.1.1",
            ));
        }
        node
    }
}
