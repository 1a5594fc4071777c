//! Refusals by this program of requests that can be parsed.

use crate::{
    base::closed_list::{closed_list, keyed},
    http::Status,
    wire::Class,
};

/// A row of the table of refusals.
#[derive(Clone, Copy, Debug)]
pub struct RefusalFacts {
    /// The stable name in files and in JSON.
    pub key: &'static str,
    /// The status of the response.
    pub status: Status,
    /// The kind of fault in the request itself. `None`: the request is well-formed and complete.
    pub class: Option<Class>,
    /// The clause that governs the refusal: `RFC 9110 §15.5.5`.
    pub section: &'static str,
    /// The fault in one sentence.
    pub sentence: &'static str,
}

closed_list! {
    /// Why this program refuses a request that can be parsed: timers and limits of the server, the folder, a
    /// route or a middleware.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Refusal: pub RefusalFacts {
        // The server
        /// The Host is not served here.
        HostForeign {
            key: "host_foreign", status: Status(421), class: None, section: "RFC 9110 §15.5.20",
            sentence: "This server answers to IP addresses, to localhost and to the names of this machine. So no website can read the folder by pointing its own domain name at your machine (DNS rebinding).",
        },
        /// The head did not arrive in time.
        HeadTimeout {
            key: "head_timeout", status: Status(408), class: Some(Class::Incomplete), section: "RFC 9110 §15.5.9",
            sentence: "The head of the request did not arrive in time.",
        },
        /// The body did not arrive in time.
        BodyTimeout {
            key: "body_timeout", status: Status(408), class: Some(Class::Incomplete), section: "RFC 9110 §15.5.9",
            sentence: "The body of the request did not arrive in time.",
        },
        /// No room for another connection.
        TooManyConnections {
            key: "too_many_connections", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "The limit of open connections is reached.",
        },
        /// No room to hold another request body.
        TooBusy {
            key: "too_busy", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "The server's memory for request bodies is full. Try again in a moment.",
        },

        // The gateway
        /// No backend of the group can take the request.
        NoBackend {
            key: "no_backend", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "No backend can take the request at the moment.",
        },
        /// Every backend of the group is busy, and too many requests wait.
        QueueFull {
            key: "queue_full", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "Every backend is busy, and no more requests may wait.",
        },
        /// Every backend of the group was busy for too long.
        QueueTimeout {
            key: "queue_timeout", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "Every backend was busy for as long as a request may wait.",
        },
        /// The exchange took too long.
        ExchangeTimeout {
            key: "exchange_timeout", status: Status(504), class: None, section: "RFC 9110 §15.6.5",
            sentence: "The exchange with the backend took too long.",
        },
        /// The backend refused the connection, or broke it off.
        BackendFailed {
            key: "backend_failed", status: Status(502), class: None, section: "RFC 9110 §15.6.3",
            sentence: "The backend did not answer the request.",
        },
        /// The connection to the backend is not secured: its certificate is not good, or TLS is not spoken.
        BackendInsecure {
            key: "backend_insecure", status: Status(502), class: None, section: "RFC 9110 §15.6.3",
            sentence: "No trusted TLS connection to the backend could be made.",
        },
        /// What the backend sent is no valid response.
        BackendMalformed {
            key: "backend_malformed", status: Status(502), class: None, section: "RFC 9110 §15.6.3",
            sentence: "The backend's answer is not a valid HTTP response.",
        },
        /// The backend did not answer in time.
        BackendTimeout {
            key: "backend_timeout", status: Status(504), class: None, section: "RFC 9110 §15.6.5",
            sentence: "The backend did not answer in time.",
        },
        /// The request has been here before.
        ForwardLoop {
            key: "forward_loop", status: Status(508), class: None, section: "RFC 9110 §7.6.3",
            sentence: "The request has passed through this gateway before, so a backend leads back to it.",
        },

        // WebSocket
        /// The page that opens the connection is of another origin.
        OriginForeign {
            key: "origin_foreign", status: Status(403), class: None, section: "RFC 6455 §10.2",
            sentence: "Only pages of this server may open a WebSocket here. A page of another site could otherwise speak through your browser.",
        },
        /// The resource is there for WebSocket only.
        UpgradeNeeded {
            key: "upgrade_needed", status: Status(426), class: None, section: "RFC 9110 §15.5.22",
            sentence: "This path speaks WebSocket only.",
        },
        /// Another version of the protocol.
        WebSocketVersion {
            key: "websocket_version", status: Status(426), class: None, section: "RFC 6455 §4.4",
            sentence: "The version of WebSocket is not spoken here.",
        },
        /// The key of the handshake is missing or wrong.
        WebSocketKey {
            key: "websocket_key", status: Status(400), class: Some(Class::Malformed), section: "RFC 6455 §4.2.1",
            sentence: "The key of the WebSocket handshake is missing or malformed.",
        },
        // The service
        /// The method is a token that this server does not implement.
        MethodNotImplemented {
            key: "method_not_implemented", status: Status(501), class: Some(Class::Unsupported), section: "RFC 9110 §9.1",
            sentence: "This server does not implement the method.",
        },
        /// The path leads outside the folder.
        PathLeavesFolder {
            key: "path_climbs", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "The path leads outside the served folder.",
        },
        /// The path contains an encoded byte that cannot occur in a file name, or an encoded separator.
        PathMalformed {
            key: "path_malformed", status: Status(400), class: Some(Class::Malformed), section: "RFC 3986 §2.1",
            sentence: "The path holds a percent-encoding that is malformed, or a byte that ends a name or separates names on some systems.",
        },
        /// A symbolic link leads outside the folder.
        LinkLeaves {
            key: "link_leaves", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "A symbolic link on this path leads outside the served folder.",
        },
        /// Not a regular file: a FIFO, a socket or a device.
        NotAFile {
            key: "not_a_file", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "This is not a regular file, so it is not served.",
        },
        /// A file that this program wrote: a capture, an export or the settings.
        OwnFile {
            key: "own_file", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "byteglass wrote this file. Captures, exports and settings can hold passwords and cookies, so they are served to nobody.",
        },
        /// The operating system refused to open the file.
        FileDenied {
            key: "file_denied", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "The operating system does not let this server read the file.",
        },
        /// Reading the file failed.
        FileFailed {
            key: "file_failed", status: Status(500), class: None, section: "RFC 9110 §15.6.1",
            sentence: "Reading the file failed.",
        },
        /// The disk did not answer in time.
        DiskTimeout {
            key: "disk_timeout", status: Status(503), class: None, section: "RFC 9110 §15.6.4",
            sentence: "The disk that the file is on did not answer in time: it may be asleep, or on a network that hangs. Other requests are served meanwhile.",
        },
        /// No resource at this path.
        NotFound {
            key: "not_found", status: Status(404), class: None, section: "RFC 9110 §15.5.5",
            sentence: "There is nothing under this path.",
        },
        /// The served folder was deleted.
        FolderGone {
            key: "folder_gone", status: Status(404), class: None, section: "RFC 9110 §15.5.5",
            sentence: "The folder that this server serves is no longer there.",
        },
        /// The content is in a coding that the route does not read.
        CodingOfContent {
            key: "coding_of_content", status: Status(415), class: None, section: "RFC 9110 §15.5.16",
            sentence: "This route does not read content in a coding: send it without Content-Encoding.",
        },
        /// The path exists, but the method is not allowed on it.
        MethodNotAllowed {
            key: "method_not_allowed", status: Status(405), class: None, section: "RFC 9110 §15.5.6",
            sentence: "The path is known, but not with this method; the Allow field lists those it has.",
        },
        /// A part of the path or query that a route needs as a number is not a number, or out of range.
        ParameterInvalid {
            key: "parameter_invalid", status: Status(400), class: None, section: "RFC 9110 §15.5.1",
            sentence: "A part of the target that must be a number is not one, or is out of range.",
        },
        /// The route cannot read the body (it is not JSON, for instance).
        BodyUnreadable {
            key: "body_unreadable", status: Status(400), class: None, section: "RFC 9110 §15.5.1",
            sentence: "The body is not what its Content-Type says.",
        },
        /// A precondition of the request is false.
        PreconditionFailed {
            key: "precondition_failed", status: Status(412), class: None, section: "RFC 9110 §13.2.2",
            sentence: "A precondition of the request does not hold.",
        },
        /// The requested range contains no byte of the file.
        RangeNotSatisfiable {
            key: "range_not_satisfiable", status: Status(416), class: None, section: "RFC 9110 §15.5.17",
            sentence: "No byte of the file lies in the range asked for.",
        },
        /// The token bucket of this address is empty.
        RateLimited {
            key: "rate_limited", status: Status(429), class: None, section: "RFC 6585 §4",
            sentence: "Too many requests from this address. Retry-After says when the next one is allowed.",
        },
        /// A rule of Trouble puts a 502 in place of the answer.
        OnPurpose {
            key: "on_purpose", status: Status(502), class: None, section: "RFC 9110 §15.6.3",
            sentence: "A rule of the middleware Trouble answers with 502 here, on purpose.",
        },
        /// A page of another site loads this resource without leave to read it.
        CrossSite {
            key: "cross_site", status: Status(403), class: None, section: "RFC 9110 §15.5.4",
            sentence: "A page of another site asked the browser to load this (Sec-Fetch-Site). The cross-site guard refuses that; it can be switched off, and CORS can allow it.",
        },
        /// User and password are missing or wrong.
        CredentialsMissing {
            key: "credentials_missing", status: Status(401), class: None, section: "RFC 9110 §15.5.2",
            sentence: "This server asks for a user name and a password.",
        },
        /// The client accepts none of the codings in which the content is available.
        NotAcceptable {
            key: "not_acceptable", status: Status(406), class: None, section: "RFC 9110 §15.5.7",
            sentence: "The client accepts none of the encodings available for this file (see Accept-Encoding).",
        },
    }
}

keyed!(Refusal);
