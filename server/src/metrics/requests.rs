//! Counts the requests of the HTTP service by route, method and outcome, with their times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use http::{Method, Request, StatusCode};

use super::route;
use super::routes_seen::{RouteCounts, RouteUse, Routes, method_index};

/// The paths of a verification that the fast path answers.
const VERIFY: &str = "/verify";
const NESTED_VERIFY: &str = "/api/license/verify";

/// The counters of requests.
pub struct RequestMetrics {
    routes: Routes,
    // The hot path must not look its counters up. The table holds the same counters.
    verify: Arc<RouteCounts>,
    nested_verify: Arc<RouteCounts>,
    get: usize,
}

/// A request that is being answered.
pub struct Observation {
    metrics: Arc<RequestMetrics>,
    method: usize,
    route_without_template: &'static str,
    started_at: Instant,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let routes = Routes::default();
        let (verify, nested_verify) = (routes.get(VERIFY), routes.get(NESTED_VERIFY));
        Self { routes, verify, nested_verify, get: method_index(&Method::GET) }
    }
}

impl RequestMetrics {
    /// Counts a verification that was answered by the fast path. Neither locks nor allocates.
    pub fn record_verify(&self, path: &str, status: StatusCode, time: Duration) {
        let counts = if path == VERIFY { &self.verify } else { &self.nested_verify };
        counts.record(self.get, status, time);
    }

    /// Begins to observe a request that the router answers.
    #[must_use]
    pub fn observe<B>(self: &Arc<Self>, request: &Request<B>, started_at: Instant) -> Observation {
        Observation {
            metrics: Arc::clone(self),
            method: method_index(request.method()),
            route_without_template: route::without_template(request.uri().path()),
            started_at,
        }
    }

    /// Returns the counts of all routes.
    pub(super) fn read(&self) -> Vec<RouteUse> {
        self.routes.read()
    }
}

impl Observation {
    /// Counts the request. Its time ends here, also if the body of the response is a stream.
    pub fn finish(self, response: &Response) {
        let route = route::of_response(response, self.route_without_template);
        self.metrics.routes.get(route).record(self.method, response.status(), self.started_at.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_path_and_router_share_counters() {
        let metrics = Arc::new(RequestMetrics::default());
        metrics.record_verify("/verify", StatusCode::OK, Duration::from_micros(10));
        metrics.record_verify(
            "/api/license/verify",
            StatusCode::TOO_MANY_REQUESTS,
            Duration::from_micros(10),
        );
        let request = Request::get("/nowhere").body(()).expect("a request");
        metrics.observe(&request, Instant::now()).finish(&Response::default());
        let occurred = |route: RouteUse| {
            let outcomes = route.outcomes.into_iter().filter(|(_, _, count)| *count > 0);
            (route.route, outcomes.collect::<Vec<_>>())
        };
        let seen: Vec<_> = metrics.read().into_iter().map(occurred).collect();
        let expected = [
            ("/api/license/verify", ("GET", "rate_limited", 1)),
            ("/verify", ("GET", "success", 1)),
            ("dashboard", ("GET", "success", 1)),
        ];
        assert_eq!(seen, expected.map(|(route, outcome)| (route.to_owned(), vec![outcome])));
    }
}
