//! The countersign binary, as a library so that its tests can drive it: the
//! public API, the dashboard around the Leptos app, and the operator's commands.

pub mod api;
pub mod assets;
pub mod command;
pub mod config;
mod docs;
mod health;
pub mod http_service;
pub mod listen;
mod middleware;
pub mod router;
mod web;
pub mod worker;
