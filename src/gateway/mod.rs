//! Decisions of a gateway: the group of backends that a request is for, the backend that takes it, the target for
//! that backend, and the backends that are left out for a while. Pure: no socket, and the time is an argument.
//!
//! In reading order: [`address`] parses the address of a backend, [`mount`] maps targets, [`settings`] has the
//! settings, [`health`] and [`budget`] the state of a backend and of retries, [`group`] chooses.

pub mod address;
pub mod budget;
pub mod group;
pub mod health;
pub mod mount;
pub mod settings;

pub use address::{Address, AddressError, Scheme};
pub use group::{Choice, Group, Verdict};
pub use health::{Failure, Health, Standing};
pub use mount::{Mapped, Mount};
pub use settings::{BackendSettings, Duty, GatewaySettings, GroupSettings, Policy};
