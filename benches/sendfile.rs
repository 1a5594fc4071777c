//! A file to a client on loopback, copied through a buffer and by sendfile(2): what both sides together
//! take of the CPU. It decides whether the server should know sendfile.
//!
//! `cargo bench --no-default-features --bench sendfile` (Linux). The two ways have their turns; the median of
//! the ratios of one round each counts. It uses neither the server nor its event loop: two threads with
//! blocking sockets, so that the difference is that of the calls.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("there is no sendfile(2) to measure here");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs::File,
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        os::unix::fs::FileExt,
        thread,
    };

    /// The sizes of files, and how often one is sent in a turn.
    const CASES: [(&str, usize, usize); 2] = [("100 KB", 102_400, 4_000), ("10 MB", 10_485_760, 60)];
    /// Turns of each way.
    const ROUNDS: usize = 15;
    /// What the server reads of a file at once.
    const BLOCK_BYTES: usize = 64 * 1024;
    /// What one connection of the server sends in a turn at most.
    const SHARE_BYTES: usize = 512 * 1024;

    type Way = fn(&File, usize, &mut TcpStream);

    pub(super) fn main() {
        for (name, len, times) in CASES {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![b'x'; len]).unwrap();
            let mut ratios = Vec::new();
            let (mut copied, mut handed) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                copied.push(cost(&file, len, times, copy));
                handed.push(cost(&file, len, times, hand_over));
                ratios.push(handed[handed.len() - 1] / copied[copied.len() - 1]);
            }
            println!(
                "{name}: copied {:.1} us of CPU time, by sendfile {:.1} us: {:.2} x (medians of {ROUNDS})",
                median(&mut copied),
                median(&mut handed),
                median(&mut ratios)
            );
        }
    }

    fn copy(file: &File, len: usize, socket: &mut TcpStream) {
        let mut block = vec![0; BLOCK_BYTES];
        let mut at = 0;
        while at < len {
            let got = file.read_at(&mut block, at as u64).unwrap();
            socket.write_all(&block[..got]).unwrap();
            at += got;
        }
    }

    fn hand_over(file: &File, len: usize, socket: &mut TcpStream) {
        let mut at = 0;
        while at < len as u64 {
            rustix::fs::sendfile(&*socket, file, Some(&mut at), SHARE_BYTES).unwrap();
        }
    }

    /// Microseconds of CPU time for one file, sender and receiver together.
    fn cost(file: &File, len: usize, times: usize, way: Way) -> f64 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let begun = cpu_nanos();
        let spent = thread::scope(|scope| {
            scope.spawn(move || {
                // As much as wrk takes at once.
                let mut buffer = [0; 8 * 1024];
                let mut left = len * times;
                while left > 0 {
                    left -= client.read(&mut buffer).unwrap();
                    if left.is_multiple_of(len) {
                        client.write_all(b"x").unwrap();
                    }
                }
                cpu_nanos()
            });
            for _ in 0..times {
                way(file, len, &mut server);
                // The next one is asked for when this one has arrived.
                server.read_exact(&mut [0]).unwrap();
            }
            cpu_nanos() - begun
        });
        #[allow(clippy::cast_precision_loss, reason = "some seconds")]
        let micros = spent as f64 / 1e3 / times as f64;
        micros
    }

    /// CPU time of all threads that there are.
    fn cpu_nanos() -> u64 {
        let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let of = |line: String| line.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
        threads.filter_map(|thread| of(std::fs::read_to_string(thread.path().join("schedstat")).ok()?)).sum()
    }

    fn median(values: &mut [f64]) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}
