//! How long exchanges took: counted as they end, each at the same cost, in memory that does not grow with their number.
//!
//! In reading order: a [`Sample`] is what is counted of an exchange, a `Histogram` has times within one per cent, a
//! [`Sheet`] has them by route and over time, [`Bursts`] tells which exchanges came together, and [`waterfall`] lays
//! such a burst out by connection. Pure: it knows neither store nor clock.

mod bursts;
mod counted;
mod histogram;
mod recent;
mod route;
mod scale;
mod sheet;
pub mod waterfall;
mod whole;

pub use bursts::{Burst, Bursts};
pub use histogram::ERROR_PERCENT;
pub use route::RouteNames;
pub use scale::{LIMITS, ROWS, row_range};
pub use sheet::{Heat, RouteRow, Sample, Sheet, Table, Window, WindowFacts};
