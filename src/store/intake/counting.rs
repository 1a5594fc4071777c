//! Names the route of an exchange, and counts the exchange when it has ended.

use crate::{
    base::stream::ExchangeId,
    filter::{FlagKey, Subject as _},
    stats::Sample,
    store::{Store, model::Exchange, summary::Summary},
    trace::RouteSummary,
};

/// Bytes of a path that the name of a route has at most.
const PATH_BYTES: usize = 60;

impl<'a> From<&Summary<'a>> for Sample<'a> {
    fn from(row: &Summary<'a>) -> Self {
        Self {
            began: row.began,
            took: row.took(),
            route: row.route,
            is_error: row.flag(FlagKey::Error),
            bytes: row.response_bytes,
        }
    }
}

impl Store {
    /// Names the route of an exchange.
    pub(super) fn name_route(&mut self, id: ExchangeId) {
        let Some(exchange) = self.exchange(id) else { return };
        let name = name_of(exchange);
        let name = self.evicted.routes.index(&name);
        let name = self.evicted.routes.shared(name);
        self.update(id, |exchange| {
            exchange.route = name;
            0
        });
    }

    /// Counts an exchange that has ended.
    pub(super) fn count(&mut self, id: ExchangeId) {
        if self.exchange(id).is_some_and(|exchange| exchange.route.is_empty()) {
            self.name_route(id);
        }
        if let Some(entry) = self.exchanges.value(id) {
            self.sheet.add(&Sample::from(&Summary::from(&entry.exchange)));
        }
    }

    /// Counts an exchange that ended after it had left memory.
    pub(super) fn count_away(&mut self, id: ExchangeId) {
        match self.evicted.summary(id) {
            Some(row) => self.sheet.add(&Sample::from(&row)),
            None => self.sheet.lose(),
        }
    }
}

/// The name of an exchange's route.
fn name_of(exchange: &Exchange) -> String {
    let tried = exchange.routed.as_ref().map(|(_, attempts)| attempts.last());
    if let Some(last) = tried {
        let is_folder = |summary: &RouteSummary| matches!(summary, RouteSummary::Folder { .. });
        return match last {
            Some(attempt) if is_folder(&attempt.summary) => "folder".to_owned(),
            Some(attempt) if attempt.mismatch.is_none() => match (attempt.summary.group(), attempt.method) {
                (Some(group), _) => format!("{} → {}", attempt.pattern, &**group),
                (None, Some(method)) => format!("{} {}", method.name(), attempt.pattern),
                (None, None) => attempt.pattern.to_string(),
            },
            _ => "no route".to_owned(),
        };
    }
    match (exchange.refusal.is_some(), exchange.target.is_empty()) {
        (true, _) => "refused before a route".to_owned(),
        (false, true) => "ended before a route".to_owned(),
        // A capture of another program, or of a protocol without routes: by the first part of the path.
        (false, false) => format!("{} {}", &*exchange.method, first_part(&exchange.target)),
    }
}

/// The first part of the path of a target, and a star for more: `/api/*`. Of an absolute target, its authority.
fn first_part(target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let (start, rest) = match path.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => match path.strip_prefix('/') {
            Some(rest) => ("/".to_owned(), rest),
            None => (String::new(), path),
        },
    };
    let (part, more) = rest.split_once('/').map_or((rest, ""), |(part, _)| (part, "/*"));
    format!("{start}{}{more}", &part[..part.floor_char_boundary(PATH_BYTES)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_one_kind_have_one_name() {
        let names = [
            ("/", "/"),
            ("/index.html?x=/y", "/index.html"),
            ("/api/users/42", "/api/*"),
            ("/api/", "/api/*"),
            ("http://example.com/a/b", "http://example.com/*"),
            ("*", "*"),
            ("hello", "hello"),
        ];
        for (target, name) in names {
            assert_eq!(first_part(target), name);
        }
        assert_eq!(first_part(&format!("/{}", "é".repeat(100))).len(), PATH_BYTES + 1);
    }
}
