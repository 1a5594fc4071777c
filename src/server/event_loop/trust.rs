//! How the event loop gets to know which certificates are good: from the disk, on a thread of its own.

use std::sync::Arc;

use crate::{
    gateway::{GatewaySettings, Scheme, TlsSettings, tls::INSECURE},
    server::{
        control::Command,
        live::TlsInfo,
        tls::{Session, Trust, trust::AuthoritiesError},
        upstream::Dial,
    },
    trace::Severity,
};

use super::EventLoop;

/// The certificates that are good, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Trusted {
    settings: TlsSettings,
    /// Whether a backend is used whose certificate is not checked.
    is_insecure: bool,
    state: State,
    /// Connections that are made once they are known.
    waiting: Vec<Dial>,
}

#[derive(Debug, Default)]
enum State {
    /// No backend needs the authorities.
    #[default]
    Unknown,
    /// The authorities are being loaded.
    Loading,
    Known(Arc<Trust>),
    /// Why the authorities cannot be known.
    Failed(Arc<str>),
}

/// Why a connection has no encryption.
pub(super) enum Unsecured {
    /// The connection is made once it is known which certificates are good.
    Waiting,
    /// The encryption cannot be had, in words that follow the backend's name.
    Failed(String),
}

impl EventLoop {
    /// Has the authorities loaded, if a backend needs them and they are not known.
    pub(super) fn trust(&mut self, gateway: &GatewaySettings) {
        let was_insecure = std::mem::replace(&mut self.trusted.is_insecure, gateway.is_insecure());
        if gateway.is_insecure() && !was_insecure {
            self.announce(Severity::Warning, INSECURE);
        }
        let is_new = gateway.tls != self.trusted.settings;
        if is_new {
            self.turn.gateway.change_trust();
            self.trusted.settings = gateway.tls.clone();
        }
        let is_needed = gateway.uses_tls() || gateway.tls.ca_file.is_some();
        if !is_needed || !(is_new || matches!(self.trusted.state, State::Unknown)) {
            return;
        }
        self.trusted.state = State::Loading;
        let (commands, waker) = (self.resolver.commands.clone(), Arc::clone(&self.resolver.waker));
        let settings = gateway.tls.clone();
        let asked = std::thread::Builder::new().name("authorities".to_owned()).spawn(move || {
            let trust = Trust::load(&settings).map(Arc::new);
            // The server may have stopped meanwhile.
            let _ = commands.send(Command::Trusted { settings, trust });
            let _ = waker.wake();
        });
        if let Err(error) = asked {
            self.trusted.state = State::Failed(error.to_string().into());
        }
    }

    /// Takes in the authorities, or why they cannot be known.
    pub(super) fn trusted(&mut self, settings: &TlsSettings, trust: Result<Arc<Trust>, AuthoritiesError>) {
        if *settings != self.trusted.settings {
            return;
        }
        self.trusted.state = match trust {
            Ok(trust) => State::Known(trust),
            Err(error) => {
                let text = error.to_string();
                self.announce(Severity::Error, &text);
                State::Failed(text.into())
            }
        };
        for dial in std::mem::take(&mut self.trusted.waiting) {
            self.dial(&dial);
        }
        self.publish();
    }

    /// The encryption for a connection. `None`: the backend is not reached over TLS.
    pub(super) fn session(&mut self, dial: &Dial) -> Result<Option<Session>, Unsecured> {
        if dial.address.scheme != Scheme::Https {
            return Ok(None);
        }
        match &self.trusted.state {
            State::Unknown | State::Loading => {
                self.trusted.waiting.push(dial.clone());
                Err(Unsecured::Waiting)
            }
            State::Failed(why) => Err(Unsecured::Failed(format!("cannot be checked: {why}"))),
            State::Known(trust) => {
                let host = &dial.address.host;
                let session = Session::new(trust, host, self.turn.now);
                let failed =
                    || Unsecured::Failed(format!("has a name that no certificate can be for: {host}"));
                session.map(Some).ok_or_else(failed)
            }
        }
    }
}

impl Trusted {
    /// The state for a reading of the live server.
    pub(super) fn info(&self) -> TlsInfo {
        TlsInfo {
            is_insecure: self.settings.is_insecure,
            authorities: match &self.state {
                State::Known(trust) => Some(trust.authorities),
                _ => None,
            },
            problem: match &self.state {
                State::Failed(why) => Some(Arc::clone(why)),
                _ => None,
            },
        }
    }
}
