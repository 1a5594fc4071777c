//! The protocols that are spoken on connections.

use crate::lines;

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolKind {
    /// HTTP/1.1, the protocol of the web.
    #[default]
    Http,
    /// Messages that end with a line feed.
    Lines,
}

/// A row of the table of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolFacts {
    /// The stable name in JSON and session files.
    pub key: &'static str,
    /// The name that people see.
    pub title: &'static str,
    /// The words that stand in a list in the place of a method, one for each kind of message. Empty: messages have
    /// methods.
    pub words: &'static [&'static str],
    /// What stands before an address at which it is spoken.
    pub listening: &'static str,
}

impl ProtocolKind {
    /// All protocols.
    pub const ALL: [Self; 2] = [Self::Http, Self::Lines];

    /// The protocol's row of the table.
    #[must_use]
    pub const fn facts(self) -> ProtocolFacts {
        match self {
            Self::Http => ProtocolFacts {
                key: "http",
                title: "HTTP/1.1",
                words: &[],
                listening: "listening on http://",
            },
            Self::Lines => ProtocolFacts {
                key: "lines",
                title: "Lines",
                words: &[lines::WORD],
                listening: "listening for lines on ",
            },
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().key
    }

    /// The protocol with this key. `None`: there is no such protocol.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.key() == key)
    }
}

/// The word of a protocol without methods that reads `word`. `None`: no protocol has it.
#[must_use]
pub fn message_word(word: &str) -> Option<&'static str> {
    let mut words = ProtocolKind::ALL.iter().flat_map(|protocol| protocol.facts().words);
    words.find(|known| **known == word).copied()
}

impl serde::Serialize for ProtocolKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_a_key_of_its_own() {
        for protocol in ProtocolKind::ALL {
            assert_eq!(ProtocolKind::from_key(protocol.key()), Some(protocol));
            assert!(!protocol.facts().title.is_empty() && !protocol.facts().listening.is_empty());
            assert!(protocol.facts().words.iter().all(|word| message_word(word) == Some(word)));
        }
    }
}
