//! The protocols that connections can have.

use crate::{
    base::closed_list::{closed_list, keyed},
    lines,
};

/// A row of the table of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolFacts {
    /// The stable name in JSON and session files.
    pub key: &'static str,
    /// The name shown to people.
    pub title: &'static str,
    /// The words shown in place of a method in a list, one for each kind of message. Empty: messages have
    /// methods.
    pub words: &'static [&'static str],
    /// Text before an address at which the protocol is served.
    pub listening: &'static str,
}

closed_list! {
    /// The protocol of a connection.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ProtocolKind: pub ProtocolFacts {
        /// HTTP/1.1, the protocol of the web.
        #[default]
        Http { key: "http", title: "HTTP/1.1", words: &[], listening: "listening on http://" },
        /// Messages that end with a line feed.
        Lines { key: "lines", title: "Lines", words: &[lines::WORD], listening: "listening for lines on " },
    }
}

keyed!(ProtocolKind);

/// `word` as the static word of a protocol without methods. `None`: no protocol has this word.
#[must_use]
pub fn message_word(word: &str) -> Option<&'static str> {
    let mut words = ProtocolKind::ALL.iter().flat_map(|protocol| protocol.facts().words);
    words.find(|known| **known == word).copied()
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
