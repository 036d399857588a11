//! Webhooks from outside: the HTTP client with its guard, and the routes of the management API.

mod api;
mod client;
mod guard;

use server::config::{Config, Switch};
use server::webhook_client;
use service::Service;

/// Settings that allow webhooks to call this machine, without TLS.
pub fn loopback_settings() -> Config {
    Config {
        rate_limits: Switch::Off,
        webhook_allow: vec!["127.0.0.1/32".to_owned()],
        webhook_allow_http: Switch::On,
        ..Config::default()
    }
}

/// Switches webhooks on, which may call this machine.
pub fn enable(service: &Service) {
    webhook_client::enable(service, &loopback_settings()).expect("valid settings");
}
