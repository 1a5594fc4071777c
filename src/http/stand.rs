//! The places in which the machines of HTTP/1.1 stand between two bytes.

use crate::{
    base::closed_list::{closed_list, keyed},
    wire::StandFacts,
};

closed_list! {
    /// A place between two bytes. Which one it is depends on the bytes before it alone, however they were split.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Stand: pub StandFacts {
        /// Before a request.
        BetweenRequests {
            key: "between_requests", title: "between requests", waits_for: "the first byte of a method, or an empty line",
            about: "Nothing of a request has arrived. Empty lines before one are skipped.", section: "RFC 9112 §2.2",
        },
        /// After the CR of an empty line before a request.
        EmptyLine {
            key: "empty_line", title: "in an empty line", waits_for: "the LF of the empty line",
            about: "An empty line before a request is skipped once its LF is there.", section: "RFC 9112 §2.2",
        },
        /// In the method of a request line.
        Method {
            key: "method", title: "in the method", waits_for: "more of the method, or a space",
            about: "The method is known once a space ends it: GET could still become GETX.", section: "RFC 9112 §3.1",
        },
        /// After the space before the target.
        TargetStart {
            key: "target_start", title: "before the target", waits_for: "the first byte of the target",
            about: "The method is known. It says in which form the target may be.", section: "RFC 9112 §3.2",
        },
        /// In the target.
        Target {
            key: "target", title: "in the target", waits_for: "more of the target, or a space",
            about: "The target is known once a space ends it. Until then it only has to stay within its limit.", section: "RFC 9112 §3.2",
        },
        /// In the version of a request line.
        Version {
            key: "version", title: "in the version", waits_for: "the next byte of HTTP/1.1",
            about: "The version has eight bytes, and each is checked as it arrives.", section: "RFC 9112 §2.3",
        },
        /// After the version of a request line.
        VersionEnd {
            key: "version_end", title: "after the version", waits_for: "the CR that ends the request line",
            about: "The version is known. Nothing may stand between it and the end of the line.", section: "RFC 9112 §3",
        },
        /// After the CR of a line.
        LineEnd {
            key: "line_end", title: "in the end of a line", waits_for: "the LF after the CR",
            about: "A CR ends a line only together with the LF that follows it.", section: "RFC 9112 §2.2",
        },
        /// Before a response.
        BetweenResponses {
            key: "between_responses", title: "between responses", waits_for: "the H of HTTP/1.1",
            about: "Nothing of a response has been read.", section: "RFC 9112 §4",
        },
        /// After the head of an interim response.
        AfterInterim {
            key: "after_interim", title: "after an interim response", waits_for: "the H of the next status line",
            about: "A 1xx response is a head alone. The final response follows on the same connection.", section: "RFC 9110 §15.2",
        },
        /// In the version of a status line.
        StatusVersion {
            key: "status_version", title: "in the version", waits_for: "the next byte of HTTP/1.1",
            about: "The version has eight bytes, and each is checked as it is read.", section: "RFC 9112 §2.3",
        },
        /// After the version of a status line.
        StatusSpace {
            key: "status_space", title: "after the version", waits_for: "the space before the status code",
            about: "The version is known.", section: "RFC 9112 §4",
        },
        /// In the status code.
        Status {
            key: "status", title: "in the status code", waits_for: "the next of its three digits",
            about: "The status is known with its third digit. With the method it decides whether a body can follow.", section: "RFC 9112 §4",
        },
        /// After the status code.
        StatusEnd {
            key: "status_end", title: "after the status code", waits_for: "a space and the reason phrase, or a CR",
            about: "The status is known. The reason phrase after it is for people.", section: "RFC 9112 §4",
        },
        /// In the reason phrase.
        Reason {
            key: "reason", title: "in the reason phrase", waits_for: "more of the reason phrase, or a CR",
            about: "The reason phrase changes nothing.", section: "RFC 9112 §4",
        },
        /// At the first byte of a field line.
        FieldStart {
            key: "field_start", title: "before a field line", waits_for: "the first byte of a field name, or the CR of the empty line",
            about: "All lines so far are complete. Another field may follow, or the empty line that ends the section.", section: "RFC 9112 §5",
        },
        /// In a field name.
        FieldName {
            key: "field_name", title: "in a field name", waits_for: "more of the name, or a colon",
            about: "Whether the name is complete shows only with the colon. The machine keeps its place and does not look at these bytes again.", section: "RFC 9112 §5",
        },
        /// In white space after a field name, where that is read over.
        FieldNameSpace {
            key: "field_name_space", title: "after a field name", waits_for: "the colon",
            about: "White space before the colon is read over here. A server refuses it.", section: "RFC 9112 §5.1",
        },
        /// After the colon of a field line.
        FieldSpace {
            key: "field_space", title: "before a field value", waits_for: "white space, or the first byte of the value",
            about: "White space around a value is not part of it.", section: "RFC 9112 §5",
        },
        /// In a field value.
        FieldValue {
            key: "field_value", title: "in a field value", waits_for: "more of the value, or a CR",
            about: "The value ends with its line. White space at its end will turn out not to be part of it.", section: "RFC 9110 §5.5",
        },
        /// After the CR of the empty line that ends a section.
        SectionEnd {
            key: "section_end", title: "in the empty line", waits_for: "the LF of the empty line",
            about: "With this LF the section is complete. At the end of a head it is decided how the body ends, and whether the connection stays open.", section: "RFC 9112 §2.1",
        },
        /// In a body of known length.
        Body {
            key: "body", title: "in the body", waits_for: "more bytes of the body",
            about: "Content-Length says how many bytes follow. What they are makes no difference to where the message ends.", section: "RFC 9112 §6.2",
        },
        /// In a body that lasts until close.
        UntilClose {
            key: "until_close", title: "in a body until close", waits_for: "more of the body, or the end of the connection",
            about: "Nothing says how long the body is: it ends with the connection.", section: "RFC 9112 §6.3",
        },
        /// In another protocol.
        Tunnel {
            key: "tunnel", title: "in another protocol", waits_for: "bytes of the other protocol",
            about: "HTTP has ended on this connection. The bytes that follow are not parsed as HTTP.", section: "RFC 9110 §15.2.2",
        },
        /// Before the size of a chunk.
        ChunkStart {
            key: "chunk_start", title: "before a chunk", waits_for: "the first digit of a chunk size",
            about: "Each chunk begins with its size in hexadecimal. The size 0 is the last.", section: "RFC 9112 §7.1",
        },
        /// In the size of a chunk.
        ChunkSize {
            key: "chunk_size", title: "in a chunk size", waits_for: "another digit, a semicolon, or a CR",
            about: "The size is known once the line ends or an extension begins: 1 could still become 1f.", section: "RFC 9112 §7.1",
        },
        /// In white space after a chunk size, where that is read over.
        ChunkSizeSpace {
            key: "chunk_size_space", title: "after a chunk size", waits_for: "white space, a semicolon, or a CR",
            about: "White space after a chunk size is read over here. A server refuses it.", section: "RFC 9112 §7.1",
        },
        /// In the name of a chunk extension.
        ExtensionName {
            key: "extension_name", title: "in a chunk extension", waits_for: "more of its name, =, a semicolon, or a CR",
            about: "Extensions are read, and ignored.", section: "RFC 9112 §7.1.1",
        },
        /// In the value of a chunk extension.
        ExtensionValue {
            key: "extension_value", title: "in the value of a chunk extension", waits_for: "a token or a quoted string",
            about: "Extensions are read, and ignored.", section: "RFC 9112 §7.1.1",
        },
        /// In a quoted string of a chunk extension.
        ExtensionQuoted {
            key: "extension_quoted", title: "in a quoted string", waits_for: "more of it, or the closing quote",
            about: "Inside the quotes a semicolon ends nothing.", section: "RFC 9110 §5.6.4",
        },
        /// After a quoted string of a chunk extension.
        ExtensionEnd {
            key: "extension_end", title: "after a quoted string", waits_for: "a semicolon, or a CR",
            about: "Another extension may follow, or the end of the line.", section: "RFC 9112 §7.1.1",
        },
        /// In the data of a chunk.
        ChunkData {
            key: "chunk_data", title: "in a chunk", waits_for: "more data of the chunk",
            about: "The size of the chunk says how many bytes follow. What they are makes no difference.", section: "RFC 9112 §7.1",
        },
        /// After the data of a chunk.
        ChunkEnd {
            key: "chunk_end", title: "after the data of a chunk", waits_for: "the CR after the data",
            about: "The data of a chunk is followed by CR LF. Anything else shows that its size is wrong.", section: "RFC 9112 §7.1",
        },
        /// After the CR behind the data of a chunk.
        ChunkLineEnd {
            key: "chunk_line_end", title: "in the end of a chunk", waits_for: "the LF after the CR",
            about: "With this LF the chunk is complete, and the next one begins.", section: "RFC 9112 §7.1",
        },
        /// The message is complete.
        Over {
            key: "over", title: "at the end of the message", waits_for: "nothing",
            about: "The message is complete.", section: "RFC 9112 §6.3",
        },
        /// A rule is broken.
        Failed {
            key: "failed", title: "stopped", waits_for: "nothing: no later byte is read",
            about: "The message breaks a rule. Where the next one would begin cannot be known, so nothing more is read.", section: "RFC 9112 §2.2",
        },
    }
}

keyed!(Stand);
