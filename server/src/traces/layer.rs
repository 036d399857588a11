//! The layer that turns spans of the process into spans of traces.

use opentelemetry_sdk::trace::SdkTracer;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::DynFilterFn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::trace_context::TRACED;

/// Returns a layer that takes the spans of [`TRACED`], and those of the service within one. It takes no events: their
/// fields and texts may name accounts, customers or keys.
pub(super) fn layer<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let filter = DynFilterFn::new(|metadata: &Metadata<'_>, context: &Context<'_, S>| {
        is_candidate(metadata) && (metadata.target() == TRACED || context.lookup_current().is_some())
    });
    // Other places in the code are never asked again.
    let filter = filter.with_callsite_filter(|metadata: &'static Metadata<'static>| {
        if is_candidate(metadata) { Interest::sometimes() } else { Interest::never() }
    });
    tracing_opentelemetry::layer::<S>()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter)
}

fn is_candidate(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    metadata.is_span() && (target == TRACED || target == "service" || target.starts_with("service::"))
}
