//! Each closed list that an event has, through a session file and back.

use super::*;
use crate::{
    base::stream::{Layer, Leg, Role, StreamId},
    http::{Framing, Status},
    trace::{Cause, ConnectionStart, Guard, Handshake, Note, NoteKind, Severity, Stage},
};

/// Verifies that written events are read back, one by one.
fn assert_comes_back(script: &Script) {
    let (back, stop) = read(&written(&script.events, |_| false));
    assert_eq!(stop.map(|stop| stop.to_string()), None);
    assert_eq!(said(&back), said(&script.events));
}

#[test]
fn reasons_guards_protocols_and_roles_come_back() {
    let mut script = Script::default();
    let ends = (([10, 0, 0, 1], 5_000).into(), ([10, 0, 0, 2], 80).into());
    let mut conn = 0;
    for reason in CloseReason::ALL {
        for role in [Role::Accepted, Role::Dialed] {
            for protocol in ProtocolKind::ALL {
                conn += 1;
                let (peer, local) = ends;
                script.push(conn, None, ConnectionStart { role, protocol, peer, local }.into());
                script.push(conn, None, EventKind::HalfClosed);
                script.close(conn, *reason);
            }
        }
    }
    for guard in Guard::ALL {
        script.push(1, None, EventKind::Guard { kind: guard, limit: u64::from(u32::MAX) });
    }
    for severity in Severity::ALL {
        script.push(0, None, EventKind::ServerMessage(*severity, "said".into()));
    }
    assert_comes_back(&script);
}

#[test]
fn causes_notes_and_stages_come_back() {
    let mut script = Script::default();
    script.open(1);
    let id = script.begin(1, 0);
    for (number, cause) in Cause::all().enumerate() {
        let (start, framing) = (number as u64 * 100, Framing::Length(3));
        let refusal = Some(cause);
        script.stage(
            1,
            id,
            Stage::ResponseHead { status: Status(400), refusal, start, end: start + 9, framing },
        );
        let kind = NoteKind::Violation(cause, Some(b'\n'));
        script.push(
            1,
            Some(id),
            EventKind::NoteAdded(Note { severity: Severity::Error, span: Some(Box::new(3..4)), kind }),
        );
    }
    for (kind, severity) in NoteKind::samples().into_iter().zip(Severity::ALL.iter().cycle()) {
        script.push(1, Some(id), EventKind::NoteAdded(Note { severity: *severity, span: None, kind }));
    }
    let stages = [
        Stage::RequestLine { method: 0..3, target: 4..9 },
        Stage::Head { start: 0, end: 40, fields: 2, framing: Framing::Chunked },
        Stage::GuardsPassed,
        Stage::Continue,
        Stage::RequestEnd { end: 60, content: 20 },
        Stage::Answered { refusal: None, start: 7 },
        Stage::ResponseSent { end: 90, keep_alive: true },
        Stage::Aborted,
    ];
    let words = ProtocolKind::ALL.into_iter().flat_map(|protocol| protocol.facts().words);
    let received = words.map(|word| Stage::Received { word, content: 0..5 });
    let refused = Cause::all().map(|cause| Stage::Answered { refusal: Some(cause), start: 7 });
    for stage in stages.into_iter().chain(received).chain(refused) {
        script.stage(1, id, stage);
    }
    assert_comes_back(&script);
}

#[test]
fn every_handshake_comes_back_and_stands_once() {
    let mut script = Script::default();
    script.open(1);
    let id = script.begin(1, 0);
    for (handshake, conn) in Handshake::samples().iter().zip(2..) {
        script.dial(conn);
        for _ in 0..3 {
            script.encrypt(id, conn, handshake);
        }
        script.push(conn, None, EventKind::EncryptedBytes([u64::MAX, conn]));
    }
    assert_comes_back(&script);
    let file = super::written(&script.events, |_| false);
    let name = b"TLS_AES_256_GCM_SHA384";
    assert_eq!(file.windows(name.len()).filter(|found| found == name).count(), 1);
}

#[test]
fn every_stream_of_both_legs_comes_back_kept_or_dropped() {
    let mut script = Script::default();
    script.open(1);
    let id = script.begin(1, 0);
    for layer in [Layer::Wire, Layer::Plaintext] {
        for direction in Direction::ALL {
            let stream = StreamId { layer, direction };
            let bytes = bytes::Bytes::from(format!("{stream:?}").repeat(3));
            let len = bytes.len() as u64;
            let payloads = [Payload::Kept(bytes), Payload::Dropped(1_000)];
            for (payload, offset) in payloads.into_iter().zip([0, len]) {
                script.push(1, None, EventKind::Bytes { stream, offset, payload });
            }
            for leg in [Leg::Client, Leg::Upstream] {
                script.push(1, Some(id), EventKind::MessageStarted { leg, stream, offset: 70_000 });
            }
        }
    }
    assert_comes_back(&script);
}
