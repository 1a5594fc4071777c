//! Sending the last bytes of a connection.

use std::io::{self, Write};

use mio::net::TcpStream;

/// A socket as it is written to.
pub(super) struct Sending<'a> {
    pub(super) socket: &'a mut TcpStream,
    /// Whether the end of this side follows at once: the last bytes then leave with it in one packet, which saves the
    /// system and the client the work on another one.
    pub(super) ends: bool,
}

impl Write for Sending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(target_os = "linux")]
        if self.ends {
            use rustix::net::{SendFlags, send};
            return Ok(send(&*self.socket, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?);
        }
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
