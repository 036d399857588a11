//! The style sheet of a seller's brand on the customer's page.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, StatusCode, header};
use service::{Error, Service};

/// The page names the style sheet with a digest of its text as version, so that this content never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Serves the style sheet of a seller.
pub async fn style_sheet(
    State(service): State<Service>,
    Path(seller): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match service::customer_page::style_sheet(&service, &seller).await {
        Ok((sheet, color)) => {
            let is_current =
                color.is_some() && query == Some(format!("v={}", domain::brand::version(&sheet)));
            let headers = [
                (header::CONTENT_TYPE, "text/css; charset=utf-8"),
                (header::CACHE_CONTROL, if is_current { IMMUTABLE } else { "no-cache" }),
                (HeaderName::from_static("x-robots-tag"), "noindex"),
            ];
            (headers, sheet).into_response()
        }
        Err(Error::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "style sheet of the customer's page not served");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
