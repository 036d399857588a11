//! The HTTP client of webhooks. It connects to addresses that the operator allows alone, follows no redirects, and
//! uses no proxy.

mod answer;
mod connect_error;
mod connector;
mod direct;
mod resolver;
mod socket;
mod tls;
mod trace;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use domain::webhook::AllowedTargets;
use http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use service::webhook::{OutgoingRequest, Reply, ReplyFuture, Transport, WebhookOptions};
use service::{Clock, Service};
use tokio::time::timeout;

use connect_error::ConnectError;
use connector::Connector;
pub(crate) use direct::{DirectAnswer, DirectError, get, send};
pub use resolver::{Resolve, ResolveFuture, SystemResolver};
use trace::DeliveryTrace;

use crate::api::management_api::webhook::ManagementWords;
use crate::config::Config;

/// Longest attempt, from the look-up of the name to the end of the answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an idle connection is kept for the next delivery.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Idle connections of a receiver: as many as a node uses side by side.
const MAX_IDLE: usize = 10;
/// Longest header of an answer, in bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Sends deliveries over HTTP/1.1, with connections that are used again.
pub struct WebhookClient {
    client: Client<Connector, Full<Bytes>>,
    clock: Clock,
}

/// Switches the webhooks of a process on, by the settings.
///
/// # Errors
/// Returns a sentence if a setting is wrong, or TLS can't be set up.
pub fn enable(service: &Service, settings: &Config) -> Result<(), String> {
    let targets = settings.webhook_targets()?;
    let transport = Arc::new(WebhookClient::new(targets.clone())?);
    service.enable_webhooks(WebhookOptions { targets, words: Arc::new(ManagementWords), transport });
    Ok(())
}

impl WebhookClient {
    /// Creates a client that resolves names by the system.
    ///
    /// # Errors
    /// Returns a sentence if TLS can't be set up.
    pub fn new(targets: AllowedTargets) -> Result<Self, String> {
        Self::with_resolver(targets, Arc::new(SystemResolver))
    }

    /// Creates a client with another resolver, for tests.
    ///
    /// # Errors
    /// Returns a sentence if TLS can't be set up.
    pub fn with_resolver(targets: AllowedTargets, resolver: Arc<dyn Resolve>) -> Result<Self, String> {
        let connector = Connector::new(targets, resolver, tls::config()?);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(MAX_HEADER_BYTES)
            .build(connector);
        Ok(Self { client, clock: Clock::System })
    }

    async fn attempt(&self, outgoing: OutgoingRequest) -> Reply {
        let OutgoingRequest { url, headers, body, trace } = outgoing;
        let trace = DeliveryTrace::begin(trace);
        let mut request = Request::post(url);
        for (name, value) in trace.headers() {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request = request.header(header::ACCEPT, "*/*");
        let Ok(request) = request.body(Full::new(Bytes::from(body))) else {
            return Reply::NoAnswer("The address of the webhook is not valid.".to_owned());
        };
        let reply = match self.client.request(request).await {
            Ok(response) => answer::read(response, self.clock.now()).await,
            Err(error) => Reply::NoAnswer(sentence(&error)),
        };
        trace.finish(&reply);
        reply
    }
}

impl Transport for WebhookClient {
    fn send(&self, request: OutgoingRequest) -> ReplyFuture<'_> {
        Box::pin(async move {
            let reply = timeout(ATTEMPT_TIMEOUT, self.attempt(request)).await;
            reply.unwrap_or_else(|_| Reply::NoAnswer("The receiver did not answer within 15 s.".to_owned()))
        })
    }
}

/// Returns a sentence for the seller. It names no address, because the name may lead into the operator's network.
fn sentence(error: &hyper_util::client::legacy::Error) -> String {
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(error) = source.downcast_ref::<ConnectError>() {
            return error.to_string();
        }
        cause = source.source();
    }
    "The connection ended before an answer.".to_owned()
}
