//! Requests that the user sends once more.

use crate::base::{
    closed_list::{closed_list, keyed},
    stream::ExchangeId,
};

/// A row of the table of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// The stable name in JSON and session files.
    pub key: &'static str,
    /// Text after the number of the exchange.
    pub after: &'static str,
}

closed_list! {
    /// The capture that has the exchange whose request was sent again.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum AgainSource: pub SourceFacts {
        /// The capture that has the copy, too.
        Capture { key: "capture", after: "" },
        /// Another one, which was opened from a file.
        File { key: "file", after: " of an opened file" },
    }
}

keyed!(AgainSource);

/// What an exchange is a copy of: the user sent the bytes of a captured request once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// The exchange that has the request.
    pub of: ExchangeId,
    /// The capture that has that exchange.
    pub source: AgainSource,
    /// Whether the fields with credentials were left out. Without that, every byte is the same.
    pub without_credentials: bool,
}

impl Again {
    /// Every form of it.
    #[cfg(test)]
    pub(crate) fn samples() -> [Self; 4] {
        let sample = |source| {
            [false, true].map(|without_credentials| Self {
                of: ExchangeId::nth(300),
                source,
                without_credentials,
            })
        };
        let [one, other] = AgainSource::ALL.map(sample);
        [one[0], one[1], other[0], other[1]]
    }

    /// The exchange that has the request, if it is one of the same capture as the copy.
    #[must_use]
    pub fn original(self) -> Option<ExchangeId> {
        (self.source == AgainSource::Capture).then_some(self.of)
    }

    /// In a few words: `again of #12`.
    #[must_use]
    pub fn words(self) -> String {
        format!("again of #{}{}", self.of, self.source.facts().after)
    }

    /// As a sentence without a full stop.
    #[must_use]
    pub fn sentence(self) -> String {
        let without = if self.without_credentials { ", without its credentials" } else { "" };
        let Self { of, source, .. } = self;
        format!("byteglass sent the request of exchange #{of}{} again{without}", source.facts().after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_of_what_it_is_one() {
        let of = ExchangeId::FIRST;
        let mut again = Again { of, source: AgainSource::Capture, without_credentials: false };
        assert_eq!((again.original(), again.words()), (Some(of), "again of #1".to_owned()));
        again = Again { source: AgainSource::File, without_credentials: true, ..again };
        assert_eq!(again.original(), None);
        assert_eq!(
            again.sentence(),
            "byteglass sent the request of exchange #1 of an opened file again, without its credentials"
        );
        for source in AgainSource::ALL {
            assert_eq!(AgainSource::from_key(source.key()), Some(source));
        }
    }
}
