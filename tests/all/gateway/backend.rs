//! A backend that takes connections one after the other and does on each what a script says.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};

/// How long a backend waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a backend does next.
#[derive(Clone, Debug)]
pub(super) enum Do {
    /// Takes a connection.
    Accept,
    /// Reads until what arrived since it was last taken ends with this, and hands it over.
    Expect(&'static str),
    /// Reads until the connection ends.
    ExpectEnd,
    /// Reads until the connection ends, and hands over what came.
    ExpectRest,
    /// Sends this.
    Send(Vec<u8>),
    /// Ends its side.
    Finish,
    /// Lets so many milliseconds pass.
    Wait(u64),
    /// Closes with a reset.
    Reset,
}

/// A backend on a port of its own.
pub(super) struct Backend {
    pub(super) address: SocketAddr,
    received: Receiver<String>,
    thread: JoinHandle<()>,
}

impl Backend {
    pub(super) fn new(script: Vec<Do>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    /// One that listens there.
    pub(super) fn on(listener: TcpListener, script: Vec<Do>) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, received) = channel();
        let thread = std::thread::spawn(move || play(&listener, script, &sender));
        Self { address, received, thread }
    }

    /// One that answers each request on a connection with the response that has its number.
    pub(super) fn answering(responses: &[&str]) -> Self {
        let mut script = vec![Do::Accept];
        for response in responses {
            script.push(Do::Expect("\r\n\r\n"));
            script.push(Do::Send(response.as_bytes().to_vec()));
        }
        Self::new(script)
    }

    /// What the next [`Do::Expect`] got.
    pub(super) fn received(&self) -> String {
        self.received.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits for the end of the script.
    pub(super) fn done(self) {
        self.thread.join().unwrap();
    }
}

/// Reads up to these bytes, and nothing after them.
fn read_until(socket: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let (mut text, mut block) = (Vec::new(), vec![0; 64 * 1024]);
    while !text.ends_with(end) {
        let waiting = socket.peek(&mut block).unwrap();
        assert!(waiting > 0, "the connection ended after {:?}", String::from_utf8_lossy(&text));
        let mut taken = 0;
        while taken < waiting && !text.ends_with(end) {
            text.push(block[taken]);
            taken += 1;
        }
        socket.read_exact(&mut block[..taken]).unwrap();
    }
    text
}

fn play(listener: &TcpListener, script: Vec<Do>, received: &Sender<String>) {
    let mut socket: Option<TcpStream> = None;
    for step in script {
        match step {
            Do::Accept => {
                let (accepted, _) = listener.accept().unwrap();
                accepted.set_read_timeout(Some(PATIENCE)).unwrap();
                socket = Some(accepted);
            }
            Do::Expect(end) => {
                let text = read_until(socket.as_mut().unwrap(), end.as_bytes());
                received.send(text.into_iter().map(char::from).collect()).unwrap();
            }
            Do::ExpectEnd | Do::ExpectRest => {
                let mut rest = Vec::new();
                // A reset is an end too.
                if let Err(error) = socket.as_mut().unwrap().read_to_end(&mut rest) {
                    let is_late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                    assert!(!is_late, "the connection did not end");
                }
                if let Do::ExpectRest = step {
                    received.send(rest.into_iter().map(char::from).collect()).unwrap();
                }
            }
            Do::Send(bytes) => {
                // The gateway may have gone away meanwhile, as a test may want.
                let _ = socket.as_mut().unwrap().write_all(&bytes);
            }
            Do::Wait(ms) => std::thread::sleep(Duration::from_millis(ms)),
            Do::Finish => socket.as_mut().unwrap().shutdown(Shutdown::Write).unwrap(),
            Do::Reset => {
                let socket = socket.take().unwrap();
                rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
            }
        }
    }
}
