//! `/v3` is two APIs: the machine API, which apps call without a token, and the management API, which the
//! seller's systems call with one. This module decides which of the two answers a request.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use service::Service;
use tower::{Service as _, service_fn};
use tower_http::cors::{Any, CorsLayer};

use super::{machine_api, management_api};
use crate::config::Config;
use crate::metrics::route;
use crate::middleware::bearer::bearer_token;
use crate::middleware::request_id::X_REQUEST_ID;

/// The routers of both APIs.
#[derive(Clone)]
struct Apis {
    machine: Router,
    /// Answers unknown paths by the machine API.
    management: Router,
}

/// Returns the routes under `/v3`.
pub fn routes(service: &Service, settings: &Config) -> Router {
    let is_observed = settings.observes_requests();
    let machine = route::noted(machine_api::routes(service, settings.rate_limits), is_observed);
    let management = route::noted(management_api::routes(service, settings), is_observed);
    let management = management.fallback_service(machine.clone());
    let apis = Apis { machine, management };
    let dispatch = service_fn(move |request: Request| {
        let (mut router, others) = apis.router_for(&request);
        async move {
            let response = router.call(without_trailing_slash(request)).await;
            response.map(|response| allow_also(response, &others))
        }
    });
    Router::new().nest_service("/v3", dispatch).layer(cors())
}

impl Apis {
    /// Returns the API that answers a request, and the methods by which the other API serves the path.
    fn router_for(&self, request: &Request) -> (Router, Vec<Method>) {
        let path = request.uri().path();
        let has_token = bearer_token(request.headers()).is_some();
        if is_of_apps(request.method(), path, has_token) {
            return (self.machine.clone(), Vec::new());
        }
        let of_apps = [Method::POST, Method::PATCH].into_iter();
        let of_apps = of_apps.filter(|method| is_of_apps(method, path, has_token));
        (self.management.clone(), of_apps.collect())
    }
}

/// Adds methods to those that the answer to a wrong method names.
fn allow_also(mut response: Response, methods: &[Method]) -> Response {
    if methods.is_empty() || response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok());
    let mut names: Vec<&str> = allowed.into_iter().flat_map(|names| names.split(',')).collect();
    for method in methods {
        if !names.contains(&method.as_str()) {
            names.push(method.as_str());
        }
    }
    if let Ok(names) = HeaderValue::from_str(&names.join(",")) {
        response.headers_mut().insert(header::ALLOW, names);
    }
    response
}

/// Returns whether apps call the route. They need no token, and one is ignored; but a seller's system frees a
/// machine by the same route as the machine itself.
fn is_of_apps(method: &Method, path: &str, has_token: bool) -> bool {
    let mut segments = path.trim_matches('/').split('/');
    let route = [segments.next(), segments.next(), segments.next(), segments.next()];
    // The word is no id of a trial: other methods are not allowed there.
    if matches!(route, [Some("trial-activations"), Some("offline-activate"), None, _]) {
        return true;
    }
    match method.as_str() {
        "POST" => matches!(
            route,
            [Some("activations" | "trial-activations"), None, ..]
                | [Some("activations"), Some(_), Some("deactivate"), None]
                | [Some("activations"), Some("meter-attributes"), Some(_), None]
        ),
        "PATCH" => is_activation(route),
        "DELETE" => !has_token && is_activation(route),
        "GET" | "HEAD" => {
            matches!(route, [Some("releases"), Some("update"), None, _] | [Some("status"), None, ..])
        }
        _ => false,
    }
}

/// Returns whether a route is one activation. The words of the seller's routes are no ids: other methods are not
/// allowed there.
fn is_activation(route: [Option<&str>; 4]) -> bool {
    match route {
        [Some("activations"), Some(id), None, _] => {
            !matches!(id, "export" | "offline-activate" | "offline-deactivate")
        }
        _ => false,
    }
}

/// Removes the slashes at the end of the path, which some clients send.
fn without_trailing_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() || trimmed.len() == path.len() {
        return request;
    }
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(uri) = format!("{trimmed}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

/// Allows every origin: the token or the license key is the credential, and cookies are not read.
fn cors() -> CorsLayer {
    let exposed = ["x-total-count", "x-total-count-capped", "pagination-count", "idempotent-replayed"];
    let of_rate = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"];
    let exposed = exposed.into_iter().chain(of_rate).map(HeaderName::from_static);
    let exposed = exposed.chain([header::LINK, header::LOCATION, header::RETRY_AFTER, X_REQUEST_ID]);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers(exposed.collect::<Vec<_>>())
        .max_age(Duration::from_mins(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_apps_ignore_a_token_but_for_the_release_of_a_machine() {
        for (method, path) in [
            (Method::POST, "/activations"),
            (Method::POST, "/activations/"),
            (Method::PATCH, "/activations/1"),
            (Method::POST, "/activations/1/deactivate"),
            (Method::POST, "/activations/meter-attributes/1"),
            (Method::POST, "/trial-activations"),
            (Method::POST, "/trial-activations/offline-activate"),
            (Method::GET, "/trial-activations/offline-activate"),
            (Method::HEAD, "/trial-activations/offline-activate/"),
            (Method::PATCH, "/trial-activations/offline-activate"),
            (Method::DELETE, "/trial-activations/offline-activate"),
            (Method::GET, "/releases/update"),
            (Method::HEAD, "/status"),
        ] {
            assert!(is_of_apps(&method, path, true) && is_of_apps(&method, path, false), "{method} {path}");
        }
        assert!(is_of_apps(&Method::DELETE, "/activations/1", false));
        assert!(!is_of_apps(&Method::DELETE, "/activations/1", true));
        for (method, path) in [
            (Method::GET, "/activations"),
            (Method::GET, "/activations/1"),
            (Method::DELETE, "/activations"),
            (Method::GET, "/releases"),
            (Method::POST, "/licenses"),
            (Method::GET, "/"),
            (Method::POST, "/activations/offline-activate"),
            (Method::POST, "/activations/offline-deactivate"),
            (Method::GET, "/trial-activations"),
            (Method::DELETE, "/trial-activations/1"),
            (Method::GET, "/trial-activations/1"),
            (Method::PATCH, "/activations/export"),
            (Method::DELETE, "/activations/offline-activate"),
            (Method::PATCH, "/trial-activations/1/expires-at"),
            (Method::GET, "/trial-activations/offline-activate/1"),
            (Method::POST, "/trial-activations/1/extend"),
        ] {
            assert!(!is_of_apps(&method, path, false), "{method} {path}");
        }
    }

    #[test]
    fn trailing_slashes_are_removed() {
        let path = |uri: &str| {
            let request = Request::get(uri).body(axum::body::Body::empty()).expect("a request");
            without_trailing_slash(request).uri().to_string()
        };
        assert_eq!(path("/licenses/"), "/licenses");
        assert_eq!(path("/licenses//?page=2"), "/licenses?page=2");
        assert_eq!(path("/licenses?x=/"), "/licenses?x=/");
        assert_eq!(path("/"), "/");
    }
}
