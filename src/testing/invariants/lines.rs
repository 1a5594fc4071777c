//! The machine of lines.

use crate::{
    lines::{BufferKind, LineMachine, Scanner, Violation},
    wire::replay,
};

use super::{
    choices,
    machines::{covers, pieces},
};

/// Messages and fault are the same in any pieces and with any buffer; no byte is looked at twice; every byte of
/// the stream lies in exactly one span.
pub fn lines(data: &[u8]) {
    let Some(([limit, seed], bytes)) = choices(data) else { return };
    let limit = usize::from(limit) * 8;
    let whole = read(BufferKind::Lazy, limit, [bytes]);
    for kind in BufferKind::ALL {
        assert_eq!(read(kind, limit, pieces(bytes, seed)), whole, "{kind:?}");
        assert_eq!(read(kind, limit, bytes.chunks(1)), whole, "{kind:?}");
    }
    for mut scanner in [Scanner::messages(limit, 7), Scanner::replies(7)] {
        let leaves = replay::run(&mut scanner, bytes, false, |_, _| {}).leaves;
        covers(leaves.into_iter().map(|leaf| leaf.range), 7, bytes.len());
    }
}

/// The messages, and what broke a rule.
fn read<'a>(
    kind: BufferKind,
    limit: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Vec<u8>>, Option<Violation>) {
    let mut machine = LineMachine::new(kind, limit);
    let mut messages = Vec::new();
    let mut fed = 0;
    for mut piece in pieces {
        loop {
            match machine.next_message() {
                Ok(Some(message)) => messages.push(message.text.to_vec()),
                Ok(None) if piece.is_empty() => break,
                Ok(None) => {
                    let taken = machine.feed(piece);
                    assert!(taken > 0, "no room without a message");
                    piece = &piece[taken..];
                    fed += taken as u64;
                }
                Err(violation) => {
                    assert!(violation.span.end <= fed && machine.looked() <= fed);
                    return (messages, Some(violation));
                }
            }
        }
    }
    assert_eq!(machine.looked(), fed, "each byte is looked at once");
    (messages, None)
}
