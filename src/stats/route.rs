//! The names of routes: few, each with a number.

use crate::base::shared_text::SharedText;

/// Routes that are told apart at most. Exchanges of further ones count together.
const ROUTES_MAX: usize = 64;

/// The name of all routes beyond [`ROUTES_MAX`].
const OTHERS: &str = "other routes";

/// The routes that were met, in the order in which they came. The first one has no name: the route is not known.
#[derive(Clone, Debug)]
pub struct RouteNames {
    known: Vec<SharedText>,
}

impl Default for RouteNames {
    fn default() -> Self {
        Self { known: vec![SharedText::default()] }
    }
}

impl RouteNames {
    /// The number of the route with this name, which it is given if it has none.
    pub fn index(&mut self, name: &str) -> u8 {
        let known = self.known.iter().position(|known| **known == *name);
        let index = known.unwrap_or_else(|| {
            if self.known.len() <= ROUTES_MAX {
                let is_last = self.known.len() == ROUTES_MAX;
                self.known.push(if is_last { OTHERS.into() } else { name.to_owned().into() });
            }
            self.known.len() - 1
        });
        u8::try_from(index).unwrap_or(0)
    }

    /// The name of the route with this number. Empty: there is none.
    #[must_use]
    pub fn name(&self, index: u8) -> &str {
        self.known.get(usize::from(index)).map_or("", |name| name)
    }

    /// The name of the route with this number, to be handed on.
    #[must_use]
    pub fn shared(&self, index: u8) -> SharedText {
        self.known.get(usize::from(index)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_numbered_once_and_the_last_number_has_all_others() {
        let mut names = RouteNames::default();
        let first = names.index("GET /a");
        assert_eq!((names.index("GET /a"), names.index("")), (first, 0));
        assert_eq!((names.name(first), &*names.shared(first), names.name(200)), ("GET /a", "GET /a", ""));
        for number in 0..200 {
            names.index(&format!("GET /{number}"));
        }
        let (one, other) = (names.index("GET /198"), names.index("GET /199"));
        assert_eq!((one, names.name(one), usize::from(one)), (other, OTHERS, ROUTES_MAX));
        let known = names.index("GET /3");
        assert_eq!(names.name(known), "GET /3");
    }
}
