//! Traces by OTLP. Off unless the setting `traces_endpoint` is set; then no layer is installed at all.
//!
//! A sampled request opens a span of the target [`crate::trace_context::TRACED`]. Within it, the layer (`layer.rs`)
//! takes the spans of use cases, which the log shows too, and those of batches and transactions. `statement.rs` adds
//! a span for each statement. `allowed.rs` removes all attributes but those that are known to hold no secret, and
//! `collector.rs` sends the spans from a thread of their own.

mod allowed;
mod collector;
mod exporter;
mod layer;
mod requests;
mod sampler;
mod statement;

pub use exporter::Traces;
pub use requests::RequestTraces;
pub(crate) use requests::finish;
