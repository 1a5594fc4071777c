//! Runs: what happened on one connection in one turn, and how the connection stood before.

use crate::{
    base::stream::ConnId,
    store::{ConnectionCounters, Position},
};

use super::{
    decode::Decoder,
    flow::Flow,
    varint::{Input, Malformed, put},
};

/// The runs of a turn.
#[derive(Debug)]
pub(crate) struct Runs<'a> {
    /// Bytes from the turn's first packet to its block.
    pub back: u64,
    start: Flow,
    input: Input<'a>,
    /// Number of bytes of the content.
    len: usize,
}

/// The records of one connection in a turn.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// The records, with their connection.
    pub records: Decoder<'a>,
    /// The counters of the connection before the run; all 0 in a run that belongs to no connection.
    pub counters: ConnectionCounters,
    /// Place of the connection's run before. `None`: there is none.
    pub before: Option<Position>,
}

impl<'a> Runs<'a> {
    /// The runs in the content of a turn's block.
    pub(crate) fn new(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut input = Input::new(content);
        let back = u64::from(u32::from_le_bytes(input.array()?));
        let at = u64::from_le_bytes(input.array()?);
        let exchange = input.number()?;
        Ok(Self { back, start: Flow { at, exchange, ..Flow::default() }, input, len: content.len() })
    }

    /// The next run. `None`: there is none.
    pub(crate) fn next(&mut self) -> Option<Result<Run<'a>, Malformed>> {
        (!self.input.is_empty()).then(|| self.run())
    }

    fn run(&mut self) -> Result<Run<'a>, Malformed> {
        let conn = ConnId::new(self.input.number()?);
        let len = u32::from_le_bytes(self.input.array()?);
        let mut input = Input::new(self.input.take(usize::try_from(len).unwrap_or(usize::MAX))?);
        let end = (self.len - self.input.len()) as u64;
        let (counters, before) = if conn.is_some() { read_counters(&mut input)? } else { Default::default() };
        let flow = Flow { incoming: counters.incoming, outgoing: counters.outgoing, ..self.start };
        Ok(Run { records: Decoder { conn, flow, input, end }, counters, before })
    }
}

/// Writes the counters of a connection down, with the place of its run before.
pub(crate) fn put_counters(counters: &ConnectionCounters, out: &mut Vec<u8>, before: Option<Position>) {
    out.push(u8::from(counters.clean));
    out.extend_from_slice(&before.map_or(0, Position::bits).to_le_bytes());
    let ConnectionCounters { reads, writes, exchanges, incoming, outgoing, .. } = *counters;
    for number in [reads, writes, exchanges, incoming, outgoing] {
        put(out, number);
    }
}

fn read_counters(input: &mut Input<'_>) -> Result<(ConnectionCounters, Option<Position>), Malformed> {
    let clean = input.byte()? != 0;
    let before = Position::from_bits(u64::from_le_bytes(input.array()?));
    let mut counters = ConnectionCounters { clean, ..Default::default() };
    let ConnectionCounters { reads, writes, exchanges, incoming, outgoing, .. } = &mut counters;
    for number in [reads, writes, exchanges, incoming, outgoing] {
        *number = input.number()?;
        // Nothing that is added to them makes them overflow.
        if *number >> 60 != 0 {
            return Err(Malformed("a number is too large"));
        }
    }
    Ok((counters, before))
}
