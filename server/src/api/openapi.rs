//! The OpenAPI document of everything public. It is written from the handlers'
//! own attributes, and checked in beside this file, so that a change of the API
//! is seen in review; a test refuses a copy that has drifted.

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::examples::Examples;
use super::{domain_api, machine_api, management_api, purchase_hooks};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Apps of a seller's customers call the first half without a token. The Domain API binds a license to a domain; it is also served under /api/license. The Machine API binds a license to a machine and returns a signed token. The seller's own systems call the other half, the management API, with an access token. Shops post their events to the last group. Property names of requests match in upper or lower case.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    tags(
        (name = "Domain API", description = "For web software: licenses are bound to domains."),
        (name = "Machine API", description = "For desktop software: licenses are bound to machines."),
        (name = "Keys", description = "Public keys that verify tokens."),
    ),
    paths(
        domain_api::activate::activate,
        domain_api::verify::verify,
        domain_api::deactivate::deactivate,
        domain_api::status::status,
        machine_api::activations::create,
        machine_api::activations::sync,
        machine_api::activations::delete,
        machine_api::activations::deactivate,
        machine_api::meters::increment,
        machine_api::trials::create,
        machine_api::offline::activate,
        machine_api::offline::deactivate,
        machine_api::offline::trial,
        machine_api::releases::update,
        machine_api::status::status,
        super::jwks::jwks,
        super::jwks::product_jwks,
    ),
    modifiers(&Bearer, &Examples),
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of the dashboard, `cs_…`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document as JSON, with a line feed at its end.
#[must_use]
pub fn document() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let document =
            Document::openapi().merge_from(management_api::document()).merge_from(purchase_hooks::document());
        let text = document.to_pretty_json().unwrap_or_default();
        format!("{text}\n")
    });
    &TEXT
}

/// `GET /openapi.json`.
pub async fn serve() -> Response {
    let mut response = document().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
