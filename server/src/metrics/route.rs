//! The route template of a response, for the counts and the traces of requests.
//!
//! Only a layer behind the router sees the template that axum matched. It is put into the extensions of the
//! response, where [`super::RequestMetrics`] finds it.

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

/// The route of the dashboard's pages, which share one template.
pub(super) const DASHBOARD: &str = "dashboard";
/// The route of the customer's page.
pub(super) const CUSTOMER_PAGE: &str = "customer_page";
/// The route of the dashboard's static files, whose folder is named after the build.
pub(super) const ASSETS: &str = "assets";
/// The route of all paths without a template.
pub(super) const UNKNOWN: &str = "unknown";

/// Adds the layer that notes the template, if metrics or traces are on. Nested routers need a layer of their own.
pub fn noted(router: Router, is_on: bool) -> Router {
    if is_on { router.layer(from_fn(note)) } else { router }
}

async fn note(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        // The template of a nested router is the longer one, and is noted first.
        response.extensions_mut().get_or_insert_with(|| matched);
    }
    response
}

/// Returns the route of a path that has no template.
pub(crate) fn without_template(path: &str) -> &'static str {
    if path.starts_with("/v3") || path.starts_with("/api/") {
        UNKNOWN
    } else if app::is_customer_page_path(path) {
        CUSTOMER_PAGE
    } else {
        DASHBOARD
    }
}

/// Returns the route of a response. `otherwise` is the route of a path without a template.
pub(crate) fn of_response<'a>(response: &'a Response, otherwise: &'static str) -> &'a str {
    match response.extensions().get::<MatchedPath>().map(MatchedPath::as_str) {
        Some(template) if template.starts_with("/pkg-") => ASSETS,
        // The wildcards of axum's own routes.
        Some(template) if !template.contains("__private__") => template,
        _ if response.status() == http::StatusCode::NOT_FOUND => UNKNOWN,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_without_a_template_have_few_routes() {
        for (path, route) in [
            ("/", DASHBOARD),
            ("/licenses/1", DASHBOARD),
            ("/manage/ada", CUSTOMER_PAGE),
            ("/v3/unknown", UNKNOWN),
            ("/api/license/unknown", UNKNOWN),
        ] {
            assert_eq!(without_template(path), route, "{path}");
        }
    }

    #[test]
    fn not_found_without_a_template_is_unknown() {
        let mut response = Response::new(axum::body::Body::empty());
        assert_eq!(of_response(&response, DASHBOARD), DASHBOARD);
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        assert_eq!(of_response(&response, DASHBOARD), UNKNOWN);
    }
}
