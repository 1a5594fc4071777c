//! What a gateway decides: which group of backends a request is for, what the backend is asked for, which backend
//! takes it, and which is left out for a while. Pure: no socket, and the time is an argument.
//!
//! In reading order: [`address`] reads what a user types, [`mount`] maps targets, [`settings`] is what can be set,
//! [`health`] and [`budget`] are what is remembered of a backend and of retries, [`group`] chooses.

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
