//! How many retries are allowed: at most a fifth of the requests, so that a group in trouble is not given more work.

/// A request earns this many hundredths of a retry.
const EARNED: u32 = 20;
/// What one retry costs.
const COST: u32 = 100;
/// What is saved up at most, and what is there at the start: a few retries.
const SAVED_MAX: u32 = 10 * COST;

/// The retries that are allowed now.
#[derive(Clone, Copy, Debug)]
pub struct RetryBudget {
    saved: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { saved: SAVED_MAX }
    }
}

impl RetryBudget {
    /// A request goes to the group.
    pub fn earn(&mut self) {
        self.saved = (self.saved + EARNED).min(SAVED_MAX);
    }

    /// Takes a retry. Returns whether it is allowed.
    pub fn spend(&mut self) -> bool {
        let left = self.saved.checked_sub(COST);
        self.saved = left.unwrap_or(self.saved);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_fifth_of_many_requests_is_tried_again() {
        let mut budget = RetryBudget::default();
        let retries = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        assert_eq!(retries.count(), 1000 / 5 + 10 - 1);
    }
}
