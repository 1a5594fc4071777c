//! byteglass serves a folder over HTTP/1.1 from the TCP socket up and shows every byte of it.
//!
//! The rooms, in reading order. [`base`] and [`words`] are plain tools. [`wire`] is what protocol
//! machines share, [`http`] and [`lines`] are the protocols, pure; [`events`] reads content that is a list of items.
//! [`trace`] is the list of what can happen, [`service`] is what a request gets, [`server`] has the sockets
//! and the clock. [`store`] keeps what happened in memory, [`stats`] counts it, [`session`] on disk; [`pcap`] reads what other
//! programs captured. [`explain`] says what the bytes mean, [`filter`] and [`list`] choose and arrange rows,
//! [`export`] writes exchanges for other programs, [`diff`] compares two runs, and [`capture`] is the face of all of this for the views:
//! [`terminal`] and [`ui`]. [`config`] is what is remembered from one start to the next,
//! and [`lab`] is the language in which clients are written down.

pub mod base;
pub mod capture;
pub mod config;
pub mod diff;
pub mod events;
pub mod explain;
pub mod export;
pub mod filter;
pub mod gateway;
pub mod http;
pub mod lab;
pub mod lines;
pub mod list;
pub mod pcap;
pub mod search;
pub mod server;
pub mod service;
pub mod session;
pub mod stats;
pub mod store;
pub mod terminal;
#[doc(hidden)]
pub mod testing;
pub mod trace;
#[cfg(feature = "window")]
pub mod ui;
pub mod websocket;
pub mod wire;
pub mod words;
