//! The characters that a font has.

use std::ops::RangeInclusive;

/// Ranges of code points, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage(Vec<RangeInclusive<u32>>);

impl Coverage {
    /// Reads what fontconfig prints: `20-7e a0 4e00-9fff`, in hexadecimal. What is no range is left out.
    pub(super) fn parse(text: &str) -> Self {
        let point = |text: &str| u32::from_str_radix(text, 16).ok();
        let ranges = text.split_ascii_whitespace().filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(point(first)?..=point(last)?)
        });
        Self(ranges.collect())
    }

    /// Whether the font has a character.
    pub(super) fn has(&self, character: char) -> bool {
        let point = u32::from(character);
        let after = self.0.partition_point(|range| *range.start() <= point);
        self.0[..after].last().is_some_and(|range| range.contains(&point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_fontconfig_prints_them() {
        let covers = Coverage::parse("20-7e a0 nonsense 5d0-5ea");
        assert!(covers.has('a') && covers.has('\u{a0}') && covers.has('ש') && covers.has('א'));
        assert!(!covers.has('\u{a1}') && !covers.has('你') && !covers.has('\u{5eb}') && !covers.has('\n'));
        assert!(!Coverage::default().has('a'));
    }
}
