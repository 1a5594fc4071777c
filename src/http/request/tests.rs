//! The request machine by hand; `tests/vectors` has the rest.

use super::*;
use crate::{http::Method, wire::Silent};

const LIMITS: Limits = Limits { target_bytes: 10, head_bytes: 100, body_bytes: 10, ..Limits::UNLIMITED };
const GET: &[u8] = b"GET /abc HTTP/1.1\r\nHost: a\r\n\r\n";

fn event(machine: &mut RequestMachine, data: &[u8]) -> Result<Event, Rule> {
    machine.advance(data, &mut Silent).map(|step| step.event).map_err(|violation| violation.rule)
}

#[test]
fn limits_hold_from_the_next_message_on() {
    let mut machine = RequestMachine::new(LIMITS);
    assert_eq!(event(&mut machine, &GET[..5]), Ok(Event::NeedData));
    machine.set_limits(Limits { target_bytes: 2, ..LIMITS });
    assert_eq!(event(&mut machine, GET), Ok(Event::Head));
    assert_eq!(event(&mut machine, &[]), Ok(Event::End));
    assert_eq!(event(&mut machine, GET), Err(Rule::TargetTooLong));
}

#[test]
fn a_head_can_be_taken_and_its_memory_given_back() {
    let mut machine = RequestMachine::starting_at(LIMITS, 1000);
    assert_eq!(event(&mut machine, GET), Ok(Event::Head));
    let head = machine.take_head();
    assert_eq!((head.start, head.end, head.target.clone()), (1000, 1000 + GET.len() as u64, 4..8));
    assert!(machine.head().fields.is_empty());
    assert_eq!(event(&mut machine, &[]), Ok(Event::End));
    let memory = head.fields.as_ptr();
    machine.recycle(head);
    assert_eq!(event(&mut machine, GET), Ok(Event::Head));
    assert_eq!(machine.head().fields.as_ptr(), memory);
    assert_eq!(machine.head().fields.len(), 1);
}

#[test]
fn a_head_that_breaks_off_or_breaks_a_rule_shows_what_it_has() {
    let mut machine = RequestMachine::starting_at(LIMITS, 7);
    assert_eq!(machine.partial_head(), None);
    let shown = |machine: &RequestMachine| {
        machine.partial_head().map(|head| (head.method, head.method_range.clone(), head.target.clone()))
    };
    assert_eq!(event(&mut machine, b"PO"), Ok(Event::NeedData));
    assert_eq!(shown(&machine), Some((Method::Other, 0..2, 0..0)));
    assert_eq!(event(&mut machine, b"POST /ab"), Ok(Event::NeedData));
    assert_eq!(shown(&machine), Some((Method::Post, 0..4, 5..8)));
    assert_eq!(event(&mut machine, b"POST /ab\x00c"), Err(Rule::TargetCharacter));
    assert_eq!(shown(&machine), Some((Method::Post, 0..4, 5..8)));
    assert_eq!(machine.state(), State::Failed);
}

#[test]
fn a_message_begins_with_the_empty_lines_before_it() {
    let mut machine = RequestMachine::starting_at(LIMITS, 7);
    let data = [b"\r\n\r\n", GET].concat();
    assert_eq!(machine.advance(&data[..3], &mut Silent), Ok(Step { consumed: 2, event: Event::NeedData }));
    assert_eq!((machine.message_start(), machine.offset(), machine.state()), (7, 9, State::Idle));
    assert_eq!(event(&mut machine, &data[2..]), Ok(Event::Head));
    assert_eq!((machine.message_start(), machine.head().start), (7, 11));
    assert_eq!(event(&mut machine, &[]), Ok(Event::End));
    assert_eq!(machine.message_start(), 7 + data.len() as u64);
}

#[test]
fn an_end_in_mid_message_is_reported_once() {
    let mut machine = RequestMachine::new(LIMITS);
    assert_eq!(machine.end_of_input(&mut Silent), Ok(()));
    assert_eq!(event(&mut machine, b"GET"), Ok(Event::NeedData));
    assert_eq!(machine.end_of_input(&mut Silent), Err(Violation::token(Rule::EndedEarly, 3..3)));
    assert_eq!(machine.state(), State::Failed);
    assert_eq!(machine.end_of_input(&mut Silent), Ok(()));
    assert_eq!(event(&mut machine, GET), Err(Rule::EndedEarly));
}

#[test]
fn one_large_head_does_not_keep_its_memory() {
    let limits = Limits { head_bytes: 10_000, ..LIMITS };
    let mut machine = RequestMachine::new(limits);
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(500));
    assert_eq!(event(&mut machine, large.as_bytes()), Ok(Event::Head));
    let head = machine.take_head();
    assert_eq!(head.fields.len(), 501);
    machine.recycle(head);
    assert_eq!(machine.head().fields.capacity(), 0);
}
