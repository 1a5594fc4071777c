//! Content codings, undone piece by piece, as a stream arrives.

use std::io::Write;

use flate2::write::{MultiGzDecoder, ZlibDecoder};

use super::super::facts::content::Coding;

/// Bytes that are decoded of one stream at most, since a few bytes can expand to any number.
const BUDGET_BYTES: usize = 32 * 1024 * 1024;
/// Bytes that are given to a decoder at once. It makes at most some thousand times as many of them.
const STEP_BYTES: usize = 1024;
/// Bytes of a decoder's buffer.
const BUFFER_BYTES: usize = 4096;

/// A decoder.
pub(super) struct Decoder {
    kind: Kind,
    left: usize,
}

enum Kind {
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
}

impl Decoder {
    /// The decoder of a coding. `None`: there is none.
    pub(super) fn new(coding: &Coding) -> Option<Self> {
        let kind = match coding {
            Coding::Gzip => Kind::Gzip(MultiGzDecoder::new(Vec::new())),
            Coding::Deflate => Kind::Zlib(ZlibDecoder::new(Vec::new())),
            Coding::Brotli => {
                Kind::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), BUFFER_BYTES)))
            }
            Coding::Identity | Coding::Other(_) => return None,
        };
        Some(Self { kind, left: BUDGET_BYTES })
    }

    /// The bytes that `coded` adds. `None`: they are damaged, or more than is decoded of one stream.
    pub(super) fn decode(&mut self, coded: &[u8]) -> Option<Vec<u8>> {
        let mut decoded = Vec::new();
        for step in coded.chunks(STEP_BYTES) {
            let made = match &mut self.kind {
                Kind::Gzip(writer) => {
                    writer.write_all(step).and_then(|()| writer.flush()).ok()?;
                    std::mem::take(writer.get_mut())
                }
                Kind::Zlib(writer) => {
                    writer.write_all(step).and_then(|()| writer.flush()).ok()?;
                    std::mem::take(writer.get_mut())
                }
                Kind::Brotli(writer) => {
                    writer.write_all(step).and_then(|()| writer.flush()).ok()?;
                    std::mem::take(writer.get_mut())
                }
            };
            self.left = self.left.checked_sub(made.len())?;
            decoded.extend_from_slice(&made);
        }
        Some(decoded)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use flate2::{
        Compression,
        write::{GzEncoder, ZlibEncoder},
    };

    use super::*;

    /// Writes two events, flushed after each, and decodes what each flush gave.
    fn both<W: Write>(mut encoder: W, made: impl Fn(&mut W) -> Vec<u8>, coding: &Coding) {
        let mut decoder = Decoder::new(coding).unwrap();
        for event in [&b"data: 1\n\n"[..], b"data: 2\n\n"] {
            encoder.write_all(event).unwrap();
            encoder.flush().unwrap();
            assert_eq!(decoder.decode(&made(&mut encoder)).as_deref(), Some(event), "{coding:?}");
        }
    }

    #[test]
    fn each_flush_is_decoded_as_it_comes() {
        let take = std::mem::take::<Vec<u8>>;
        both(GzEncoder::new(Vec::new(), Compression::fast()), |it| take(it.get_mut()), &Coding::Gzip);
        both(ZlibEncoder::new(Vec::new(), Compression::fast()), |it| take(it.get_mut()), &Coding::Deflate);
        let writer = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        both(writer, |it| take(it.get_mut()), &Coding::Brotli);
        assert!(Decoder::new(&Coding::Other("zstd".to_owned())).is_none());
    }

    #[test]
    fn what_is_damaged_or_endless_is_not_decoded() {
        assert_eq!(Decoder::new(&Coding::Gzip).unwrap().decode(&[0xFF; 40]), None);
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![0; BUDGET_BYTES + (1 << 20)]).unwrap();
        let bomb = bomb.finish().unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(Decoder::new(&Coding::Gzip).unwrap().decode(&bomb), None);
    }
}
