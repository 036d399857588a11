//! The shortest way for what every deployed app asks on every page load: a
//! verification whose license is in memory is answered here, before the router
//! and its layers, which cost more than the verification itself. Whatever else
//! is asked goes the whole way. A test compares the two ways header by header.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use domain::rate::{Quota, Ruling};
use futures_util::future::{Either, Ready, ready};
use http::{HeaderValue, Method, header};
use ipnet::IpNet;
use service::{Service, activation};

use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::limit::{Endpoint, Limits};
use super::verify;
use crate::listen::Peer;
use crate::middleware::client;

/// The server: the short way, and behind it the router.
#[derive(Clone)]
pub struct Front {
    router: Router,
    hot: Arc<Hot>,
}

struct Hot {
    service: Service,
    limits: Arc<Limits>,
    proxies: Arc<[IpNet]>,
}

impl Front {
    /// In front of the router; `limits` are those that it counts with.
    pub fn new(router: Router, service: &Service, limits: &Arc<Limits>, proxies: &Arc<[IpNet]>) -> Self {
        let hot = Hot { service: service.clone(), limits: Arc::clone(limits), proxies: Arc::clone(proxies) };
        Self { router, hot: Arc::new(hot) }
    }
}

impl tower::Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, <Router as tower::Service<Request>>::Future>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.hot.answer(&request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(tower::Service::call(&mut self.router, request)),
        }
    }
}

impl Hot {
    fn answer(&self, request: &Request<Body>) -> Option<Response> {
        let path = request.uri().path();
        if request.method() != Method::GET || !matches!(path, "/verify" | "/api/license/verify") {
            return None;
        }
        let (key, domain) = Fields::of_query(request.uri().query()).key_and_domain().ok()?;
        let warm = activation::warm(&self.service, &key, &domain)?;
        let peer = request.extensions().get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
        let client = client::client(peer.to_canonical(), request.headers(), &self.proxies);
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
            headers.insert("x-ratelimit-limit", HeaderValue::from(limit));
            headers.insert("x-ratelimit-remaining", HeaderValue::from(remaining));
        }
        if let Ok(id) = HeaderValue::from_str(&service::new_id().to_string()) {
            headers.insert("x-request-id", id);
        }
        Some(response)
    }
}
