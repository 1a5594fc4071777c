//! Two ends for measuring WebSocket echoes (`benches/compare.sh websocket`): a server made with tungstenite, and the
//! client that both servers get.
//!
//! `websocket_echo serve PORT` answers each message with itself, on one thread. `websocket_echo ask PORT CONNECTIONS
//! SECONDS` sends a text message on each connection as soon as the last one is back, and prints how many came back a
//! second.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

mod ask;
mod serve;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u16>().ok());
    match (arguments.first().map(String::as_str), number(1), number(2), number(3)) {
        (Some("serve"), Some(port), ..) => serve::serve(port),
        (Some("ask"), Some(port), Some(connections), Some(seconds)) => ask::ask(port, connections, seconds),
        _ => {
            eprintln!("usage: websocket_echo serve PORT | ask PORT CONNECTIONS SECONDS");
            std::process::exit(2);
        }
    }
}
