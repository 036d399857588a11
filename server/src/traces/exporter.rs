//! The pipeline of traces: sampler, layer, bounded queue, exporter.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler as SpanSampler, SdkTracer, SdkTracerProvider,
};
use service::store::StatementObserver;
use tokio::task::spawn_blocking;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::allowed::AllowedOnly;
use super::collector::{ATTEMPT_TIMEOUT, Collector};
use super::layer;
use super::requests::RequestTraces;
use super::sampler::Sampler;
use super::statement;
use crate::config::TraceSettings;

/// The name of this program in traces.
const SERVICE_NAME: &str = "countersign";
/// Maximum number of spans that wait: some hundred traces, less than 10 MB. Further ones are dropped.
const QUEUE_CAPACITY: usize = 8192;
/// Maximum number of spans of a request to the collector.
const MAX_BATCH: usize = 512;
/// Time between two requests to the collector, if fewer spans wait.
const EXPORT_INTERVAL: Duration = Duration::from_secs(2);
/// Longest wait for the last spans at the stop of the server.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The traces of a server.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    one_in: u32,
}

impl Traces {
    /// Starts the thread that sends spans. Needs a runtime.
    ///
    /// # Errors
    /// Returns a sentence if the exporter does not accept the settings.
    pub fn start(settings: TraceSettings) -> Result<Self, String> {
        let TraceSettings { endpoint, headers, one_in } = settings;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new())
            .with_headers(headers)
            // One more attempt: the thread has further spans to send.
            .with_retry_policy(RetryPolicy::recommended().with_max_retries(1))
            .with_endpoint(endpoint)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(ATTEMPT_TIMEOUT)
            .build()
            .map_err(|error| format!("Traces can't be sent: {error}."))?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_CAPACITY)
            .with_max_export_batch_size(MAX_BATCH)
            .with_scheduled_delay(EXPORT_INTERVAL)
            .build();
        let processor = BatchSpanProcessor::builder(AllowedOnly(exporter)).with_batch_config(config).build();
        let resource = Resource::builder_empty()
            .with_service_name(SERVICE_NAME)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("service.instance.id", service::random_id().to_string()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            // The sampler of requests decides before a span begins.
            .with_sampler(SpanSampler::AlwaysOn)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer(SERVICE_NAME);
        Ok(Self { provider, tracer, one_in })
    }

    /// Returns the layer of the subscriber.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        layer::layer(self.tracer.clone())
    }

    /// Returns what records requests.
    #[must_use]
    pub fn requests(&self) -> Arc<RequestTraces> {
        Arc::new(RequestTraces::new(self.tracer.clone(), Sampler::new(self.one_in)))
    }

    /// Returns the callback that records statements.
    #[must_use]
    pub fn statement_observer(&self, is_sqlite: bool) -> StatementObserver {
        statement::observer(self.tracer.clone(), if is_sqlite { "sqlite" } else { "postgresql" })
    }

    /// Sends the last spans, within two seconds.
    pub async fn shutdown(self) {
        let stopped = spawn_blocking(move || self.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent to the collector within 2 s; they are dropped");
        }
    }
}
