//! The memory of a server that records as the window does, for five minutes: small files, large ones, uploads, ten
//! thousand connections, a million exchanges, a capture of a gigabyte that is opened and closed, and Clear. Ends with 1
//! if more is taken than is promised.
//!
//! `cargo bench --no-default-features --bench memory`

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("memory without pages of files is only known on Linux");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use std::{process::ExitCode, time::Duration};

    use byteglass::testing::memory::{self, Plan};

    if memory::is_clients() {
        return ExitCode::SUCCESS;
    }
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(40);
    let holds = memory::run(Plan {
        each: Duration::from_secs(seconds),
        budget: 256 << 20,
        connections: 10_000,
        exchanges: 25_000 * seconds,
        disk: 25_000_000 * seconds,
        opened: 5,
    });
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
