//! The content of a batch's block: for each connection how it stood before the batch, and its records.

use crate::{
    base::stream::{ConnId, Nanos},
    store::{ConnectionCounters, Position},
};

use super::{
    decode::Decoder,
    flow::Flow,
    varint::{Input, Malformed, put},
};

/// The content of a batch's block, read from the front.
#[derive(Debug)]
pub(crate) struct BatchContent<'a> {
    /// Bytes from the batch's first packet to its block.
    pub packet_bytes: u64,
    start: Flow,
    input: Input<'a>,
    /// Number of bytes of the content.
    len: usize,
}

/// Records of one connection in a batch that follow one another. Where another connection's come in between, the
/// connection has several of these in the batch.
#[derive(Debug)]
pub(crate) struct ConnectionRecords<'a> {
    /// The records, with their connection.
    pub records: Decoder<'a>,
    /// The counters of the connection before these records; all 0 for records that concern no connection.
    pub counters: ConnectionCounters,
    /// Position of the connection's batch before this one. `None`: this is its first.
    pub before: Option<Position>,
}

impl<'a> BatchContent<'a> {
    /// Reads the content of a batch's block.
    pub(crate) fn new(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut input = Input::new(content);
        let packet_bytes = u64::from(u32::from_le_bytes(input.array()?));
        let at = Nanos::new(u64::from_le_bytes(input.array()?));
        let exchange = input.number()?;
        let start = Flow { at, exchange, ..Flow::default() };
        Ok(Self { packet_bytes, start, input, len: content.len() })
    }

    /// The next records of any connection, or of none. `None`: all were read.
    pub(crate) fn next(&mut self) -> Result<Option<ConnectionRecords<'a>>, Malformed> {
        if self.input.is_empty() {
            return Ok(None);
        }
        let conn = ConnId::new(self.input.number()?);
        let len = u32::from_le_bytes(self.input.array()?);
        let mut input = Input::new(self.input.take(usize::try_from(len).unwrap_or(usize::MAX))?);
        let end = (self.len - self.input.len()) as u64;
        let (counters, before) = if conn.is_some() { read_counters(&mut input)? } else { Default::default() };
        let flow = Flow { incoming: counters.incoming, outgoing: counters.outgoing, ..self.start };
        Ok(Some(ConnectionRecords { records: Decoder { conn, flow, input, end }, counters, before }))
    }

    /// The next records of `conn`. `None`: there are no more.
    pub(crate) fn next_of(&mut self, conn: ConnId) -> Result<Option<ConnectionRecords<'a>>, Malformed> {
        loop {
            match self.next()? {
                Some(part) if part.records.conn != Some(conn) => {}
                found => return Ok(found),
            }
        }
    }
}

/// Writes the counters of a connection, behind the position of its batch `before`.
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
        // Nothing that is added to the counters makes them overflow.
        if *number >> 60 != 0 {
            return Err(Malformed("a number is too large"));
        }
    }
    Ok((counters, before))
}
