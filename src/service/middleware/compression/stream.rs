//! Compresses a body while it is sent, one block per step.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Write},
    sync::Arc,
};

use brotli::CompressorWriter;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::service::{Body, Coding, Piece, Progress, Reach, Source};

/// Maximum number of bytes of content compressed in one step: a millisecond or two of work.
const BLOCK_BYTES: usize = 64 * 1024;
/// The quality at which brotli takes about as long as gzip.
const BROTLI_QUALITY: u32 = 4;
/// Base-2 logarithm of the window size in bytes; the window is most of a stream's memory.
const BROTLI_WINDOW: u32 = 19;

/// A body and its compressor.
pub(super) struct Compressed {
    input: Input,
    coding: Coding,
    /// The encoder, made in the first step, since a response to HEAD takes none.
    encoder: Option<Encoder>,
    /// The block read in this step.
    block: Vec<u8>,
    /// The place among the bodies compressed at the same time, released on drop.
    _place: Arc<()>,
}

/// The content to compress.
enum Input {
    Pieces(VecDeque<Piece>),
    Source(Box<dyn Source>),
}

enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
}

impl Compressed {
    /// Prepares the compression of any body except [`Body::Timed`].
    pub(super) fn new(body: Body, coding: Coding, place: Arc<()>) -> Self {
        let input = match body {
            Body::None | Body::Timed(_) => Input::Pieces(VecDeque::new()),
            Body::Bytes(bytes) => Input::Pieces([Piece::Bytes(bytes)].into()),
            Body::File(file) => Input::Pieces([Piece::File(file)].into()),
            Body::Pieces(pieces) => Input::Pieces(pieces.queue),
            Body::Stream(source) => Input::Source(source),
        };
        Self { input, coding, encoder: None, block: Vec::new(), _place: place }
    }
}

impl Source for Compressed {
    fn make(&mut self, into: &mut Vec<u8>, reach: Reach) -> io::Result<Progress> {
        self.block.clear();
        let progress = match &mut self.input {
            Input::Pieces(queue) => read(queue, &mut self.block, reach)?,
            Input::Source(source) => source.make(&mut self.block, reach)?,
        };
        let coding = self.coding;
        let mut encoder = self.encoder.take().unwrap_or_else(|| Encoder::new(coding));
        encoder.write(&self.block)?;
        match progress {
            Progress::More => {
                into.append(encoder.made());
                self.encoder = Some(encoder);
            }
            Progress::End => into.extend_from_slice(&encoder.finish()?),
        }
        Ok(progress)
    }

    fn problem(&self) -> Option<String> {
        match &self.input {
            Input::Pieces(_) => None,
            Input::Source(source) => source.problem(),
        }
    }
}

/// Reads the next block.
fn read(queue: &mut VecDeque<Piece>, block: &mut Vec<u8>, reach: Reach) -> io::Result<Progress> {
    let done = match queue.front_mut() {
        None => return Ok(Progress::End),
        Some(Piece::Bytes(bytes)) => {
            let next: Bytes = bytes.split_to(bytes.len().min(BLOCK_BYTES));
            block.extend_from_slice(&next);
            bytes.is_empty()
        }
        Some(Piece::File(file)) => {
            block.resize(file.up_to(BLOCK_BYTES), 0);
            let filled = file.fill(block, reach)?;
            block.truncate(filled);
            file.len == 0
        }
    };
    if done {
        queue.pop_front();
    }
    Ok(if queue.is_empty() { Progress::End } else { Progress::More })
}

impl Encoder {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::default())),
            Coding::Brotli => {
                let writer = CompressorWriter::new(Vec::new(), BLOCK_BYTES, BROTLI_QUALITY, BROTLI_WINDOW);
                Self::Brotli(Box::new(writer))
            }
        }
    }

    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(encoder) => encoder.write_all(block),
            Self::Brotli(encoder) => encoder.write_all(block),
        }
    }

    /// The output that was not taken yet.
    fn made(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
        }
    }
}

impl fmt::Debug for Compressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressed").field("coding", &self.coding).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::io::Read;

    use super::*;
    use crate::service::{FileBody, OpenFile};
    use crate::testing::noise;

    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        match coding {
            Coding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut content),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut content),
        }
        .unwrap();
        content
    }

    /// The complete output, and the largest number of bytes in one step.
    fn run(body: Body, coding: Coding) -> io::Result<(Vec<u8>, usize)> {
        let mut source = Compressed::new(body, coding, Arc::new(()));
        let (mut all, mut largest) = (Vec::new(), 0);
        loop {
            let mut made = Vec::new();
            let progress = source.make(&mut made, Reach::Disk)?;
            assert!(source.block.len() <= BLOCK_BYTES);
            largest = largest.max(made.len());
            all.extend_from_slice(&made);
            if progress == Progress::End {
                return Ok((all, largest));
            }
        }
    }

    #[test]
    fn what_comes_out_is_what_went_in() {
        for coding in Coding::ALL {
            for content in [Vec::new(), b"a".to_vec(), b"text ".repeat(100_000), noise(300_000)] {
                let (coded, largest) = run(Body::Bytes(content.clone().into()), coding).unwrap();
                assert!(decoded(coding, &coded) == content);
                assert!(largest < 8 * BLOCK_BYTES, "{largest}");
            }
        }
    }

    #[test]
    fn a_file_that_shrinks_is_an_error_and_no_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&noise(100_000)).unwrap();
        let file = Arc::new(OpenFile::from(file));
        let body = |len| Body::File(FileBody { file: file.clone(), start: 0, len });
        let (coded, _) = run(body(100_000), Coding::Gzip).unwrap();
        assert!(decoded(Coding::Gzip, &coded) == noise(100_000));
        let error = run(body(100_001), Coding::Brotli).unwrap_err();
        assert!(error.to_string().contains("1 bytes are missing"), "{error}");
    }
}
