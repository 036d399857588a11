//! The counters of one route, and the table of all routes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Method, StatusCode};
use service::counters::{Counters, Histogram, HistogramCounts, LATENCIES_NS};

/// Methods by label. Others, also of unknown names, are the last one.
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "DELETE", "other"];
/// Outcomes by label, in the order of [`outcome_of`].
const OUTCOMES: [&str; 5] = ["success", "redirect", "client_error", "rate_limited", "server_error"];
/// Number of counters of a route.
const SERIES: usize = METHODS.len() * OUTCOMES.len();

/// The counters of one route.
pub(super) struct RouteCounts {
    times: Histogram,
    outcomes: Counters<SERIES>,
}

/// The counts of one route at one time.
#[derive(Debug)]
pub(super) struct RouteUse {
    pub(super) route: String,
    /// Times in nanoseconds.
    pub(super) times: HistogramCounts,
    /// Method, outcome and number: all outcomes of the methods that occurred.
    pub(super) outcomes: Vec<(&'static str, &'static str, u64)>,
}

impl Default for RouteCounts {
    fn default() -> Self {
        Self { times: Histogram::new(&LATENCIES_NS), outcomes: Counters::default() }
    }
}

impl RouteCounts {
    /// Counts an answer.
    pub(super) fn record(&self, method: usize, status: StatusCode, time: Duration) {
        self.outcomes.add(method * OUTCOMES.len() + outcome_of(status), 1);
        self.times.record_time(time);
    }

    fn read(&self, route: &str) -> RouteUse {
        let mut outcomes = Vec::new();
        for (method, method_label) in METHODS.into_iter().enumerate() {
            let first = method * OUTCOMES.len();
            let counts: [u64; OUTCOMES.len()] =
                std::array::from_fn(|outcome| self.outcomes.get(first + outcome));
            // A series that begins with its first error shows no increase, so that an alert would miss it.
            if counts.iter().any(|count| *count > 0) {
                let series = OUTCOMES.into_iter().zip(counts);
                outcomes.extend(series.map(|(outcome, count)| (method_label, outcome, count)));
            }
        }
        RouteUse { route: route.to_owned(), times: self.times.counts(), outcomes }
    }
}

/// Returns the index of a method.
pub(super) fn method_index(method: &Method) -> usize {
    METHODS.iter().position(|label| *label == method.as_str()).unwrap_or(METHODS.len() - 1)
}

/// Returns the index of an outcome.
fn outcome_of(status: StatusCode) -> usize {
    if status == StatusCode::TOO_MANY_REQUESTS {
        3
    } else if status.is_client_error() {
        2
    } else if status.is_server_error() {
        4
    } else {
        usize::from(status.is_redirection())
    }
}

/// The routes that were requested. Their number is bounded by the templates of the router.
#[derive(Default)]
pub(super) struct Routes(ArcSwap<HashMap<Box<str>, Arc<RouteCounts>>>);

impl Routes {
    /// Returns the counters of a route. Only the first request of a route copies the table.
    pub(super) fn get(&self, route: &str) -> Arc<RouteCounts> {
        if let Some(counts) = self.0.load().get(route) {
            return Arc::clone(counts);
        }
        let added = Arc::<RouteCounts>::default();
        self.0.rcu(|routes| {
            let mut routes = (**routes).clone();
            routes.entry(route.into()).or_insert_with(|| Arc::clone(&added));
            routes
        });
        // Another request may have added the route at the same time.
        self.0.load().get(route).map_or(added, Arc::clone)
    }

    /// Returns the counts of all routes, by name.
    pub(super) fn read(&self) -> Vec<RouteUse> {
        let routes = self.0.load();
        let mut uses: Vec<RouteUse> = routes.iter().map(|(route, counts)| counts.read(route)).collect();
        uses.sort_by(|a, b| a.route.cmp(&b.route));
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_many_threads_are_counted_once_each() {
        let routes = Routes::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for n in 0..100 {
                        let counts = routes.get(&format!("/{}", n % 10));
                        counts.record(method_index(&Method::GET), StatusCode::OK, Duration::from_micros(5));
                    }
                });
            }
        });
        let uses = routes.read();
        assert_eq!(uses.len(), 10);
        for route in uses {
            let expected = [80, 0, 0, 0, 0];
            let expected: Vec<_> =
                OUTCOMES.into_iter().zip(expected).map(|(name, count)| ("GET", name, count)).collect();
            assert_eq!(route.outcomes, expected, "{}: outcomes of 0 too, and no other method", route.route);
            assert_eq!((route.times.count, route.times.sum), (80, 80 * 5_000));
        }
    }

    #[test]
    fn outcomes_are_classes_of_statuses() {
        for (status, outcome) in [
            (200, "success"),
            (204, "success"),
            (303, "redirect"),
            (304, "redirect"),
            (404, "client_error"),
            (422, "client_error"),
            (429, "rate_limited"),
            (500, "server_error"),
            (503, "server_error"),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(OUTCOMES[outcome_of(status)], outcome, "{status}");
        }
    }

    #[test]
    fn unknown_methods_share_a_label() {
        let label = |method: &str| METHODS[method_index(&method.parse().expect("a method"))];
        assert_eq!(["GET", "DELETE", "HEAD", "BREW"].map(label), ["GET", "DELETE", "other", "other"]);
    }
}
