//! Reading on in a file whose length nobody knows beforehand.

use std::io::{self, ErrorKind, Read};

/// Appends what the next read of `file` gives to `buffer`, `most` bytes at the most. Returns how many; 0: the file
/// is at its end.
///
/// # Errors
/// What the system says. The buffer is as it was.
pub fn append(file: &mut impl Read, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let before = buffer.len();
    buffer.resize(before + most, 0);
    let read = loop {
        match file.read(&mut buffer[before..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
    read
}
