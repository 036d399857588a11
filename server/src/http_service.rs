//! Outermost HTTP service: resolves the client address and the request id, and answers `/verify`
//! from the cache before routing.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use axum::{BoxError, Router};
use futures_util::future::{Either, ready};
use http::Request;
use ipnet::IpNet;
use service::{NoticeKind, Service};
use tower::Service as _;
use tracing::Span;

use crate::api::domain_api::VerifyFastPath;
use crate::instance_probe;
use crate::metrics::{RequestMetrics, route};
use crate::middleware::client_ip::{self, ClientIp};
use crate::middleware::request_id;
use crate::trace_context::IncomingTrace;
use crate::traces::{self, RequestTraces};

/// The fast path, and the router behind it.
#[derive(Clone)]
pub struct HttpService {
    router: Router,
    fast_path: Arc<VerifyFastPath>,
    proxies: Arc<[IpNet]>,
    service: Service,
    /// `None` if metrics are off. Then no time is read.
    metrics: Option<Arc<RequestMetrics>>,
    /// `None` if traces are off.
    traces: Option<Arc<RequestTraces>>,
}

impl HttpService {
    /// Wraps the router. `proxies` are the proxies whose `X-Forwarded-For` is trusted.
    #[must_use]
    pub fn new(service: &Service, router: Router, fast_path: VerifyFastPath, proxies: &[IpNet]) -> Self {
        let fast_path = Arc::new(fast_path);
        let (proxies, service) = (proxies.into(), service.clone());
        Self { router, fast_path, proxies, service, metrics: None, traces: None }
    }

    /// Counts requests from now on, if metrics are on.
    #[must_use]
    pub fn with_metrics(self, is_on: bool) -> Self {
        Self { metrics: is_on.then(Arc::default), ..self }
    }

    /// Records requests from now on, if traces are on.
    #[must_use]
    pub fn with_traces(self, traces: Option<Arc<RequestTraces>>) -> Self {
        Self { traces, ..self }
    }

    /// Returns the counters of requests, if metrics are on.
    #[must_use]
    pub fn metrics(&self) -> Option<&Arc<RequestMetrics>> {
        self.metrics.as_ref()
    }

    /// Tells the operator of a proxy whose `X-Forwarded-For` is not trusted: its clients share one rate
    /// limit.
    fn report_untrusted_proxy<B>(&self, request: &Request<B>, peer: SocketAddr) {
        let ip = peer.ip().to_canonical();
        if request.headers().contains_key("x-forwarded-for")
            && !self.proxies.iter().any(|proxy| proxy.contains(&ip))
        {
            self.service.notices().add(NoticeKind::UntrustedProxy, || {
                format!(
                    "A proxy at {ip} forwards requests, but is not trusted: all its clients share one rate limit. \
                     If it is yours, set COUNTERSIGN_TRUSTED_PROXIES={ip}."
                )
            });
        }
    }

    /// Handles a request of `peer`. The fast path reads the request without wrapping its body or
    /// adding extensions. Other requests get their client address and request id here, because two
    /// router layers would each clone the router.
    pub fn handle<B>(
        &self,
        request: Request<B>,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<B>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        // RFC 9112, section 3.2: a request has one host.
        if request.headers().get_all(http::header::HOST).iter().nth(1).is_some() {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            return Either::Left(ready(Ok(response)));
        }
        let started_at = self.metrics.as_ref().map(|_| Instant::now());
        let recorded = self.traces.as_ref().and_then(|traces| traces.sample(request.headers()));
        let client = || client_ip::resolve(peer.ip().to_canonical(), request.headers(), &self.proxies);
        if let Some(response) = self.fast_path.try_handle(&request, client) {
            if let Some((metrics, started_at)) = self.metrics.as_ref().zip(started_at) {
                metrics.record_verify(request.uri().path(), response.status(), started_at.elapsed());
            }
            if let Some((traces, trace)) = self.traces.as_ref().zip(recorded) {
                traces.record(&trace, request.method(), request.uri().path(), response.status());
            }
            return Either::Left(ready(Ok(response)));
        }
        let client = client();
        // Only the doctor asks for it.
        let forwarded = request
            .headers()
            .contains_key(instance_probe::HEADER)
            .then(|| client_ip::forwarded(peer.ip().to_canonical(), request.headers(), &self.proxies));
        self.report_untrusted_proxy(&request, peer);
        let mut request = request.map(Body::new);
        if request.uri().path().starts_with("//v3/") {
            remove_doubled_slash(&mut request);
        }
        request.extensions_mut().insert(ClientIp(client));
        if let Some(forwarded) = forwarded {
            request.extensions_mut().insert(forwarded);
        }
        let observation = self.metrics.as_ref().zip(started_at);
        let observation = observation.map(|(metrics, started_at)| metrics.observe(&request, started_at));
        let trace = recorded.unwrap_or_else(|| IncomingTrace::not_recorded(request.headers()));
        let traced = trace
            .is_recorded()
            .then(|| (request.method().clone(), route::without_template(request.uri().path())));
        let mut router = self.router.clone();
        // `Router` is always ready, so `poll_ready` is skipped.
        Either::Right(request_id::assign(request, trace, async move |request| {
            let response = router.call(request).await;
            if let (Some((method, otherwise)), Ok(response)) = (traced, &response) {
                let route = route::of_response(response, otherwise);
                traces::finish(&Span::current(), &method, route, response.status());
            }
            if let (Some(observation), Ok(response)) = (observation, &response) {
                observation.finish(response);
            }
            response
        }))
    }
}

/// Removes the first of two slashes after the host, which clients send whose base address ends in a slash.
fn remove_doubled_slash(request: &mut Request<Body>) {
    let target = request.uri().path_and_query().map(|target| target.as_str()[1..].parse());
    if let Some(Ok(uri)) = target {
        *request.uri_mut() = uri;
    }
}
