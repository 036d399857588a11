//! The traces of requests: read from their headers (W3C Trace Context), and continued by spans.

use std::time::SystemTime;

use domain::trace_context::{TraceContext, TraceParent};
use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The target of spans with which a trace begins on this node. The layer of traces takes other spans only within such
/// a span. A filter of the log for `server` covers it too.
pub(crate) const TRACED: &str = "server::traced";
/// The header with the position in a trace.
pub(crate) const TRACEPARENT: &str = "traceparent";
/// The header with what other systems added to a trace.
pub(crate) const TRACESTATE: &str = "tracestate";

/// The trace of a request, as it arrived.
pub struct IncomingTrace {
    /// What the caller sent.
    pub caller: Option<TraceContext>,
    /// When the request arrived, if this node records it.
    pub recorded_since: Option<SystemTime>,
}

impl IncomingTrace {
    /// Returns the trace of a request that this node does not record.
    #[must_use]
    pub fn not_recorded(headers: &HeaderMap) -> Self {
        Self { caller: of_headers(headers), recorded_since: None }
    }

    /// Returns whether this node records the request.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.recorded_since.is_some()
    }
}

/// Returns the trace that a request carries. Malformed headers, and a `traceparent` that is sent twice, are ignored.
pub(crate) fn of_headers(headers: &HeaderMap) -> Option<TraceContext> {
    let mut parents = headers.get_all(TRACEPARENT).iter();
    let parent = parents.next()?.to_str().ok()?;
    if parents.next().is_some() {
        return None;
    }
    let states = headers.get_all(TRACESTATE).iter().map(|value| value.to_str().unwrap_or_default());
    let states: Vec<&str> = states.collect();
    TraceContext::parse(parent, Some(&states.join(",")))
}

/// Makes a new span a child of the caller's. Returns the trace that the span continues or begins; if the span is not
/// recorded, that of the caller.
pub(crate) fn join(span: &Span, caller: Option<TraceContext>) -> Option<TraceContext> {
    if let Some(caller) = &caller {
        // Fails for a span that is not recorded.
        let _ = span.set_parent(remote(caller));
    }
    let context = span.context();
    let recorded = context.span();
    let own = recorded.span_context();
    let parent = TraceParent::new(own.trace_id().to_bytes(), own.span_id().to_bytes(), own.is_sampled());
    match parent {
        Some(parent) => Some(TraceContext { parent, state: caller.and_then(|caller| caller.state) }),
        None => caller,
    }
}

/// Returns the caller's span as the parent of spans.
pub(crate) fn remote(caller: &TraceContext) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_bytes(caller.parent.trace_id()),
        SpanId::from_bytes(caller.parent.span_id()),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn context(lines: &[(&'static str, &str)]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        of_headers(&headers)
    }

    #[test]
    fn headers_are_read_or_ignored() {
        assert_eq!(context(&[]), None);
        assert_eq!(context(&[(TRACEPARENT, PARENT)]), TraceContext::parse(PARENT, None));
        let both = context(&[(TRACEPARENT, PARENT), (TRACESTATE, "a=1"), (TRACESTATE, "b=2")]);
        assert_eq!(both, TraceContext::parse(PARENT, Some("a=1,b=2")));
        assert_eq!(context(&[(TRACEPARENT, PARENT), (TRACEPARENT, PARENT)]), None);
        assert_eq!(context(&[(TRACEPARENT, "nonsense"), (TRACESTATE, "a=1")]), None);
        assert_eq!(context(&[(TRACESTATE, "a=1")]), None);
    }

    #[test]
    fn span_that_is_not_recorded_passes_the_caller_on() {
        let caller = TraceContext::parse(PARENT, Some("a=1"));
        assert_eq!(join(&Span::none(), caller.clone()), caller);
        assert_eq!(join(&Span::none(), None), None);
    }
}
