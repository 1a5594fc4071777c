//! The bytes of a session to its files, in several ways: what they take of the CPU, and how many go through. It decides
//! how the session is written.
//!
//! `cargo bench --no-default-features --bench disk` (Linux), in the folder for temporary files, which should be on the
//! disk that matters. The ways have their turns. It uses neither the server nor the session: one thread that writes what
//! is in the processor's cache, so that the difference is that of the calls.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

#[cfg(target_os = "linux")]
#[path = "cpu_time/mod.rs"]
mod cpu_time;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("these ways are those of Linux");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs::{self, File},
        io::{Seek, Write},
        os::unix::fs::OpenOptionsExt,
        path::Path,
        time::Instant,
    };

    use rustix::fs::{Advice, FallocateFlags, OFlags, fadvise, fallocate};

    use super::cpu_time::cpu_time;

    /// Turns of each way, and bytes in one of them.
    const ROUNDS: usize = 7;
    const TURN_BYTES: u64 = 512 << 20;
    /// As in the session: bytes of a segment, bytes that are written at once, and bytes after which the system is told
    /// that it need not keep them.
    const SEGMENT_BYTES: u64 = 64 << 20;
    const WRITE_BYTES: usize = 512 << 10;
    const FORGET_BYTES: u64 = 16 << 20;
    /// Files that are there at the same time.
    const FILES: u64 = 4;
    /// What the figures are of.
    const UNIT_BYTES: f64 = 102_400.0;
    /// What memory must begin at that goes past the page cache.
    const STEP: usize = 4096;

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Way {
        Cache,
        Allocated,
        KeptInCache,
        WrittenOver,
        PastCache,
    }

    const WAYS: [(Way, &str); 5] = [
        (Way::Cache, "through the page cache, dropped from it every 16 MB (as it is)"),
        (Way::Allocated, "the same, in blocks of the disk that were allocated before"),
        (Way::KeptInCache, "through the page cache, not dropped"),
        (Way::WrittenOver, "over files whose pages are in the cache"),
        (Way::PastCache, "past the page cache (O_DIRECT), by way of a block of memory"),
    ];

    pub(super) fn main() {
        let folder = tempfile::tempdir().unwrap();
        let payload: Vec<u8> = (0..100_u32 << 10).map(|at| (at % 251) as u8).collect();
        let mut memory = vec![0; WRITE_BYTES + STEP];
        let mut taken = [const { (Vec::new(), Vec::new()) }; WAYS.len()];
        for _ in 0..ROUNDS {
            for ((way, name), (cpu, rate)) in WAYS.iter().zip(&mut taken) {
                if *way == Way::WrittenOver {
                    // The files, and their pages.
                    turn(*way, folder.path(), &payload, &mut memory);
                }
                let (began, busy) = (Instant::now(), cpu_time());
                if turn(*way, folder.path(), &payload, &mut memory).is_none() {
                    println!("{name}: not on this file system");
                    continue;
                }
                let all = TURN_BYTES as f64;
                cpu.push(cpu_time().saturating_sub(busy).as_secs_f64() * 1e6 * UNIT_BYTES / all);
                rate.push(all / 1e6 / began.elapsed().as_secs_f64());
                for file in fs::read_dir(folder.path()).unwrap() {
                    fs::remove_file(file.unwrap().path()).unwrap();
                }
            }
        }
        println!("{:<72} {:>14} {:>8}", format!("medians of {ROUNDS}"), "us per 100 KB", "MB/s");
        for ((_, name), (cpu, rate)) in WAYS.iter().zip(&mut taken).filter(|(_, (cpu, _))| !cpu.is_empty()) {
            println!("{name:<72} {:>14.1} {:>8.0}", median(cpu), median(rate));
        }
    }

    /// Writes the bytes of a turn. `None`: this way is not there.
    fn turn(way: Way, folder: &Path, payload: &[u8], memory: &mut [u8]) -> Option<()> {
        let start = memory.as_ptr().align_offset(STEP);
        let block = &mut memory[start..start + WRITE_BYTES];
        let mut options = File::options();
        options.write(true).create(true);
        if way == Way::PastCache {
            options.custom_flags(OFlags::DIRECT.bits().cast_signed());
        }
        for number in 0..TURN_BYTES / SEGMENT_BYTES {
            let path = folder.join(format!("{}", number % FILES));
            if way != Way::WrittenOver {
                // The oldest leaves.
                let _ = fs::remove_file(&path);
            }
            let mut file = options.open(&path).ok()?;
            if way == Way::Allocated {
                fallocate(&file, FallocateFlags::KEEP_SIZE, 0, SEGMENT_BYTES).ok()?;
            }
            file.rewind().unwrap();
            let mut at = 0;
            while at < SEGMENT_BYTES {
                // Through the cache the session hands over payloads where they are; this copy is of what is in the
                // processor's cache, and the same in all ways.
                for part in block.chunks_mut(payload.len()) {
                    part.copy_from_slice(&payload[..part.len()]);
                }
                file.write_all(block).ok()?;
                at += WRITE_BYTES as u64;
                if matches!(way, Way::Cache | Way::Allocated) && at.is_multiple_of(FORGET_BYTES) {
                    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
                }
            }
        }
        Some(())
    }

    fn median(values: &mut [f64]) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}
