//! How much work reading a file takes.

use byteglass::testing::packets::{Ip, Order, conversation, pcap};

use super::program::{byteglass, run};

/// Processor time, in clock ticks, of the children of this process that have ended.
fn ticks_of_children() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // After the name, which may hold anything: cutime and cstime are fields 16 and 17 of proc(5), the state is field 3.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    [13, 14].iter().map(|index| fields[*index].parse::<u64>().unwrap()).sum()
}

/// A file that costs its writer little: pipelined requests without an answer.
fn pipelined(requests: usize) -> Vec<u8> {
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(requests);
    let segments: Vec<(&[u8], &[u8])> = request.chunks(1_400).map(|part| (part, &b""[..])).collect();
    pcap(Order::Little, false, 101, &conversation(Ip::V4, 5000, &segments))
}

#[test]
fn reading_takes_time_in_proportion_to_the_length_of_a_file() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("pipelined.pcap");
    for format in ["text", "json", "har"] {
        let read = |requests: usize| {
            std::fs::write(&path, pipelined(requests)).unwrap();
            let before = ticks_of_children();
            let output = run(byteglass(home.path()).args(["read", "--format", format]).arg(&path));
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.matches("/a").count() >= requests, "{format}: {}", output.stdout.len());
            ticks_of_children() - before
        };
        let (short, long) = (read(2_000), read(16_000));
        // Eight times as much, with room for what varies; a search in a list for each request would make it 64 times.
        assert!(long <= 20 * short.max(2), "{format}: {short} and {long} hundredths of a second");
    }
}
