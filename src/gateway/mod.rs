//! Decisions of a gateway: the group of backends that a request is for, the backend that takes it, the target for
//! that backend, and the backends that are left out for a while. Pure: no socket, and the time is an argument.
//!
//! In reading order: [`address`] parses the address of a backend, [`mount`] maps targets, [`settings`] and [`tls`]
//! have the settings, [`health`] and [`check`] the state of a backend, [`budget`] and [`queue`] that of retries and of
//! what waits, [`group`] chooses, [`verdict`] says why, [`telling`] puts it into words, and
//! `rotation` has backends return.

pub mod address;
pub mod budget;
pub mod check;
pub mod group;
pub mod health;
pub mod mount;
pub mod queue;
mod rotation;
pub mod settings;
pub mod telling;
pub mod tls;
pub mod verdict;

pub use address::{Address, AddressError, Scheme};
pub use check::{CheckId, CheckResult, Checks};
pub use group::{Choice, Group};
pub use health::{Failure, Health, Standing};
pub use mount::{Mapped, Mount};
pub use settings::{
    BackendSettings, CheckSettings, Duty, GatewaySettings, GroupSettings, LoadSettings, Policy,
};
pub use tls::TlsSettings;
pub use verdict::{Reason, Verdict};
