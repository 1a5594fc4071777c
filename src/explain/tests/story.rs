//! Tests of the timeline.

use super::*;
use crate::base::stream::Nanos;

#[test]
fn a_client_that_ends_its_side_is_worth_a_note_while_it_waits() {
    const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    for early in [false, true] {
        let mut script = Script::default();
        script.open(1).read(1, REQUEST);
        let id = script.request(1, 0, REQUEST, Framing::None);
        let end: fn(&mut Script, ExchangeId) = |script, _| script.push(1, None, EventKind::HalfClosed);
        let answer: fn(&mut Script, ExchangeId) = |script, id| script.respond(1, id, &response(b"hi"), None);
        for step in if early { [end, answer] } else { [answer, end] } {
            step(script.wait(MS), id);
        }
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let explanation = &explained(&store)[0].1;
        let ended = |note: &String| note.contains("finished sending");
        assert_eq!(sentences_of(explanation).iter().any(ended), early);
    }
}

#[test]
fn the_stage_list_reads_like_a_story() {
    let mut script = Script::default();
    script.wait(5 * MS).open(1).wait(MS);
    let offset = script.read(1, POST);
    let id = script.request(1, offset, POST, Framing::Length(31));
    script.wait(MS);
    let limit = step("rate-limit", Phase::Request, StepSummary::TokenTaken { left: 7 });
    script.push(1, Some(id), EventKind::Middleware([limit].into()));
    script.respond(1, id, &response(b"ok"), None);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let (_, explanation) = &explained(&store)[0];
    assert_eq!(
        story(explanation),
        [
            "0 Connection accepted",
            "1 First byte",
            "1 Request line complete",
            "1 Headers complete, 4 fields",
            "1 Framing decided: length 31",
            "1 Guards passed",
            "1 Route matched: POST /api/echo",
            "1 Body complete, 31 bytes",
            "2 Rate limit: 1 token taken, 7 left",
            "2 Middleware on the request: logger → rate-limit",
            "2 Middleware on the response: server-header, 1 field changed",
            "2 Response head ready: 200 OK",
            "2 Response written, 40 bytes",
        ]
    );
    assert_eq!(explanation.origin, Nanos::new(5 * MS));
    let bands: Vec<Band> = explanation.measured.iter().map(|step| step.band).collect();
    assert_eq!(bands[..2], [Band::Line, Band::Fields]);
    assert_eq!(bands.last(), Some(&Band::Response));
}
