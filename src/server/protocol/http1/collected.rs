//! The body of a request while it is collected for a handler.

use bytes::Bytes;

/// The memory of a body whose length is declared is taken in full once one part in so many of it has come: a client that
/// only announces a body takes little.
const FIRST_PART: usize = 4;

/// The bytes of a body so far.
#[derive(Debug, Default)]
pub(super) struct Collected(Vec<u8>);

impl Collected {
    /// Appends bytes of a body that has `declared` bytes in all. 0: its length is not known.
    ///
    /// Memory that grows by doubling would be up to twice as much as the body, for as long as that is held.
    pub(super) fn push(&mut self, bytes: &[u8], declared: u64) {
        let declared = usize::try_from(declared).unwrap_or(usize::MAX);
        let len = self.0.len() + bytes.len();
        if len > self.0.capacity() && len <= declared && len >= declared / FIRST_PART {
            self.0.reserve_exact(declared - self.0.len());
        }
        self.0.extend_from_slice(bytes);
    }

    /// Takes the whole body, in no more memory than it needs.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into_boxed_slice().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_the_memory_that_it_has_bytes() {
        for declared in [5_000_000, 4_999_999, 10_000, 0] {
            let (mut collected, mut most) = (Collected::default(), 0);
            let whole: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
            let whole = if declared == 10_000 { &whole[..10_000] } else { &whole[..] };
            for part in whole.chunks(60_000) {
                collected.push(part, declared);
                most = most.max(collected.0.capacity());
            }
            if declared == whole.len() as u64 {
                assert_eq!(most, whole.len());
            }
            let place = collected.0.as_ptr();
            let taken = collected.take();
            assert!(taken == whole && collected.0.capacity() == 0);
            assert!(declared != whole.len() as u64 || taken.as_ptr() == place, "it is not copied");
        }
    }

    #[test]
    fn what_is_only_announced_takes_little() {
        let mut collected = Collected::default();
        collected.push(&vec![b'x'; 60_000], 9_000_000);
        assert!(collected.0.capacity() < 200_000);
        assert!(Collected::default().take().is_empty());
    }
}
