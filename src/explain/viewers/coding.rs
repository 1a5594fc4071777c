//! Decoding of content codings (RFC 9110 §8.4).

use std::io::Read;

use super::Coding;

/// Maximum length of decoded content, in bytes. Longer content stays coded, since a few bytes can expand to
/// any number.
const DECODED_BYTES: u64 = 128 * 1024 * 1024;
/// Number of bytes decoded at once.
const BLOCK: usize = 64 * 1024;

/// The content before `codings` were applied. `None`: one of them is unknown or does not match the content,
/// or the result is longer than 128 MB.
#[must_use]
pub fn decoded(codings: &[Coding], content: &[u8]) -> Option<Vec<u8>> {
    let mut content = content.to_vec();
    // "If one or more encodings have been applied to a representation, the sender that applied the encodings
    // MUST generate a Content-Encoding header field that lists the content codings in the order in which they
    // were applied."
    for coding in codings.iter().rev().filter(|coding| **coding != Coding::Identity) {
        content = undone(coding, &content, all)?;
    }
    Some(content)
}

/// What `read` makes of the bytes before `coding` was applied. `None`: the coding is unknown, or does not match them.
fn undone<T>(coding: &Coding, bytes: &[u8], read: impl Fn(&mut dyn Read) -> Option<T>) -> Option<T> {
    match coding {
        Coding::Gzip => read(&mut flate2::read::MultiGzDecoder::new(bytes)),
        // "Note: Some non-conformant implementations send the "deflate" compressed data without the zlib
        // wrapper."
        Coding::Deflate => read(&mut flate2::read::ZlibDecoder::new(bytes))
            .or_else(|| read(&mut flate2::read::DeflateDecoder::new(bytes))),
        Coding::Brotli => read(&mut brotli::Decompressor::new(bytes, BLOCK)),
        Coding::Identity | Coding::Other(_) => None,
    }
}

/// The beginning of decoded content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The decoded bytes; never empty unless `ended`.
    pub bytes: Vec<u8>,
    /// Whether they are all that the coded bytes decode to, up to the end that the codings mark.
    pub ended: bool,
}

/// At most `most` bytes of the content before `codings` were applied. `content` may lack its end. `None`: one of the
/// codings is unknown, or the beginning does not match.
#[must_use]
pub fn beginning(codings: &[Coding], content: &[u8], most: usize) -> Option<Beginning> {
    let mut found = Beginning { bytes: content.to_vec(), ended: true };
    for coding in codings.iter().rev().filter(|coding| **coding != Coding::Identity) {
        let next = undone(coding, &found.bytes, |decoder| part(decoder, most))?;
        found = Beginning { ended: next.ended && found.ended, ..next };
    }
    Some(found)
}

/// What a decoder gives until it ends, fails or has given `most` bytes. `None`: it fails before the first byte.
fn part(decoder: &mut dyn Read, most: usize) -> Option<Beginning> {
    let (mut bytes, mut block) = (Vec::new(), vec![0; BLOCK]);
    loop {
        let room = block.len().min(most.saturating_sub(bytes.len()).max(1));
        match decoder.read(&mut block[..room]) {
            Ok(0) => return Some(Beginning { bytes, ended: true }),
            Ok(_) if bytes.len() >= most => return Some(Beginning { bytes, ended: false }),
            Ok(count) => bytes.extend_from_slice(&block[..count]),
            Err(_) => return (!bytes.is_empty()).then_some(Beginning { bytes, ended: false }),
        }
    }
}

fn all(decoder: &mut dyn Read) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    decoder.take(DECODED_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= DECODED_BYTES).then_some(content)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut coder = GzEncoder::new(Vec::new(), Compression::fast());
        coder.write_all(content).unwrap();
        coder.finish().unwrap()
    }

    fn brotli(content: &[u8]) -> Vec<u8> {
        let mut coder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        coder.write_all(content).unwrap();
        coder.into_inner()
    }

    #[test]
    fn each_coding_is_undone_and_several_in_reverse() {
        let text = b"a text that is written out, a text that is written out".as_slice();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(text).unwrap();
        for (codings, content) in [
            (&[][..], text.to_vec()),
            (&[Coding::Identity], text.to_vec()),
            (&[Coding::Gzip], gzip(text)),
            (&[Coding::Deflate], zlib.finish().unwrap()),
            (&[Coding::Deflate], bare.finish().unwrap()),
            (&[Coding::Brotli], brotli(text)),
            (&[Coding::Gzip, Coding::Brotli], brotli(&gzip(text))),
        ] {
            assert_eq!(decoded(codings, &content).as_deref(), Some(text), "{codings:?}");
        }
    }

    #[test]
    fn the_beginning_of_coded_content_is_bounded_and_may_lack_its_end() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        for (coding, coded) in [(Coding::Gzip, gzip(&text)), (Coding::Brotli, brotli(&text))] {
            let codings = [coding];
            let whole = beginning(&codings, &coded, 10_000_000).unwrap();
            assert!(whole.ended && whole.bytes == text, "{codings:?}");
            let exact = beginning(&codings, &coded, text.len()).unwrap();
            assert!(exact.ended && exact.bytes == text, "{codings:?}");
            let bounded = beginning(&codings, &coded, 1_000).unwrap();
            assert_eq!((&*bounded.bytes, bounded.ended), (&text[..1_000], false), "{codings:?}");
            let cut = beginning(&codings, &coded[..coded.len() / 2], 10_000_000).unwrap();
            assert!(!cut.ended && !cut.bytes.is_empty() && text.starts_with(&cut.bytes), "{codings:?}");
            assert_eq!(beginning(&codings, b"not coded at all", 1_000), None);
        }
        assert_eq!(beginning(&[Coding::Other("zstd".to_owned())], b"text", 1_000), None);
        let empty = beginning(&[Coding::Gzip], &gzip(b""), 1_000).unwrap();
        assert_eq!(empty, Beginning { bytes: Vec::new(), ended: true });
    }

    #[test]
    fn what_does_not_fit_stays_as_it_is() {
        let whole = gzip(b"text");
        assert_eq!(decoded(&[Coding::Other("zstd".to_owned())], &whole), None);
        assert_eq!(decoded(&[Coding::Brotli], &whole), None);
        assert_eq!(decoded(&[Coding::Gzip], &whole[..whole.len() - 4]), None);
        // A small body that expands to more than the maximum.
        let mut coder = GzEncoder::new(Vec::new(), Compression::best());
        let block = vec![0; 1 << 20];
        for _ in 0..=DECODED_BYTES >> 20 {
            coder.write_all(&block).unwrap();
        }
        assert_eq!(decoded(&[Coding::Gzip], &coder.finish().unwrap()), None);
    }
}
