//! The server's own TLS.

pub mod fixture;

mod handshake;
mod pages;
mod reload;
mod sockets;
