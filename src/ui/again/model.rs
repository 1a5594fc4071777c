//! The state of sending again. Knows no egui.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::{
    base::stream::ExchangeId,
    capture::request::CapturedRequest,
    gateway::GatewaySettings,
    http::{CREDENTIALS, Method, raw_fields, raw_value, without},
    server::{AgainError, COPIES_MAX, Copies, Ending, RESPONSE_PATIENCE, Sending, Sent},
    trace::{Again, AgainSource, Severity},
    words,
};

/// How far sending again has got.
#[derive(Debug, Default)]
pub enum SendAgain {
    /// Nothing is sent.
    #[default]
    Idle,
    /// The request with this number is being looked for, in memory or on disk.
    Finding(u64),
    /// The user is asked.
    Asking(Box<Question>),
    /// Copies are being sent.
    Sending(Box<UnderWay>),
}

/// Copies that are being sent.
#[derive(Debug)]
pub struct UnderWay {
    /// The exchange that has the request.
    pub id: ExchangeId,
    /// The number of copies that were asked for.
    pub times: u32,
    /// The copies.
    pub sending: Sending,
    /// The capture that has the request.
    source: AgainSource,
    /// The address to which the request was sent at first. `None`: not known.
    local: Option<SocketAddr>,
}

/// A request that is about to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The request.
    pub request: CapturedRequest,
    /// The capture that has it.
    pub source: AgainSource,
    /// The number of copies.
    pub times: u32,
    /// The value of its Host field. `None`: it has none.
    pub host: Option<String>,
    /// The names of its fields with credentials, each once.
    pub credentials: Vec<&'static str>,
    /// Where it went and where it would go now, if that is somewhere else and it has credentials. `None`: it would not.
    pub moved: Option<Moved>,
    /// The bytes of the request without those fields. Empty: it has none.
    bare: Vec<Bytes>,
}

/// Where a request went, and where it would go now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Host and port of the backend that had it. Empty: this server answered itself.
    pub from: Box<str>,
    /// Hosts and ports of the backends of which one would have it; at least one.
    pub to: Vec<String>,
}

impl Moved {
    /// `None`: the request would go where it went, or this server would answer itself.
    fn of(request: &CapturedRequest, gateway: &GatewaySettings) -> Option<Self> {
        let backends = gateway.group_of(&request.target).into_iter().flat_map(|group| &group.backends);
        let to: Vec<String> = backends.map(|backend| backend.address.authority()).collect();
        let stays = to.iter().any(|address| **address == *request.backend);
        // What comes back to this server has been here before.
        (!stays && !to.is_empty()).then(|| Self { from: request.backend.clone(), to })
    }
}

impl Question {
    /// A question about a request. `gateway`: where this server passes requests on to now. Takes time if the request is
    /// long.
    #[must_use]
    pub fn new(request: CapturedRequest, source: AgainSource, times: u32, gateway: &GatewaySettings) -> Self {
        let moved = match source {
            AgainSource::Capture => Moved::of(&request, gateway),
            AgainSource::File => None,
        };
        let mut question = Self {
            request,
            source,
            times: times.clamp(1, COPIES_MAX),
            host: None,
            credentials: Vec::new(),
            moved,
            bare: Vec::new(),
        };
        // What came to this server goes to this server, and so do its credentials.
        if source == AgainSource::File || question.moved.is_some() {
            let whole = question.request.bytes.concat();
            let host = raw_fields(&whole, &["Host"]);
            question.host = host.first().map(|field| words::escaped(raw_value(&whole, field)));
            let found = raw_fields(&whole, &CREDENTIALS);
            let has = |name: &&str| found.iter().any(|field| field.name == *name);
            question.credentials = CREDENTIALS.into_iter().filter(has).collect();
            if !found.is_empty() {
                question.bare = vec![without(&whole, &found).into()];
            }
        }
        // Without credentials it is a request like any other that comes in.
        question.moved = question.moved.filter(|_| !question.credentials.is_empty());
        question
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        Method::from_token(self.request.method.as_bytes())
    }

    /// Whether the user has to be asked: the request may be meant for another host, or change something many times.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.source == AgainSource::File || self.moved.is_some() || self.is_risky()
    }

    /// Whether the copies may change something, each of them.
    #[must_use]
    pub fn is_risky(&self) -> bool {
        self.times > 1 && !self.method().is_safe()
    }

    /// The copies to send.
    #[must_use]
    pub fn copies(&self, with_credentials: bool) -> Copies {
        let without_credentials = !with_credentials && !self.bare.is_empty();
        let CapturedRequest { id, protocol, bytes, is_complete, .. } = &self.request;
        Copies {
            again: Again { of: *id, source: self.source, without_credentials },
            protocol: *protocol,
            method: self.method(),
            bytes: if without_credentials { self.bare.clone() } else { bytes.clone() },
            is_complete: *is_complete,
            times: self.times,
            patience: RESPONSE_PATIENCE,
        }
    }

    /// The copies, being sent.
    #[must_use]
    pub fn under_way(&self, sending: Sending) -> UnderWay {
        let CapturedRequest { id, local, .. } = self.request;
        UnderWay { id, times: self.times, sending, source: self.source, local }
    }
}

impl UnderWay {
    /// What is said of the result. `None`: the copy in the list says it all.
    #[must_use]
    pub fn report(&self, sent: &Sent) -> Option<(Severity, String)> {
        let what = format!("The request of #{}{}", self.id, self.source.facts().after);
        let count =
            if sent.count == 1 { "once".to_owned() } else { words::plural(sent.count.into(), "time") };
        let to = sent.address.map_or_else(String::new, |address| format!(", to {address}"));
        match &sent.last {
            Err(AgainError::Cancelled) => {
                return Some((Severity::Info, format!("{what} was sent again {count}, then stopped.")));
            }
            Err(error) if sent.count == 0 => {
                return Some((Severity::Error, format!("{what} was not sent again: {error}.")));
            }
            Err(error) => {
                let text = format!("{what} was sent again {count}; then it could not be sent: {error}.");
                return Some((Severity::Error, text));
            }
            Ok(_) => {}
        }
        let mut said = vec![format!("{what} was sent again {count}{to}.")];
        let mut severity = Severity::Info;
        match sent.last {
            Ok(Ending::Unended(patience)) => {
                severity = Severity::Warning;
                let secs = patience.as_secs();
                said.push(format!("The response did not end within {secs} s, so the connection was closed."));
                if sent.count < self.times {
                    said.push("The rest was not sent.".to_owned());
                }
            }
            Ok(Ending::Switched) => {
                said.push(
                    "The response switched to another protocol, and the connection was closed.".to_owned(),
                );
            }
            Ok(Ending::Closed) => {
                severity = Severity::Warning;
                said.push("The server closed the connection before the response was complete.".to_owned());
            }
            Ok(Ending::Complete) | Err(_) => {}
        }
        if self.source == AgainSource::File {
            said.push("The copy is in the live capture.".to_owned());
        } else if let (Some(local), Some(address)) = (self.local, sent.address)
            && local != address
        {
            said.push(format!("It was captured at {local}."));
        }
        (said.len() > 1 || self.times > 1).then(|| (severity, said.join(" ")))
    }
}

impl SendAgain {
    /// Whether something is to come without the user.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Finding(_) | Self::Sending(_))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{gateway::GroupSettings, trace::ProtocolKind};

    fn question(request: &'static str, source: AgainSource, times: u32) -> Question {
        asked(request, source, times, "", &GatewaySettings::default())
    }

    fn asked(
        request: &'static str,
        source: AgainSource,
        times: u32,
        backend: &str,
        gateway: &GatewaySettings,
    ) -> Question {
        let bytes = request.as_bytes().chunks(9).map(Bytes::from_static).collect();
        let method = request.split(' ').next().unwrap_or_default().into();
        let request = CapturedRequest {
            id: ExchangeId::nth(12),
            protocol: ProtocolKind::Http,
            method,
            target: "/api/a?b=/c".into(),
            bytes,
            is_complete: true,
            local: None,
            backend: backend.into(),
        };
        Question::new(request, source, times, gateway)
    }

    const SECRET: &str =
        "GET / HTTP/1.1\r\nHost: shop.example\r\nCookie: a=b\r\nAuthorization: c\r\nCookie: d\r\n\r\n";

    #[test]
    fn what_came_from_elsewhere_asks_and_its_credentials_are_left_out() {
        let asked = question(SECRET, AgainSource::File, 1);
        assert!(asked.is_needed());
        assert_eq!(asked.host.as_deref(), Some("shop.example"));
        assert_eq!(asked.credentials, ["Authorization", "Cookie"]);
        let bare = asked.copies(false);
        assert_eq!(bare.bytes.concat(), b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
        assert!(bare.again.without_credentials && bare.again.source == AgainSource::File);
        let whole = asked.copies(true);
        assert_eq!(whole.bytes.concat(), SECRET.as_bytes());
        assert!(!whole.again.without_credentials);
        // Without credentials there is nothing to leave out.
        let plain = question("GET / HTTP/1.1\r\nHost: a\r\n\r\n", AgainSource::File, 1);
        assert!(plain.is_needed() && !plain.copies(false).again.without_credentials);
    }

    #[test]
    fn what_came_to_this_server_goes_there_as_it_was() {
        let asked = question(SECRET, AgainSource::Capture, 1000);
        assert!(!asked.is_needed());
        assert_eq!(asked.copies(false).bytes.concat(), SECRET.as_bytes());
        assert_eq!(asked.copies(false).times, 1000);
    }

    #[test]
    fn credentials_do_not_go_to_another_backend_unasked() {
        let plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let group = |prefix, address: &str| GroupSettings::new("app", prefix, vec![address.parse().unwrap()]);
        let gateway = |groups| GatewaySettings { groups, ..GatewaySettings::default() };
        let one = gateway(vec![group("/", "http://other"), group("/api", "http://b:3000")]);
        for (request, backend, gateway, to) in [
            (SECRET, "b:3000", &one, None),
            (SECRET, "", &one, Some("b:3000")),
            (SECRET, "c:3000", &one, Some("b:3000")),
            (plain, "c:3000", &one, None),
            (SECRET, "c:3000", &gateway(vec![group("/apis", "http://d")]), None),
            (SECRET, "", &GatewaySettings::default(), None),
            (SECRET, "", &gateway(vec![group("/", "https://d")]), Some("d")),
        ] {
            let asked = asked(request, AgainSource::Capture, 1, backend, gateway);
            let found = asked.moved.as_ref().map(|moved| moved.to.join(" "));
            assert_eq!(found.as_deref(), to, "{backend} {gateway:?}");
            assert_eq!(asked.is_needed(), to.is_some());
            if to.is_some() {
                assert_eq!(
                    asked.copies(false).bytes.concat(),
                    b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"
                );
            }
        }
    }

    #[test]
    fn only_many_copies_of_what_may_change_something_ask() {
        for (request, times, asks) in [
            ("POST / HTTP/1.1\r\n\r\n", 1, false),
            ("POST / HTTP/1.1\r\n\r\n", 2, true),
            ("DELETE / HTTP/1.1\r\n\r\n", 2, true),
            ("FETCH / HTTP/1.1\r\n\r\n", 2, true),
            ("GET / HTTP/1.1\r\n\r\n", 1000, false),
            ("OPTIONS * HTTP/1.1\r\n\r\n", 1000, false),
        ] {
            assert_eq!(question(request, AgainSource::Capture, times).is_needed(), asks, "{request} {times}");
        }
    }
}
