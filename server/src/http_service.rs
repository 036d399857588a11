//! What lies around the whole server: every request has its client and its name before a
//! route sees it, and what most apps ask most is answered before the router.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use axum::{BoxError, Router};
use futures_util::future::{Either, ready};
use http::Request;
use ipnet::IpNet;
use tower::Service as _;

use crate::api::domain_api::VerifyFastPath;
use crate::middleware::client_ip::{self, ClientIp};
use crate::middleware::request_id;

/// The server: the short way, and behind it the router.
#[derive(Clone)]
pub struct HttpService {
    router: Router,
    fast_path: Arc<VerifyFastPath>,
    proxies: Arc<[IpNet]>,
}

impl HttpService {
    /// In front of the router; `proxies` are those whose word on clients is taken.
    #[must_use]
    pub fn new(router: Router, hot: VerifyFastPath, proxies: &[IpNet]) -> Self {
        Self { router, fast_path: Arc::new(hot), proxies: proxies.into() }
    }

    /// Answers a request of `peer`. What is answered the short way costs no more than
    /// a look at it: its body is not wrapped, nothing is remembered with it. All else has
    /// its client and its name put to it here: as layers of the router these two would
    /// cost a copy of the router each.
    pub fn handle<B>(
        &self,
        request: Request<B>,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<B>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let client = || client_ip::resolve(peer.ip().to_canonical(), request.headers(), &self.proxies);
        if let Some(response) = self.fast_path.try_handle(&request, client) {
            return Either::Left(ready(Ok(response)));
        }
        let client = client();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ClientIp(client));
        let mut router = self.router.clone();
        // A router is always ready.
        Either::Right(request_id::assign(request, async move |request| router.call(request).await))
    }
}
