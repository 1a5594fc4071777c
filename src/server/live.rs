//! A reading of the running server, for the Server page and the status bar.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use crate::base::stream::{ConnId, Nanos};
use crate::gateway::{BackendSettings, CheckResult, Standing};
use crate::lines::BufferKind;
use crate::service::RouteInfo;
use crate::trace::Guard;

use super::settings::Revision;

/// A reading of the running server.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The time of the reading.
    pub at: Nanos,
    /// The revision of the settings in force.
    pub revision: Revision,
    /// The routes in the order in which they are tried; the folder is last.
    pub routes: Vec<RouteInfo>,
    /// The timer of each kind that runs out first.
    pub timers: Vec<TimerInfo>,
    /// Open connections.
    pub connections: u32,
    /// Largest header block seen, in bytes.
    pub largest_head: u64,
    /// Longest target seen, in bytes.
    pub largest_target: u64,
    /// Largest request body seen, in bytes.
    pub largest_body: u64,
    /// Largest message of WebSocket seen, in bytes.
    pub largest_websocket: u64,
    /// The emptiest token buckets, at most 8.
    pub buckets: Vec<Bucket>,
    /// Requests answered since the start.
    pub requests: u64,
    /// The address at which other machines reach this server. `None`: only programs on this machine can.
    pub outer: Option<SocketAddr>,
    /// The protocol of lines.
    pub lines: LinesInfo,
    /// The groups of backends.
    pub groups: Vec<GroupInfo>,
    /// How the certificates of backends are checked.
    pub tls: TlsInfo,
    /// The last lines of the request logger, newest last; at most 200.
    pub log: Vec<Arc<str>>,
}

impl Live {
    /// The largest message part that the guard has measured, in bytes. 0: no message yet, or the guard does
    /// not limit bytes.
    #[must_use]
    pub const fn largest(&self, guard: Guard) -> u64 {
        match guard {
            Guard::HeadBytes => self.largest_head,
            Guard::TargetBytes => self.largest_target,
            Guard::BodyBytes => self.largest_body,
            Guard::MessageBytes => self.lines.longest,
            Guard::WebSocketBytes => self.largest_websocket,
            Guard::HeadTimeout
            | Guard::BodyTimeout
            | Guard::IdleTimeout
            | Guard::WriteTimeout
            | Guard::DiskTimeout
            | Guard::UpgradeTimeout
            | Guard::FrameTimeout
            | Guard::ConnectTimeout
            | Guard::FirstByteTimeout
            | Guard::SilenceTimeout
            | Guard::ExchangeTimeout
            | Guard::Connections => 0,
        }
    }
}

/// The state of the protocol of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinesInfo {
    /// Address of the listener. `None`: no listener.
    pub address: Option<SocketAddr>,
    /// Why the listener could not be opened. `None`: no problem.
    pub problem: Option<Arc<str>>,
    /// Messages answered since the start.
    pub messages: u64,
    /// The longest message seen, in bytes.
    pub longest: u64,
    /// Bytes that each of the buffers has moved since the start, in the order of [`BufferKind::ALL`].
    pub moved: [u64; BufferKind::ALL.len()],
}

/// A group of backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// The name.
    pub name: Arc<str>,
    /// Requests that wait because every backend is busy.
    pub waiting: usize,
    /// The backends, in the order of the settings.
    pub backends: Vec<BackendInfo>,
}

/// How the certificates of backends are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsInfo {
    /// Whether a connection is used even if the check of its certificates fails.
    pub is_insecure: bool,
    /// Number of trusted authorities. `None`: they are not known, or not needed.
    pub authorities: Option<usize>,
    /// Why the authorities cannot be known, in a sentence. `None`: no problem.
    pub problem: Option<Arc<str>>,
}

/// A backend at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendInfo {
    /// Name, address, weight and duty in force.
    pub settings: BackendSettings,
    /// Requests that the backend has and has not answered.
    pub open: u32,
    /// Requests that the backend was sent.
    pub requests: u64,
    /// Whether the backend is in rotation.
    pub standing: Standing,
    /// The backend's active check. `None`: it has none.
    pub check: Option<CheckInfo>,
    /// Idle connections that are kept for the address.
    pub kept: usize,
}

/// The active check of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckInfo {
    /// The time of the next one.
    pub due: Nanos,
    /// Whether one is under way.
    pub is_running: bool,
    /// The result of the last one. `None`: none has ended.
    pub last: Option<CheckResult>,
}

/// A timer that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerInfo {
    /// The guard of the timer.
    pub kind: Guard,
    /// The connection.
    pub conn: ConnId,
    /// The time at which the timer runs out.
    pub deadline: Nanos,
    /// Number of connections with a running timer of this kind.
    pub running: u32,
}

/// The token bucket of one address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The client's address.
    pub peer: IpAddr,
    /// Whole tokens left at the time of the reading.
    pub tokens: u32,
    /// Tokens of a full bucket.
    pub capacity: u32,
}
