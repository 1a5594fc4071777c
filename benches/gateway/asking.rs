//! Clients: many that ask two gateways by turns, and slow ones.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use byteglass::testing::{Arrival, Client};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::backend::{MEDIUM_BYTES, PAGE_BYTES};

/// Times that are not counted, at the start of each client.
const WARM_UP: usize = 4;
const REQUEST: &[u8] = b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The time below which `part` thousandths of the times are.
pub(super) fn percentile(times: &[Duration], part: usize) -> Duration {
    times[times.len() * part / 1000]
}

/// A connection to a gateway.
struct Asker {
    socket: TcpStream,
    got: Vec<u8>,
    asked: Instant,
    count: usize,
}

impl Asker {
    /// Takes what arrived. Returns whether the answer is complete.
    fn take(&mut self, block: &mut [u8]) -> bool {
        loop {
            match self.socket.read(block) {
                Ok(0) => panic!("the gateway ended: {}", String::from_utf8_lossy(&self.got)),
                Ok(len) => self.got.extend_from_slice(&block[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        let head = self.got.windows(4).position(|part| part == b"\r\n\r\n");
        let is_whole = head.is_some_and(|head| self.got.len() == head + 4 + PAGE_BYTES);
        assert!(
            !is_whole || self.got.starts_with(b"HTTP/1.1 200 "),
            "{}",
            String::from_utf8_lossy(&self.got)
        );
        is_whole
    }
}

/// Has so many clients ask two gateways by turns for a page, each `pause` after its last answer, for so long. Returns
/// how long the answers of each took, the quickest first.
pub(super) fn ask(
    gateways: [SocketAddr; 2],
    clients: usize,
    time: Duration,
    pause: Duration,
) -> [Vec<Duration>; 2] {
    let (mut poll, mut events) = (Poll::new().unwrap(), Events::with_capacity(1024));
    let begun = Instant::now();
    let mut due = BinaryHeap::new();
    let mut askers: Vec<_> = (0..clients * 2)
        .map(|number| {
            let socket = std::net::TcpStream::connect(gateways[number % 2]).unwrap();
            socket.set_nodelay(true).unwrap();
            socket.set_nonblocking(true).unwrap();
            let mut socket = TcpStream::from_std(socket);
            poll.registry().register(&mut socket, Token(number), Interest::READABLE).unwrap();
            Asker { socket, got: Vec::new(), asked: begun, count: 0 }
        })
        .collect();
    for client in 0..clients {
        let share = u32::try_from(client).unwrap();
        due.push(Reverse((Instant::now() + pause * share / u32::try_from(clients).unwrap(), client * 2)));
    }
    let mut times = [Vec::new(), Vec::new()];
    let mut block = vec![0; 64 * 1024];
    while begun.elapsed() < time {
        while let Some(Reverse((at, number))) = due.peek().copied()
            && at <= Instant::now()
        {
            due.pop();
            let asker = &mut askers[number];
            asker.got.clear();
            asker.asked = Instant::now();
            assert_eq!(asker.socket.write(REQUEST).unwrap(), REQUEST.len());
        }
        let next = due.peek().map_or(time, |Reverse((at, _))| at.saturating_duration_since(Instant::now()));
        poll.poll(&mut events, Some(next.min(time))).unwrap();
        for event in &events {
            let Token(number) = event.token();
            let asker = &mut askers[number];
            if !asker.take(&mut block) {
                continue;
            }
            asker.count += 1;
            if asker.count > WARM_UP {
                times[number % 2].push(asker.asked.elapsed());
            }
            // The other gateway is next.
            due.push(Reverse((Instant::now() + pause, number ^ 1)));
        }
    }
    for times in &mut times {
        times.sort();
    }
    times
}

/// Has each client, evenly over `every`, send a byte of its head, or take what is there of its answer, for so long.
/// Returns how many have a whole answer then.
pub(super) fn drip(mut clients: Vec<Client>, every: Duration, time: Duration) -> JoinHandle<usize> {
    thread::spawn(move || {
        let begun = Instant::now();
        let mut dripped = 0;
        while begun.elapsed() < time {
            let due = begun.elapsed().as_micros() * clients.len() as u128 / every.as_micros();
            while (dripped as u128) < due {
                let at = dripped % clients.len();
                if at.is_multiple_of(2) {
                    clients[at].send("x");
                } else {
                    assert_ne!(clients[at].receive(Duration::ZERO), Arrival::End);
                }
                dripped += 1;
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        clients.iter().filter(|client| client.received.len() > MEDIUM_BYTES).count()
    })
}
