//! The spans of requests, by the semantic conventions of OpenTelemetry for HTTP servers.

use http::{HeaderMap, Method, StatusCode};
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::sampler::Sampler;
use crate::trace_context::{self, IncomingTrace};

/// Records requests.
pub struct RequestTraces {
    tracer: SdkTracer,
    sampler: Sampler,
}

impl RequestTraces {
    pub(super) fn new(tracer: SdkTracer, sampler: Sampler) -> Self {
        Self { tracer, sampler }
    }

    /// Returns the trace of a request that is recorded, else `None`.
    #[must_use]
    pub fn sample(&self, headers: &HeaderMap) -> Option<IncomingTrace> {
        let caller = trace_context::of_headers(headers);
        let is_admitted = self.sampler.admits(caller.as_ref());
        is_admitted.then(|| IncomingTrace { caller, recorded_since: Some(opentelemetry::time::now()) })
    }

    /// Records a request that the fast path has answered.
    pub fn record(&self, trace: &IncomingTrace, method: &Method, route: &str, status: StatusCode) {
        let Some(started_at) = trace.recorded_since else { return };
        let parent = trace.caller.as_ref().map_or_else(Context::new, trace_context::remote);
        let builder = self.tracer.span_builder(name(method, route)).with_kind(SpanKind::Server);
        let builder = builder.with_start_time(started_at).with_attributes(attributes(method, route, status));
        let mut span = builder.start_with_context(&self.tracer, &parent);
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// Completes the span of a request that the router has answered.
pub(crate) fn finish(span: &tracing::Span, method: &Method, route: &str, status: StatusCode) {
    let context = span.context();
    let recorded = context.span();
    recorded.update_name(name(method, route));
    recorded.set_attributes(attributes(method, route, status));
    if status.is_server_error() {
        recorded.set_status(Status::error(""));
    }
}

fn name(method: &Method, route: &str) -> String {
    match method_word(method) {
        "_OTHER" => format!("HTTP {route}"),
        method => format!("{method} {route}"),
    }
}

/// Returns the method. Clients may send any word as one.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

fn attributes(method: &Method, route: &str, status: StatusCode) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("http.request.method", method_word(method)),
        KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
    ];
    // Pages share a word instead of a template.
    if route.starts_with('/') {
        attributes.push(KeyValue::new("http.route", route.to_owned()));
    }
    if status.is_server_error() {
        attributes.push(KeyValue::new("error.type", status.as_str().to_owned()));
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_attributes_have_few_values() {
        let odd = Method::from_bytes(b"SECRET").expect("a method");
        assert_eq!(name(&Method::GET, "/verify"), "GET /verify");
        assert_eq!(name(&odd, "dashboard"), "HTTP dashboard");
        let attributes = attributes(&odd, "dashboard", StatusCode::BAD_GATEWAY);
        assert_eq!(
            attributes,
            [
                KeyValue::new("http.request.method", "_OTHER"),
                KeyValue::new("http.response.status_code", 502_i64),
                KeyValue::new("error.type", "502"),
            ]
        );
    }
}
