//! The trace of a delivery. It goes on with that of the change, which may have been made on another node long ago.

use domain::trace_context::TraceContext;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Status, TraceContextExt as _};
use service::webhook::Reply;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::trace_context::{TRACED, TRACEPARENT, TRACESTATE, join};

/// An attempt that is being made.
pub(super) struct DeliveryTrace {
    /// Not recorded unless the trace of the change is, and traces are on.
    span: Span,
    /// What the receiver gets.
    context: Option<TraceContext>,
}

impl DeliveryTrace {
    /// Begins an attempt. If it is not recorded, the receiver gets the trace of the change.
    pub fn begin(change: Option<TraceContext>) -> Self {
        let is_recorded = change.as_ref().is_some_and(|change| change.parent.is_sampled());
        let span = if is_recorded { open_span() } else { Span::none() };
        let context = join(&span, change);
        Self { span, context }
    }

    /// Returns the headers that pass the trace on.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let parent = self.context.as_ref().map(|context| (TRACEPARENT, context.parent.to_string()));
        let state = self.context.as_ref().and_then(|context| context.state.as_ref());
        parent.into_iter().chain(state.map(|state| (TRACESTATE, state.as_str().to_owned())))
    }

    /// Ends the attempt. The span has the status alone: the address may be a credential.
    pub fn finish(self, reply: &Reply) {
        let context = self.span.context();
        let recorded = context.span();
        recorded.set_attribute(KeyValue::new("http.request.method", "POST"));
        let has_failed = match reply {
            Reply::Answer { status, .. } => {
                recorded.set_attribute(KeyValue::new("http.response.status_code", i64::from(*status)));
                *status >= 400
            }
            Reply::NoAnswer(_) => true,
        };
        if has_failed {
            recorded.set_status(Status::error(""));
        }
    }
}

fn open_span() -> Span {
    tracing::trace_span!(target: TRACED, "webhook.deliver", otel.kind = "client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_of_the_change_is_passed_on_as_it_is_if_traces_are_off() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let headers = |change| DeliveryTrace::begin(change).headers().collect::<Vec<_>>();
        assert!(headers(None).is_empty());
        assert_eq!(headers(TraceContext::parse(parent, None)), [(TRACEPARENT, parent.to_owned())]);
        let both = [(TRACEPARENT, parent.to_owned()), (TRACESTATE, "a=1".to_owned())];
        assert_eq!(headers(TraceContext::parse(parent, Some("a=1"))), both);
    }
}
