//! Tests of the server from outside: the HTTP APIs, the web interface and the binary as a process.

mod api;
mod log_texts;
mod monitoring;
mod packaging;
mod process;
mod public_words;
mod test_app;
mod upgrade;
mod web;
mod webhook;
