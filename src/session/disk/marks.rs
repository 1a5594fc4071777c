//! Reads only what the user made of the exchanges in a session file, so that it is known before they are handed out.

use std::{
    collections::{HashMap, HashSet},
    io::{self, BufReader, ErrorKind, Read, Seek},
    sync::Arc,
};

use bytes::Bytes;

use crate::{
    base::stream::ExchangeId,
    session::{
        SessionError,
        format::{
            batch::BatchContent,
            block::{self, Kind},
            decode::PayloadSource,
            varint::Malformed,
        },
    },
    trace::{EventKind, Mark},
};

/// What the user made of the exchanges in a session file.
#[derive(Debug, Default)]
pub struct Marks {
    /// The marks that exchanges have in the end.
    pub marks: HashMap<ExchangeId, Arc<Mark>>,
    /// The exchanges that were deleted.
    pub deleted: HashSet<ExchangeId>,
}

/// What the user made of the exchanges in a session file, as far as it can be read. Steps over everything else. The file is at its beginning before and afterwards.
///
/// # Errors
/// The file cannot be read.
pub fn marks<R: Read + Seek>(file: &mut R) -> io::Result<Marks> {
    let mut found = Marks::default();
    let mut input = BufReader::with_capacity(1 << 20, &mut *file);
    let mut head = [0; 8];
    let mut body = Vec::new();
    loop {
        match input.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        // What comes before a damaged block stays; reading the exchanges says where it is.
        let Ok((kind, len)) = block::head(&head) else { break };
        if kind != block::OWN {
            input.seek_relative(i64::try_from(len).unwrap_or(i64::MAX) - 8)?;
            continue;
        }
        body.clear();
        body.extend_from_slice(&head);
        if input.by_ref().take(len as u64 - 8).read_to_end(&mut body)? < len - 8 {
            break;
        }
        let content = block::body(&body).ok().and_then(block::own_content);
        if let Some((Kind::Batch, content)) = content
            && take(content, &mut found).is_err()
        {
            break;
        }
    }
    drop(input);
    file.rewind()?;
    Ok(found)
}

/// Takes in a batch: the records in question name no connection.
fn take(content: &[u8], found: &mut Marks) -> Result<(), SessionError> {
    let mut content = BatchContent::new(content)?;
    while let Some(mut part) = content.next()? {
        if part.records.conn.is_some() {
            continue;
        }
        while let Some(event) = part.records.next(&mut Nothing)? {
            match (event.exchange, event.kind) {
                (Some(id), EventKind::Marked(Some(mark))) => _ = found.marks.insert(id, mark),
                (Some(id), EventKind::Marked(None)) => _ = found.marks.remove(&id),
                (Some(id), EventKind::Deleted) => _ = found.deleted.insert(id),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The parts of records that name no connection: they have neither bytes nor lists.
struct Nothing;

impl PayloadSource for Nothing {
    fn bytes(&mut self, _packets: u64, _len: u64) -> Result<Option<Bytes>, SessionError> {
        Ok(None)
    }

    fn list(&mut self, _block: Option<u64>, _index: u64) -> Result<Arc<[u8]>, SessionError> {
        Err(Malformed("a list is missing").into())
    }

    fn seen(&mut self, _index: u64, _list: &[u8]) {}
}
