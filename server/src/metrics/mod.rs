//! Metrics in Prometheus' text format, on a listener of their own. Off unless the setting `metrics_listen` is set.
//!
//! `requests.rs` counts the answers of the HTTP service. The counters of use cases are the service's
//! ([`service::metrics`]). An [`Exporter`] reads both at each scrape, and writes them by `snapshot.rs`.

mod exporter;
mod families;
mod listen;
mod requests;
pub mod route;
mod routes_seen;
mod snapshot;
mod waiting;

pub use exporter::Exporter;
pub use listen::serve;
pub use requests::RequestMetrics;
