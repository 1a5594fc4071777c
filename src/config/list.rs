//! What is remembered of the list of exchanges.

use std::collections::BTreeMap;

/// The list of exchanges.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ListSettings {
    /// Saved filters, in the order in which they were saved.
    pub filters: Vec<String>,
    /// Whether exchanges are not grouped by connection.
    pub is_flat: bool,
    /// The key of the column by which rows are sorted, and whether the largest come first. `None`: by number.
    pub sort: Option<(String, bool)>,
    /// The keys of the columns that are shown. `None`: the usual ones.
    pub columns: Option<Vec<String>>,
    /// The rules that mark exchanges, the first one first.
    pub rules: Vec<MarkRule>,
    /// Widths of columns in points, by key.
    pub widths: BTreeMap<String, f32>,
}

/// A rule that marks exchanges.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MarkRule {
    /// What it is for. May be empty.
    pub name: String,
    /// The filter that an exchange passes.
    pub filter: String,
    /// The key of the colour.
    pub colour: String,
    /// Whether it applies.
    pub is_on: bool,
}

impl MarkRule {
    /// Rules at most.
    pub const RULES_MAX: usize = 20;

    /// A rule without a name that is on.
    #[must_use]
    pub fn new(filter: &str, colour: &str) -> Self {
        Self { name: String::new(), filter: filter.to_owned(), colour: colour.to_owned(), is_on: true }
    }
}

impl ListSettings {
    /// Saved filters at most.
    pub const FILTERS_MAX: usize = 40;

    /// Saves a filter, or forgets it.
    pub fn set_saved(&mut self, filter: &str, is_saved: bool) {
        self.filters.retain(|known| known != filter);
        if is_saved {
            self.filters.push(filter.to_owned());
        }
        self.drop_oldest();
    }

    fn drop_oldest(&mut self) {
        let over = self.filters.len().saturating_sub(Self::FILTERS_MAX);
        self.filters.drain(..over);
    }

    pub(super) fn sane(mut self) -> Self {
        self.drop_oldest();
        self.rules.truncate(MarkRule::RULES_MAX);
        self.widths.retain(|_, width| width.is_finite() && *width > 0.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_saved_once_and_the_oldest_leave() {
        let mut list = ListSettings::default();
        for index in 0..50 {
            list.set_saved(&format!("status={index}"), true);
        }
        assert_eq!((list.filters.len(), &*list.filters[0]), (ListSettings::FILTERS_MAX, "status=10"));
        list.set_saved("status=20", true);
        list.set_saved("status=21", false);
        assert_eq!(list.filters.last().map(String::as_str), Some("status=20"));
        assert_eq!(list.filters.len(), ListSettings::FILTERS_MAX - 1);
        let filters = (0..50).map(|index| format!("status={index}")).collect();
        let read = ListSettings { filters, ..ListSettings::default() }.sane();
        assert_eq!((read.filters.len(), &*read.filters[0]), (ListSettings::FILTERS_MAX, "status=10"));
    }
}
