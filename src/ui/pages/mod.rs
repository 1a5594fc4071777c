//! The pages of the window.

pub mod server;
pub mod traffic;

pub use server::ServerPage;
pub use traffic::TrafficPage;
