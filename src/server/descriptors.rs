//! How many descriptors this process may have, and how many connections fit in.

/// Descriptors that are no connections: streams, poll, listeners, the folder, files of a capture.
const OTHERS: usize = 24;
/// Descriptors that are kept for files, and for connections that get a 503, at most.
const FILES_MAX: usize = 256;
const REFUSED_MAX: usize = 64;

/// Lets this process have as many descriptors as it may ask for. The usual limit of 1,024 is there for programs that
/// use `select`.
#[cfg(unix)]
pub fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// What macOS takes where it says that there is no limit.
    const WITHOUT_LIMIT: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    for most in [limit.maximum, Some(WITHOUT_LIMIT)] {
        let is_more = most.is_none_or(|most| limit.current.is_some_and(|now| now < most));
        // If it cannot be had, the connections are fitted to what there is.
        if is_more && setrlimit(Resource::Nofile, Rlimit { current: most, ..limit }).is_ok() {
            return;
        }
    }
}

/// Has nothing to do on systems without such a limit.
#[cfg(not(unix))]
pub fn raise_limit() {}

/// How the descriptors are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// Connections, accepted and dialed, that get an answer.
    pub(super) connections: usize,
    /// Connections beyond those that get a 503. Further ones are closed at once.
    pub(super) refused: usize,
}

impl Descriptors {
    /// Shares out those that this process may have.
    pub(super) fn ask() -> Self {
        Self::of(limit())
    }

    fn of(limit: usize) -> Self {
        let (files, refused) = ((limit / 8).min(FILES_MAX), (limit / 16).clamp(1, REFUSED_MAX));
        let connections = limit.saturating_sub(OTHERS + files + refused).max(1);
        Self { connections, refused }
    }
}

#[cfg(unix)]
fn limit() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn limit() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_for_files_whatever_the_limit() {
        for limit in [64, 256, 1024, 4096, 1 << 20] {
            let Descriptors { connections, refused } = Descriptors::of(limit);
            assert!(
                connections >= limit / 3 && connections + refused + OTHERS + limit.min(2048) / 8 <= limit
            );
        }
        assert_eq!(Descriptors::of(0), Descriptors { connections: 1, refused: 1 });
        assert!(Descriptors::of(usize::MAX).connections > 1 << 40);
    }

    #[test]
    #[cfg(unix)]
    fn the_limit_is_raised_as_far_as_it_may_be() {
        use rustix::process::{Resource, getrlimit};
        raise_limit();
        let limit = getrlimit(Resource::Nofile);
        assert!(limit.current == limit.maximum || limit.current >= Some(10_240), "{limit:?}");
    }
}
