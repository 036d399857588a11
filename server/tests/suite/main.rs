//! The server as its clients see it: the API by its URL tree, the web face, and
//! the binary as a process.

#[path = "../../service/tests/support/mod.rs"]
mod support;

mod api;
mod process;
mod test_app;
mod web;
