//! Reading a request beside httparse: time, and instructions where valgrind is there.
//!
//! `cargo bench --no-default-features --bench parser`. The three ways have their turns of some
//! milliseconds, many rounds, and the quickest turn of each counts: on a machine that does other things
//! too, that is the one that was disturbed least. That is also why this is no criterion or divan: both
//! time one function after the other.
//!
//! The two do not do the same work. httparse finds where the parts are. The machine also decides how
//! the body ends and whether the connection goes on, checks the target, the Host and every byte by
//! their grammars, goes on where it stopped when a request arrives in pieces, and with spans tells
//! the place of every byte.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

use std::{
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use byteglass::{
    http::{Limits, RequestMachine, SpanKind},
    wire::{Event, Machine, Recorded, Silent, Sink},
};

/// 703 bytes: the request that httparse, picohttpparser and others are measured with.
const USUAL: &str = "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n\
Host: www.kittyhell.com\r\n\
User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3 Pathtraq/0.9\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\n\
Accept-Encoding: gzip,deflate\r\n\
Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7\r\n\
Keep-Alive: 115\r\n\
Connection: keep-alive\r\n\
Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; __utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; __utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|utmcct=/reader/|utmcmd=referral\r\n\r\n";

/// What Chromium sends for a page.
const BROWSER: &str = "GET /articles/2024/08/reading-http?from=home&page=2 HTTP/1.1\r\n\
Host: localhost:8080\r\n\
Connection: keep-alive\r\n\
Cache-Control: max-age=0\r\n\
sec-ch-ua: \"Chromium\";v=\"128\", \"Not;A=Brand\";v=\"24\", \"Google Chrome\";v=\"128\"\r\n\
sec-ch-ua-mobile: ?0\r\n\
sec-ch-ua-platform: \"Linux\"\r\n\
Upgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-User: ?1\r\n\
Sec-Fetch-Dest: document\r\n\
Referer: http://localhost:8080/articles/\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7\r\n\
Cookie: session=4f1c6f0c9a7b4f5e8d2a; theme=dark; _ga=GA1.1.1234567890.1724832000\r\n\
If-None-Match: \"1b3-18e9f76f0bfdbe1e\"\r\n\
If-Modified-Since: Wed, 28 Aug 2024 08:00:00 GMT\r\n\r\n";

/// What a load generator sends.
const SHORT: &str = "GET /1kb.bin HTTP/1.1\r\nHost: 127.0.0.1:18200\r\n\r\n";

const REQUESTS: [(&str, &str); 3] = [("usual", USUAL), ("browser", BROWSER), ("short", SHORT)];
/// Reads a request so many times.
type Way = fn(&[u8], u32);
const WAYS: [(&str, Way); 3] = [("httparse", httparse), ("silent", silent), ("spans", spans)];

/// Turns of each way.
const ROUNDS: usize = 200;
/// How long one turn takes.
const TURN: Duration = Duration::from_millis(2);
/// Requests that are read under valgrind.
const COUNTED: u32 = 2_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Under valgrind, for one number: which request, which way, how many times.
    if let [_, flag, request, way, times] = &arguments[..]
        && flag == "--run"
    {
        WAYS[way.parse::<usize>().unwrap()].1(
            REQUESTS[request.parse::<usize>().unwrap()].1.as_bytes(),
            times.parse().unwrap(),
        );
        return;
    }
    for (index, (name, request)) in REQUESTS.iter().enumerate() {
        println!("{name}, {} bytes", request.len());
        let times = measured(request.as_bytes());
        for (way, (label, _)) in WAYS.iter().enumerate() {
            let quickest = |way: usize| times.iter().map(|round| round[way]).fold(f64::INFINITY, f64::min);
            let (nanos, ratio) = (quickest(way), quickest(way) / quickest(0));
            print!("  {label:9} {nanos:7.1} ns {ratio:6.2} x httparse");
            match instructions(index, way) {
                Some(count) => println!("  {count:7} instructions"),
                None => println!(),
            }
        }
    }
}

fn httparse(bytes: &[u8], times: u32) {
    for _ in 0..times {
        let mut headers = [httparse::EMPTY_HEADER; 24];
        let mut request = httparse::Request::new(&mut headers);
        let status = request.parse(black_box(bytes)).unwrap();
        assert!(status.is_complete());
        black_box(&request);
    }
}

fn silent(bytes: &[u8], times: u32) {
    run(bytes, times, &mut Silent, |_| {});
}

fn spans(bytes: &[u8], times: u32) {
    run(bytes, times, &mut Recorded::default(), |sink| {
        black_box(&sink.spans);
        sink.spans.clear();
        sink.notes.clear();
    });
}

/// As a connection does it: one request after the other, the memory of the last head for the next.
fn run<S: Sink<SpanKind>>(bytes: &[u8], times: u32, sink: &mut S, done: impl Fn(&mut S)) {
    let limits = Limits { target_bytes: 8192, head_bytes: 65_536, body_bytes: 1 << 30, ..Limits::UNLIMITED };
    let mut machine = RequestMachine::new(limits);
    for _ in 0..times {
        let step = machine.advance(black_box(bytes), sink).unwrap();
        assert!(step.event == Event::Head && step.consumed == bytes.len());
        let head = machine.take_head();
        black_box(&head);
        let step = machine.advance(&[], sink).unwrap();
        assert!(step.event == Event::End);
        machine.recycle(head);
        done(sink);
    }
}

/// Nanoseconds for a request, of each way, round by round.
fn measured(request: &[u8]) -> Vec<[f64; WAYS.len()]> {
    let nanos = |way: usize, times: u32| {
        let begun = Instant::now();
        WAYS[way].1(request, times);
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(times)
    };
    let times = TURN.as_secs_f64() * 1e9 / nanos(0, 10_000);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
    let times = times as u32;
    (0..ROUNDS).map(|_| std::array::from_fn(|way| nanos(way, times))).collect()
}

/// Instructions for a request: those of many, less those of none. `None`: valgrind is not here.
fn instructions(request: usize, way: usize) -> Option<u64> {
    let counted = |times: u32| {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().unwrap())
            .args(["--run", &request.to_string(), &way.to_string(), &times.to_string()])
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, count) = said.split_once("Collected : ")?;
        count.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some((counted(COUNTED)? - counted(0)?) / u64::from(COUNTED))
}
