//! The gateway at full size: a body of 10 GB, a thousand slow clients, a thousand quick ones. Each gateway is a
//! process of its own (this program once more), so that its memory is its own.
//!
//! `cargo bench --no-default-features --bench gateway [10gb] [slow] [clients] [lineage]` (Linux); all without an argument.
//! Whatever is compared has its turns within one run. `ulimit -n` has to allow 10,000.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

#[cfg(target_os = "linux")]
mod asking;
#[cfg(target_os = "linux")]
mod backend;
#[cfg(target_os = "linux")]
#[path = "../cpu_time/mod.rs"]
mod cpu_time;
#[cfg(target_os = "linux")]
mod lineage;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("there is no /proc to measure with here");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        io::{Read, Write},
        net::{SocketAddr, TcpStream},
        process::Command,
        sync::Arc,
        thread,
        time::{Duration, Instant},
    };

    use byteglass::{
        capture::Capture,
        gateway::{GroupSettings, LoadSettings},
        server::{Guards, Handle, Settings},
        testing::{Client, PATIENCE, ScratchFolder, process::Process},
        trace::{self, Guard},
    };

    use super::{
        asking::{self, percentile},
        backend::{self, LARGE_BYTES, PAGE_BYTES},
        lineage::{self, Cost},
    };

    const CLIENTS: usize = 1000;
    /// Connections of the backend in front of which slow clients are.
    const OPEN_MAX: u32 = 8;
    /// How often a slow client sends a byte, or takes a part of its answer.
    const DRIP: Duration = Duration::from_secs(2);

    pub(super) fn main() {
        let arguments: Vec<_> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
        if let [first, backend, view, open_max] = &arguments[..]
            && first == "serve"
        {
            return serve(backend, view == "captured", open_max.parse().unwrap());
        }
        let wants = |case: &str| arguments.is_empty() || arguments.iter().any(|word| word == case);
        if wants("10gb") {
            ten_gb();
        }
        if wants("slow") {
            slow();
        }
        if wants("clients") {
            clients();
        }
        if wants("lineage") {
            lineage();
        }
    }

    /// The gateway's process: forwards until it is ended.
    fn serve(backend: &str, captures: bool, open_max: u32) {
        let (sender, events) = trace::channel(32 << 20);
        let mut group = GroupSettings::new("backend", "/", [backend.parse().unwrap()]);
        group.load = LoadSettings { open_max, ..LoadSettings::default() };
        let long = 600_000;
        let guards = Guards::default().with(Guard::HeadTimeout, long).with(Guard::WriteTimeout, long);
        let guards = guards.with(Guard::BodyBytes, 1 << 40).with(Guard::Connections, 10_000);
        let mut settings = Settings { port: 0, guards, ..Settings::default() };
        settings.gateway.groups.push(group);
        let server = Handle::start(settings, captures.then_some(sender)).unwrap();
        let _capture = captures.then(|| Capture::record(events, 256 << 20, Arc::new(|| {})).unwrap());
        println!("{}", server.address().unwrap());
        loop {
            thread::park();
        }
    }

    struct Gateway {
        process: Process,
        address: SocketAddr,
        _folder: ScratchFolder,
    }

    impl Gateway {
        fn start(captures: bool, open_max: u32) -> Self {
            let folder = ScratchFolder::new();
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["serve", &format!("http://{}", backend::start())]);
            command.args([if captures { "captured" } else { "alone" }, &open_max.to_string()]);
            let process = Process::start(&mut command, folder.path());
            let address = process.line(PATIENCE).parse().unwrap();
            Self { process, address, _folder: folder }
        }

        /// Nanoseconds of CPU time of its threads so far.
        fn cpu_nanos(&self) -> u64 {
            let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
            let nanos = threads.map(|thread| {
                let text = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
                text.split(' ').next().unwrap().parse::<u64>().unwrap()
            });
            nanos.sum()
        }

        /// The most memory that it had so far, in MB.
        fn peak_mb(&self) -> f64 {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
        }
    }

    /// A body of 10 GB, once in each direction.
    fn ten_gb() {
        println!("10gb: a body of {} GB", LARGE_BYTES / 1_000_000_000);
        for (captures, view) in [(false, "not captured"), (true, "captured")] {
            for (upload, direction) in [(false, "to the client"), (true, "to the backend")] {
                let gateway = Gateway::start(captures, OPEN_MAX);
                let mut client = Client::connect(gateway.address);
                assert_eq!(client.get("/page").body.len(), PAGE_BYTES);
                let before = gateway.peak_mb();
                let begun = Instant::now();
                if upload {
                    send_large(gateway.address);
                } else {
                    take_large(gateway.address);
                }
                println!(
                    "  {direction:14} {view:12}  peak {:6.1} MB, {:6.1} MB after one small request; {:.1} s",
                    gateway.peak_mb(),
                    before,
                    begun.elapsed().as_secs_f64()
                );
            }
        }
    }

    fn take_large(address: SocketAddr) {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let (mut block, mut taken) = (vec![0; 256 * 1024], 0);
        loop {
            match socket.read(&mut block).unwrap() {
                0 => break,
                len => taken += len as u64,
            }
        }
        assert!((LARGE_BYTES..LARGE_BYTES + 1000).contains(&taken), "{taken}");
    }

    fn send_large(address: SocketAddr) {
        let mut socket = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {LARGE_BYTES}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        let block = vec![0; 250_000];
        for _ in 0..LARGE_BYTES / 250_000 {
            socket.write_all(&block).unwrap();
        }
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// Half of them drip a head, half take an answer that the gateway holds for them little by little. A normal
    /// client asks this gateway and one without other clients by turns, so that whatever else runs on the machine
    /// falls on both.
    fn slow() {
        println!("slow: {CLIENTS} slow clients in front of {OPEN_MAX} connections to a backend");
        for (captures, view) in [(false, "not captured"), (true, "captured")] {
            let gateways = [Gateway::start(captures, OPEN_MAX), Gateway::start(captures, OPEN_MAX)];
            let mut slow: Vec<_> = (0..CLIENTS).map(|_| Client::connect(gateways[1].address)).collect();
            for (number, client) in slow.iter_mut().enumerate() {
                client.send(if number % 2 == 0 {
                    "GET /page HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
                } else {
                    "GET /medium HTTP/1.1\r\nHost: localhost\r\n\r\n"
                });
            }
            let before = gateways[1].peak_mb();
            let dripper = asking::drip(slow, DRIP, Duration::from_secs(20));
            let addresses = gateways.each_ref().map(|gateway| gateway.address);
            let [quiet, loaded] =
                asking::ask(addresses, 1, Duration::from_secs(20), Duration::from_micros(500));
            let served = dripper.join().unwrap();
            report(view, "alone", &quiet, "beside them", &loaded);
            println!(
                "                peak {:.1} MB, {before:.1} MB when all had asked; {served} of {} answers were there whole",
                gateways[1].peak_mb(),
                CLIENTS / 2
            );
        }
    }

    /// Clients that each ask every quarter of a second, for a minute: one gateway with capture on and one without, by
    /// turns.
    fn clients() {
        println!("clients: {CLIENTS} clients for a minute");
        let gateways =
            [false, true].map(|captures| Gateway::start(captures, LoadSettings::default().open_max));
        let addresses = gateways.each_ref().map(|gateway| gateway.address);
        let [off, on] = asking::ask(addresses, CLIENTS, Duration::from_mins(1), Duration::from_millis(250));
        report("", "capture off", &off, "capture on", &on);
    }

    /// The origins of the bytes of one exchange, beside all that an exchange costs a gateway that captures.
    fn lineage() {
        let Cost { server, recorder, pieces } = lineage::measure(backend::start());
        println!("lineage: {pieces} pieces in the two messages of an exchange");
        let gateway = Gateway::start(true, 64);
        let ask = |time| asking::ask([gateway.address; 2], 32, time, Duration::ZERO);
        // Until the capture has as much memory as it may have, it takes new pages from the system.
        ask(Duration::from_secs(10));
        let before = gateway.cpu_nanos();
        let asked: usize = ask(Duration::from_secs(5)).iter().map(Vec::len).sum();
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let whole = (gateway.cpu_nanos() - before) as f64 / asked as f64;
        let [server, recorder] = [server, recorder].map(|part| part.as_secs_f64() * 1e9);
        println!(
            "  server {server:.0} ns, recorder {recorder:.0} ns; the gateway's whole exchange {whole:.0} ns of CPU time: {:.1} %",
            100.0 * (server + recorder) / whole
        );
    }

    fn report(view: &str, first: &str, one: &[Duration], second: &str, other: &[Duration]) {
        let at = |times: &[Duration], part| percentile(times, part).as_secs_f64() * 1e6;
        for (name, part) in [("median", 500), ("99th", 990), ("99.9th", 999)] {
            let (one, other) = (at(one, part), at(other, part));
            println!(
                "  {view:12}  {name:7} {first} {one:8.0} us, {second} {other:8.0} us: {:.2} x",
                other / one
            );
        }
        println!("  {view:12}  {} and {} requests", one.len(), other.len());
    }
}
