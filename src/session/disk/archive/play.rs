//! Plays what the connections of exchanges recorded, event by event, so that of a message of any length one read or write
//! at a time is in memory.

use std::ops::ControlFlow;

use crate::{
    base::stream::ExchangeId,
    session::{SessionError, format::batch::BatchContent},
    store::{Places, Position},
    trace::Event,
};

use super::{ArchiveReader, OUT_OF_PLACE, OnDisk, Played};

impl ArchiveReader {
    /// Passes the events of the connections of these exchanges to `see`, oldest first and with their bytes, until it
    /// breaks.
    ///
    /// # Errors
    /// One of the exchanges cannot be read, or has left the disk.
    pub fn play(
        &mut self,
        exchanges: &[(ExchangeId, Places)],
        see: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        for (place, played) in &self.gather(exchanges)? {
            let played = self.play_batch(*place, played, see);
            if played.map_err(|error| error.in_block(place.offset()))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn play_batch(
        &mut self,
        place: Position,
        played: &Played,
        see: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, SessionError> {
        let mut parts = BatchContent::new(&played.content)?;
        let packets = place.offset().checked_sub(parts.packet_bytes).ok_or(OUT_OF_PLACE)?;
        while let Some(mut part) = parts.next()? {
            if played.of.iter().all(|(conn, _)| Some(*conn) != part.records.conn) {
                continue;
            }
            let mut source = OnDisk { reader: self, place, packets, wanted: true };
            while let Some(event) = part.records.next(&mut source)? {
                if see(event).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
