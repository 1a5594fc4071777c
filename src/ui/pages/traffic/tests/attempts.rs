//! Tests of the Upstream tab.

use super::*;
use crate::gateway::{Failure, Reason, Verdict};

#[test]
fn the_upstream_tab_says_why_each_backend_was_taken_or_not() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let out_since = script.at;
    script.wait(250 * MS);
    let get = b"GET /api/a HTTP/1.1\r\nHost: a\r\n\r\n";
    let offset = script.read(1, get);
    let id = script.request(1, offset, get, Framing::None);
    let chosen = Verdict::Chosen(Reason::FewestOpen { open: 1 });
    let out = Verdict::Out { failure: Failure::Refused, since: out_since, until: script.at + 4_000_000_000 };
    script.chosen(1, id, (1, None), &[chosen, Verdict::NotChosen { open: 3 }, out]);
    script.wait(MS).forward(id, 2, get);
    script.wait(MS).read(2, &response(b"ok"));
    script.attempted(1, id, 1, 2, Ok(()));
    script.respond(1, id, &response(b"ok"), None);
    let offset = script.read(1, get);
    let id = script.request(1, offset, get, Framing::None);
    script.chosen(1, id, (1, None), &[Verdict::Off]);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let mut page = page(store);
    click(&mut page, "exchange 1 GET /api/a 200 → app-1");
    click(&mut page, "Upstream");
    for words in [
        "/api/*",
        "→ group app, fewest open requests",
        "app-1",
        "127.0.0.1:3000",
        "chosen: 1 open request, the fewest",
        "3 open requests",
        "out of rotation for 250 ms, because it refused the connection; next try in 4.0 s",
        "healthy",
        "out",
        "ATTEMPT 1 OF 1",
        "conn 2, new",
        "never paused",
        "64 KiB",
    ] {
        assert_says(&page, words);
    }
    click(&mut page, "exchange 2 GET /api/a no response yet → none");
    assert_says(&page, "switched off");
    assert_silent_about(&page, "ATTEMPT");
}
