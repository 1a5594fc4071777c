//! The memory of a server that records as the window does, beside what is promised: the short form of
//! `benches/memory.rs`.

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

    // Words pick tests by name, in all test programs.
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    if memory::is_clients() || words.next().is_some_and(|word| !"memory".contains(&*word)) {
        return ExitCode::SUCCESS;
    }
    let holds = memory::run(Plan {
        each: Duration::from_secs(4),
        budget: 64_000_000,
        connections: 500,
        exchanges: 30_000,
        disk: 100_000_000,
        opened: 2,
    });
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
