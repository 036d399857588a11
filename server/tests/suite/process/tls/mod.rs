//! The server's own TLS.

pub mod fixture;

mod acme;
mod handshake;
mod pages;
mod pebble;
mod reload;
mod sockets;
