//! Removes from spans what may hold a secret: all attributes but those of a list, all events, and texts of errors.
//!
//! The spans of use cases are those of the log, where they name accounts and objects. Traces leave the operator's
//! machines more often than logs do.

use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter};

/// The attributes that are exported, by the semantic conventions of OpenTelemetry. None is of a client or a seller.
const ALLOWED: [&str; 10] = [
    "batch.size",
    "db.collection.name",
    "db.operation.name",
    "db.query.text",
    "db.system.name",
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "url.scheme",
];

/// Exports the allowed part of spans.
#[derive(Debug)]
pub(super) struct AllowedOnly<E>(pub E);

impl<E: SpanExporter> SpanExporter for AllowedOnly<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(reduce);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn reduce(span: &mut SpanData) {
    span.attributes.retain(|attribute| ALLOWED.contains(&attribute.key.as_str()));
    span.events = SpanEvents::default();
    if matches!(span.status, Status::Error { .. }) {
        span.status = Status::error("");
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::trace::{SpanContext, SpanId, SpanKind};
    use opentelemetry::{InstrumentationScope, KeyValue};
    use opentelemetry_sdk::trace::SpanLinks;

    use super::*;

    #[test]
    fn other_attributes_and_texts_of_errors_are_removed() {
        let mut span = SpanData {
            span_context: SpanContext::empty_context(),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "license.suspend".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH,
            attributes: vec![
                KeyValue::new("account", "secret"),
                KeyValue::new("http.route", "/v3/licenses/{id}"),
                KeyValue::new("path", "/reset/secret"),
            ],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::error("secret"),
            instrumentation_scope: InstrumentationScope::default(),
        };
        reduce(&mut span);
        assert_eq!(span.attributes, [KeyValue::new("http.route", "/v3/licenses/{id}")]);
        assert_eq!(span.status, Status::error(""));
    }
}
