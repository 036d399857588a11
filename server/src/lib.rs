//! The countersign binary as a library, so that tests can use it: the public API, the host of the
//! dashboard, and the operator's commands.

mod acme;
pub mod api;
pub mod assets;
mod backup_folder;
mod brand;
pub mod command;
pub mod config;
mod connection_limit;
mod docs;
mod health;
pub mod http_service;
mod instance_lock;
mod instance_probe;
pub mod listen;
mod listeners;
mod locales;
mod master_key_file;
pub mod metrics;
mod middleware;
mod private_folder;
mod redirect;
pub mod router;
mod tls;
mod trace_context;
pub mod traces;
mod web;
pub mod webhook_client;
pub mod worker;
