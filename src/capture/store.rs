//! The store: connections and exchanges within a budget, oldest exchanges leave first.

use crate::trace::{Batch, ExchangeId};

use super::model::{Connection, Counts, Detail, Exchange};

/// What is kept.
#[derive(Debug)]
pub struct Store {}

impl Store {
    /// An empty store that holds at most `budget_bytes`, records included.
    #[must_use]
    pub fn new(_budget_bytes: u64) -> Self {
        unimplemented!()
    }
    /// Takes in what happened.
    pub fn apply(&mut self, _batch: Batch) {}
    /// Forgets every exchange; counts start again.
    pub fn clear(&mut self) {}
    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&mut self, _bytes: u64) {}
    /// Grows with every change.
    #[must_use]
    pub fn version(&self) -> u64 {
        unimplemented!()
    }
    /// The sums.
    #[must_use]
    pub fn counts(&self) -> Counts {
        unimplemented!()
    }
    /// An exchange that is still kept.
    #[must_use]
    pub fn exchange(&self, _id: ExchangeId) -> Option<&Exchange> {
        unimplemented!()
    }
    /// A connection that is open or still has an exchange.
    #[must_use]
    pub fn connection(&self, _id: u64) -> Option<&Connection> {
        unimplemented!()
    }
    /// Everything about one exchange. `None`: it has left.
    #[must_use]
    pub fn detail(&self, _id: ExchangeId) -> Option<Detail> {
        unimplemented!()
    }
    /// What the server announced (no connection involved), newest last, at most 50.
    #[must_use]
    pub fn announcements(&self) -> Vec<(u64, crate::trace::Severity, std::sync::Arc<str>)> {
        unimplemented!()
    }
}
