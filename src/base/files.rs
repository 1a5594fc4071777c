//! Reads a file block by block, without knowing its length beforehand.

use std::io::{self, ErrorKind, Read};

/// Appends what the next read of `file` gives to `buffer`, `most` bytes at the most. Returns how many; 0: the file
/// is at its end.
///
/// # Errors
/// Reading failed. The buffer is unchanged.
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
