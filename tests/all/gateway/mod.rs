//! The gateway over real sockets, in front of backends that do what a script says.

mod attempts;
mod backend;
mod checks;
mod clients;
mod fields;
mod hostile;
mod lineage;
mod memory;
mod messages;
mod on_purpose;
mod preview;
mod queue;
mod recorders;
mod rows;
mod security;
mod sentences;
mod tls;
mod trouble;

use std::net::SocketAddr;

use byteglass::{
    gateway::{GatewaySettings, GroupSettings},
    server::{Guards, Handle, Settings},
    testing::Client,
};

use lineage::Watched;

/// A gateway in front of one group that is mounted at `prefix`. When it is dropped, the lineage of all that it sent is
/// checked.
fn gateway(prefix: &str, backends: &[SocketAddr], path: &str) -> Watched {
    gateway_with(prefix, backends, path, Guards::default())
}

fn gateway_with(prefix: &str, backends: &[SocketAddr], path: &str, guards: Guards) -> Watched {
    let addresses = backends.iter().map(|backend| format!("http://{backend}{path}").parse().unwrap());
    let group = GroupSettings::new("app", prefix, addresses);
    let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
    Watched::start(Settings { port: 0, gateway, guards, ..Settings::default() })
}

fn client(server: &Handle) -> Client {
    Client::connect(server.address().unwrap())
}
