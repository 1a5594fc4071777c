//! Finds a short text in many bytes, with or without regard to ASCII case.

use memchr::{memchr, memchr2, memmem};

/// A text to look for. Built once, it searches several gigabytes a second where its rarest byte is rare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finder {
    /// The text; in lower case if `folded`.
    needle: Box<[u8]>,
    folded: bool,
    /// Index in `needle` of the byte that is expected to be the rarest.
    rarest: usize,
}

impl Finder {
    /// Looks for exactly these bytes.
    #[must_use]
    pub fn exact(needle: &[u8]) -> Self {
        Self { needle: needle.into(), folded: false, rarest: 0 }
    }

    /// Looks for these bytes, where ASCII letters stand for either case.
    #[must_use]
    pub fn folded(needle: &[u8]) -> Self {
        let needle: Box<[u8]> = needle.to_ascii_lowercase().into();
        let rarest = (0..needle.len()).min_by_key(|index| frequency(needle[*index])).unwrap_or(0);
        Self { needle, folded: true, rarest }
    }

    /// What is looked for; in lower case, if case does not matter.
    #[must_use]
    pub const fn needle(&self) -> &[u8] {
        &self.needle
    }

    /// The index of the first occurrence. `None`: there is none. The empty text is everywhere.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        if !self.folded {
            return memmem::find(bytes, &self.needle);
        }
        let last = bytes.len().checked_sub(self.needle.len())?;
        let Some(rarest) = self.needle.get(self.rarest).copied() else { return Some(0) };
        let mut start = 0;
        while start <= last {
            // The rarest byte of an occurrence that begins at `start` or later.
            let window = &bytes[start + self.rarest..=last + self.rarest];
            let step = if rarest.is_ascii_lowercase() {
                memchr2(rarest, rarest.to_ascii_uppercase(), window)
            } else {
                memchr(rarest, window)
            };
            start += step?;
            if bytes[start..start + self.needle.len()].eq_ignore_ascii_case(&self.needle) {
                return Some(start);
            }
            start += 1;
        }
        None
    }

    /// Whether it occurs.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.find(bytes).is_some()
    }
}

/// How often a byte is met in text and markup, roughly, as a rank: the letters of English from the rarest to the most
/// frequent, then white space. What is not in the list is rarer than all of it.
fn frequency(byte: u8) -> usize {
    const RISING: &[u8] = b"!#$%&*+;?@[]{}^`|~()_<>'zqxjk9876543210v-:/.,=\"bygwpfmucldhrsnioate \n\r\t\0";
    RISING.iter().position(|known| *known == byte).map_or(0, |rank| rank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    #[test]
    fn finds_what_comparing_at_each_place_finds() {
        let mut dice = Lcg(3);
        for _ in 0..4_000 {
            let mut text = |most: u64| {
                let len = dice.roll(most);
                (0..len).map(|_| b"aAbB-\n"[usize::try_from(dice.roll(6)).unwrap_or(0)]).collect::<Vec<u8>>()
            };
            let (bytes, needle) = (text(40), text(5));
            let windows =
                || (0..=bytes.len().saturating_sub(needle.len())).filter(|_| needle.len() <= bytes.len());
            let at = |start: usize| &bytes[start..start + needle.len()];
            let exact = windows().find(|start| at(*start) == needle);
            let folded = windows().find(|start| at(*start).eq_ignore_ascii_case(&needle));
            assert_eq!(Finder::exact(&needle).find(&bytes), exact);
            assert_eq!(Finder::folded(&needle).find(&bytes), folded);
        }
    }
}
