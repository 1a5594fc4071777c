//! The only sockets and the only clock: event loop, connections, timers, start and stop.
//!
//! In reading order: [`Handle`] is the interface; `event_loop` waits and serves connections in turns;
//! `connection` is one socket, `protocol` the conversation on it; `turn` holds the state that connections
//! share, `upstream` what the two legs of a forwarded exchange share; `input`, `output`, `timers` and `tracer`
//! are their tools.

mod again;
mod announced;
mod bind_addresses;
mod blocks;
mod clock;
mod connection;
mod control;
mod descriptors;
mod disk;
mod error;
mod event_loop;
mod exposure;
mod handle;
mod host;
mod input;
mod listener;
mod live;
mod output;
mod preview;
mod protocol;
mod settings;
mod timers;
mod tls;
#[cfg(test)]
mod torture;
mod tracer;
mod turn;
mod upstream;

pub use again::{AgainError, COPIES_MAX, Copies, Ending, RESPONSE_PATIENCE, Sending, Sent};
pub use bind_addresses::{BIND_ADDRESSES_MAX, BindAddresses, BindError, parse as parse_address};
pub use control::{Answer, Pending};
pub use descriptors::raise_limit;
pub use error::StartError;
pub use exposure::{Exposure, Network, Opening, OpeningFacts, networks};
pub use handle::Handle;
pub use host::{is_outer, local_address, outer_addresses};
pub use live::{BackendInfo, Bucket, CheckInfo, GroupInfo, LinesInfo, Live, TimerInfo, TlsInfo};
pub use preview::{BackendPreview, ForwardPreview, Preview, Trial};
pub use settings::{Guards, LinesSettings, OpenedSite, Revision, Setting, Settings, SiteChoice};
pub use tls::trust::{AuthoritiesError, read_authorities};
