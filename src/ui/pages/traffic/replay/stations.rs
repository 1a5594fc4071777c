//! The parts of a message as stations, which the machine passes one after the other. Knows no egui.

use crate::{
    explain::replay::{Decided, Moment, Replay, Side},
    http::Framing,
    websocket::Stand,
    wire::State,
};

/// The stations of a side, and the one at which the machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stations {
    /// Their names. The last one is the beginning of the next message.
    pub names: &'static [&'static str],
    /// The station of the machine, as an index.
    pub current: usize,
    /// Whether the message has no body, so that the station before the last is never reached.
    pub skips_body: bool,
}

const REQUEST: [&str; 5] = ["request line", "fields", "framing", "body", "next request"];
const RESPONSE: [&str; 5] = ["status line", "fields", "framing", "body", "next response"];
const FRAMES: [&str; 5] = ["opcode", "length", "mask", "payload", "next frame"];
const LINES: [&str; 2] = ["message", "next message"];

impl Stations {
    /// Where the machine stands at `moment`.
    pub(super) fn at(replay: &Replay, moment: &Moment) -> Self {
        let names: &[&str] = match replay.side() {
            Side::ClientFrames | Side::ServerFrames => &FRAMES,
            _ if replay.speaks_lines() => &LINES,
            Side::Request => &REQUEST,
            Side::Response => &RESPONSE,
        };
        let last = names.len() - 1;
        let taken = &replay.decisions()[..moment.decided];
        let decided = |is: fn(&Decided) -> bool| taken.iter().any(|decision| is(&decision.what));
        let current = match moment.state {
            _ if moment.over.is_some() => last,
            _ if names.len() == LINES.len() => 0,
            _ if replay.side().is_frames() => match Stand::from_key(moment.stand.key) {
                Some(Stand::LengthByte | Stand::Length) => 1,
                Some(Stand::MaskKey) => 2,
                Some(Stand::Payload) => 3,
                _ => 0,
            },
            State::Fields => 1,
            State::Body(_) | State::Trailers => 3,
            State::Failed if decided(|what| matches!(what, Decided::Framing(_))) => 3,
            State::Failed if decided(|what| matches!(what, Decided::Version(_) | Decided::Status(_))) => 1,
            State::Idle | State::StartLine | State::Failed => 0,
        };
        let is_empty = |what: &Decided| matches!(what, Decided::Framing(Framing::None | Framing::Length(0)));
        Self { names, current, skips_body: current == last && decided(is_empty) }
    }
}
