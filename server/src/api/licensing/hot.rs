//! The shortest way for what every deployed app asks on every page load: a
//! verification whose license is in memory is answered here, before the router
//! and its layers, which cost more than the verification itself. Whatever else
//! is asked goes the whole way. A test compares the two ways header by header.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use axum::{BoxError, Router};
use domain::rate::{Quota, Ruling};
use futures_util::future::{Either, ready};
use http::{HeaderValue, Method, Request, header};
use ipnet::IpNet;
use service::{Service, activation};
use tower::Service as _;

use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::limit::{self, Endpoint, Limits};
use super::verify;
use crate::middleware::client::{self, Client};
use crate::middleware::request_id;

/// The server: the short way, and behind it the router.
#[derive(Clone)]
pub struct Front {
    router: Router,
    hot: Arc<Hot>,
}

struct Hot {
    service: Service,
    limits: Arc<Limits>,
    proxies: Vec<IpNet>,
}

impl Front {
    /// In front of the router; `limits` are those that it counts with.
    pub fn new(router: Router, service: &Service, limits: &Arc<Limits>, proxies: Vec<IpNet>) -> Self {
        let hot = Hot { service: service.clone(), limits: Arc::clone(limits), proxies };
        Self { router, hot: Arc::new(hot) }
    }

    /// Answers a request of `peer`. What is answered the short way costs no more than
    /// a look at it: its body is not wrapped, nothing is remembered with it. All else has
    /// its client and its name put to it here: as layers of the router these two would
    /// cost a copy of the router each.
    pub fn answer<B>(
        &self,
        request: Request<B>,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<B>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        if let Some(response) = self.hot.answer(&request, peer.ip()) {
            return Either::Left(ready(Ok(response)));
        }
        let mut request = request.map(Body::new);
        let client = self.hot.client(&request, peer.ip());
        request.extensions_mut().insert(Client(client));
        let mut router = self.router.clone();
        // A router is always ready.
        Either::Right(request_id::name(request, async move |request| router.call(request).await))
    }
}

impl Hot {
    fn client<B>(&self, request: &Request<B>, peer: IpAddr) -> IpAddr {
        client::client(peer.to_canonical(), request.headers(), &self.proxies)
    }

    fn answer<B>(&self, request: &Request<B>, peer: IpAddr) -> Option<Response> {
        let path = request.uri().path();
        if request.method() != Method::GET || !matches!(path, "/verify" | "/api/license/verify") {
            return None;
        }
        let (key, domain) = Fields::of_query(request.uri().query()).key_and_domain().ok()?;
        let warm = activation::warm(&self.service, &key, &domain)?;
        let client = self.client(request, peer);
        let (mut response, remaining) = match self.limits.admit(Endpoint::Verify, client) {
            None => (verify::rendered(warm.count(&domain)), None),
            Some((quota, Ruling::Allowed { remaining })) => {
                (verify::rendered(warm.count(&domain)), Some((quota, remaining)))
            }
            Some((quota, Ruling::Refused { retry_after })) => {
                (Refusal::RateLimited(retry_after).answer(Dialect::Verify), Some((quota, 0)))
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after,x-ratelimit-limit,x-ratelimit-remaining,x-request-id"),
        );
        if let Some((Quota { limit, .. }, remaining)) = remaining {
            headers.insert(limit::LIMIT, HeaderValue::from(limit));
            headers.insert(limit::REMAINING, HeaderValue::from(remaining));
        }
        if let Ok(id) = HeaderValue::from_str(service::new_id().as_hyphenated().encode_lower(&mut [0; 36])) {
            headers.insert(request_id::NAME, id);
        }
        Some(response)
    }
}
