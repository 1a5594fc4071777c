//! Runs: what happened on one connection in one turn, and how the connection stood before.

use crate::base::stream::ConnId;
use crate::trace::Nanos;

use super::{
    decode::Decoder,
    encode::Flow,
    varint::{Input, Malformed, put},
};
use crate::store::position::Position;

/// How a connection stood at the beginning of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    /// Whether every byte before belongs to an exchange that is over: reading further back adds nothing.
    pub clean: bool,
    /// Reads so far.
    pub reads: u64,
    /// Writes so far.
    pub writes: u64,
    /// Exchanges so far.
    pub exchanges: u64,
    /// Bytes received so far.
    pub incoming: u64,
    /// Bytes sent so far.
    pub outgoing: u64,
    /// The latest read and write with bytes: when, and the stream offset after it. What is left out right
    /// after it is a part of it.
    latest: [Option<(Nanos, u64)>; 2],
}

impl Seed {
    /// A read follows. One whose end was left out comes in two events, and is one read.
    pub fn count_read(&mut self, at: Nanos, offset: u64, len: u64, omitted: bool) {
        self.reads += u64::from(!(omitted && self.latest[0] == Some((at, offset))));
        self.incoming = offset + len;
        self.latest[0] = (!omitted).then_some((at, self.incoming));
    }

    /// The same of a write.
    pub fn count_write(&mut self, at: Nanos, offset: u64, len: u64, omitted: bool) {
        self.writes += u64::from(!(omitted && self.latest[1] == Some((at, offset))));
        self.outgoing = offset + len;
        self.latest[1] = (!omitted).then_some((at, self.outgoing));
    }

    /// Writes it down, with the place of the connection's run before.
    pub fn put(&self, out: &mut Vec<u8>, before: Option<Position>) {
        out.push(u8::from(self.clean));
        out.extend_from_slice(&before.map_or(0, Position::bits).to_le_bytes());
        for number in [self.reads, self.writes, self.exchanges, self.incoming, self.outgoing] {
            put(out, number);
        }
    }

    fn read(input: &mut Input<'_>) -> Result<(Self, Option<Position>), Malformed> {
        let clean = input.byte()? != 0;
        let before = Position::from_bits(u64::from_le_bytes(input.array()?));
        let [mut reads, mut writes, mut exchanges, mut incoming, mut outgoing] = [0; 5];
        for number in [&mut reads, &mut writes, &mut exchanges, &mut incoming, &mut outgoing] {
            *number = input.number()?;
            // Nothing that is added to them makes them overflow.
            if *number >> 60 != 0 {
                return Err(Malformed("a number is too large"));
            }
        }
        Ok((Self { clean, reads, writes, exchanges, incoming, outgoing, latest: [None; 2] }, before))
    }
}

/// The runs of a turn.
#[derive(Debug)]
pub struct Runs<'a> {
    /// How far before the block its first packet stands, in bytes.
    pub back: u64,
    start: Flow,
    input: Input<'a>,
    /// Bytes of the content.
    len: usize,
}

/// One run.
#[derive(Debug)]
pub struct Run<'a> {
    /// Its records; its connection is in there.
    pub records: Decoder<'a>,
    /// How the connection stood. Of what belongs to no connection: all 0.
    pub seed: Seed,
    /// Where the connection's run before stands. `None`: there is none.
    pub before: Option<Position>,
}

impl<'a> Runs<'a> {
    /// The runs in the content of a turn's block.
    pub fn new(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut input = Input::new(content);
        let back = u64::from(u32::from_le_bytes(input.array()?));
        let at = u64::from_le_bytes(input.array()?);
        let exchange = input.number()?;
        Ok(Self { back, start: Flow { at, exchange, ..Flow::default() }, input, len: content.len() })
    }

    /// The next one. `None`: there is none.
    pub fn next(&mut self) -> Option<Result<Run<'a>, Malformed>> {
        (!self.input.is_empty()).then(|| self.run())
    }

    fn run(&mut self) -> Result<Run<'a>, Malformed> {
        let conn = ConnId::new(self.input.number()?);
        let len = u32::from_le_bytes(self.input.array()?);
        let mut input = Input::new(self.input.take(usize::try_from(len).unwrap_or(usize::MAX))?);
        let end = (self.len - self.input.len()) as u64;
        let (seed, before) = if conn.is_some() { Seed::read(&mut input)? } else { (Seed::default(), None) };
        let flow = Flow { incoming: seed.incoming, outgoing: seed.outgoing, ..self.start };
        Ok(Run { records: Decoder { conn, flow, input, end }, seed, before })
    }
}
