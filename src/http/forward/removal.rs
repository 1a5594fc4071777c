//! The reasons for which parts of a message do not go on as they arrived.

use crate::base::closed_list::closed_list;

/// A row of the table of reasons.
#[derive(Clone, Copy, Debug)]
pub struct RemovalFacts {
    /// The reason in whole sentences, in which `{}` is the name of the field.
    pub sentence: &'static str,
    /// The clause behind it: `RFC 9110 §7.6.1`. Empty: no clause.
    pub section: &'static str,
}

closed_list! {
    /// The reason for which a part of a message does not go on as it arrived.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Removal: pub RemovalFacts {
        /// The field is always about one connection.
        OneConnection {
            sentence: "{} is for one connection only. A gateway takes it out before it sends the message on.",
            section: "RFC 9110 §7.6.1",
        },
        /// Connection names the field.
        NamedByConnection {
            sentence: "{} was named by Connection, so it is for this connection only. A gateway takes it out before it sends the message on.",
            section: "RFC 9110 §7.6.1",
        },
        /// The field frames the body.
        Framing {
            sentence: "{} says where the body ends on this connection. Each connection frames the body anew.",
            section: "RFC 9112 §6",
        },
        /// The field names the host.
        Host {
            sentence: "{} is written anew for the backend.",
            section: "RFC 9112 §3.2",
        },
        /// The field says who the client is, in the client's own words.
        Forwarded {
            sentence: "{} is what the client says about itself. The gateway writes what it knows, so that no client claims another address.",
            section: "RFC 7239 §8.1",
        },
        /// The field has the credentials for this server.
        Credentials {
            sentence: "{} has the credentials for this server, so it is not passed on.",
            section: "RFC 9110 §11.6.2",
        },
        /// The field is counted down.
        MaxForwards {
            sentence: "{} is counted down by one at each hop.",
            section: "RFC 9110 §7.6.2",
        },
        /// A middleware set a field with the same name.
        Middleware {
            sentence: "{} was replaced by a middleware of this server.",
            section: "RFC 9110 §7.7",
        },
        /// A rule of Fields took the field out, or put another one in its place.
        Rule {
            sentence: "{} was removed or replaced by a rule of the middleware Fields.",
            section: "RFC 9110 §7.7",
        },
        /// The version, and the spaces of the start line.
        StartLine {
            sentence: "A gateway writes the start line anew, with its own version.",
            section: "RFC 9110 §2.5",
        },
        /// The part of the target that leads to this gateway.
        Target {
            sentence: "This part of the target leads to the gateway. The backend is asked for the rest.",
            section: "RFC 9110 §7.6",
        },
        /// Empty lines before the start line.
        EmptyLine {
            sentence: "Empty lines before the request line are skipped.",
            section: "RFC 9112 §2.2",
        },
        /// The white space around a value, and line ends.
        Syntax {
            sentence: "Colon, space and line end are written in the usual form.",
            section: "RFC 9112 §5",
        },
        /// The sizes, extensions and line ends of chunks.
        Chunk {
            sentence: "Sizes, extensions and line ends of chunks are for one connection only.",
            section: "RFC 9112 §7.1",
        },
        /// Trailer fields that could change the message, or for which there are no chunks.
        Trailer {
            sentence: "Trailer fields go on with chunks only, and not those that would change the message for a reader who takes them for fields of the head.",
            section: "RFC 9110 §6.5.1",
        },
        /// An interim response to a client of HTTP/1.0.
        Interim {
            sentence: "A client of HTTP/1.0 gets no interim response.",
            section: "RFC 9110 §15.2",
        },
        /// Bytes that would have gone on: the exchange ended before, or another answer was given.
        NotSent {
            sentence: "These bytes were not sent on.",
            section: "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_a_sentence() {
        for removal in Removal::ALL {
            let facts = removal.facts();
            assert!(facts.sentence.ends_with('.'), "{removal:?}");
            assert!(facts.section.is_empty() == (removal == Removal::NotSent), "{removal:?}");
        }
    }
}
