//! The steps of the middleware on one message: what was done, which messages share, and how long it took.

use std::sync::Arc;

use crate::base::stream::Nanos;

use super::{MiddlewareStep, Phase};

/// Number of durations that need no memory of their own: those of the middleware that runs by default, and one more.
const FEW: usize = 6;

/// The steps of the middleware on one message, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MiddlewareSteps {
    /// The steps. Messages on which the middleware did the same share the list.
    pub list: Arc<[MiddlewareStep]>,
    /// The duration of each of them.
    pub took: Durations,
}

/// The durations of the steps of a list, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durations(Room);

/// Where durations are held.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Room {
    Few { len: u8, nanos: [u32; FEW] },
    Many(Vec<u32>),
}

impl MiddlewareSteps {
    /// The message that the steps handled. `None`: there is no step.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.list.first().map(|step| step.phase)
    }

    /// Each step with its duration in nanoseconds.
    #[must_use]
    pub fn timed(&self) -> impl DoubleEndedIterator<Item = (&MiddlewareStep, u32)> {
        self.list.iter().zip(self.took.nanos().iter().copied())
    }

    /// The steps of all these lists, each with the time of its list.
    pub fn all(lists: &[(Nanos, Self)]) -> impl Iterator<Item = (Nanos, &MiddlewareStep)> {
        lists.iter().flat_map(|(at, steps)| steps.list.iter().map(|step| (*at, step)))
    }
}

impl<T: Into<Arc<[MiddlewareStep]>>> From<T> for MiddlewareSteps {
    /// Steps that took no time.
    fn from(list: T) -> Self {
        let list = list.into();
        let took = list.iter().map(|_| 0).collect();
        Self { list, took }
    }
}

impl Durations {
    /// Adds the duration of the next step.
    pub fn push(&mut self, next: u32) {
        match &mut self.0 {
            Room::Few { len, nanos } if usize::from(*len) < FEW => {
                nanos[usize::from(*len)] = next;
                *len += 1;
            }
            Room::Few { nanos, .. } => {
                let many = nanos.iter().copied().chain([next]).collect();
                self.0 = Room::Many(many);
            }
            Room::Many(many) => many.push(next),
        }
    }

    /// The durations, in order.
    #[must_use]
    pub fn nanos(&self) -> &[u32] {
        match &self.0 {
            Room::Few { len, nanos } => &nanos[..usize::from(*len)],
            Room::Many(many) => many,
        }
    }

    /// Bytes of memory of their own.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Room::Few { .. } => 0,
            Room::Many(many) => many.capacity() * size_of::<u32>(),
        }
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self(Room::Few { len: 0, nanos: [0; FEW] })
    }
}

impl FromIterator<u32> for Durations {
    fn from_iter<I: IntoIterator<Item = u32>>(nanos: I) -> Self {
        let mut made = Self::default();
        nanos.into_iter().for_each(|next| made.push(next));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_held_however_many_there_are() {
        for len in 0..20 {
            let made: Durations = (0..len).collect();
            assert!(made.nanos().iter().copied().eq(0..len), "{made:?}");
            assert_eq!(made.heap_bytes() > 0, len > 6, "{len}");
        }
    }
}
