//! The shared state of the dashboard's handlers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use leptos::config::LeptosOptions;
use service::Service;

use super::live_limit::StreamLimit;

/// The state that the dashboard's handlers share.
#[derive(Clone)]
pub struct WebState {
    pub service: Service,
    pub leptos: LeptosOptions,
    pub origin: Arc<str>,
    /// True once a user exists. Cached because an instance is set up once.
    pub is_set_up: Arc<AtomicBool>,
    /// The open event streams of live pages.
    pub streams: Arc<StreamLimit>,
}

impl WebState {
    /// Returns whether users reach this server over https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}
