//! The retry budget: at most a fifth of the requests, so that a group in trouble is not given more work.

/// Hundredths of a retry that a request earns.
const EARNED: u32 = 20;
/// Hundredths that one retry costs.
const COST: u32 = 100;
/// Hundredths that are saved at most, and that a group starts with: a few retries.
const SAVED_MAX: u32 = 10 * COST;

/// The retries that a group may still make.
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
    /// Records that a request goes to the group.
    pub fn earn(&mut self) {
        self.saved = (self.saved + EARNED).min(SAVED_MAX);
    }

    /// Takes a retry from the budget. Returns whether the retry is allowed.
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
