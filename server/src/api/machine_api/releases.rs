//! `GET /v3/releases/update`: whether a newer release of the app is there.

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use service::{Service, machine};
use utoipa::IntoParams;

use super::error::MachineApiError;
use super::schema::ErrorBody;
use crate::middleware::request_id::RequestId;

/// What a client asks about.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct UpdateQuery {
    /// The product's id or number.
    product_id: Option<String>,
    /// Such as `windows`.
    #[param(required = false)]
    #[allow(dead_code, reason = "no releases are kept yet that it could choose from")]
    platform: Option<String>,
}

/// Ask for an update
///
/// Releases are not kept here yet, so that the answer for every product is that there is none.
#[utoipa::path(get, path = "/v3/releases/update", tag = "Machine API", operation_id = "releaseUpdate",
    params(UpdateQuery),
    responses(
        (status = 204, description = "There is no newer release."),
        (status = 400, description = "There is no such product.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn update(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    query: Result<Query<UpdateQuery>, QueryRejection>,
) -> Response {
    let asked = query.ok().and_then(|Query(asked)| asked.product_id).filter(|id| !id.trim().is_empty());
    let Some(product) = asked else {
        return MachineApiError::Validation("The productId parameter is required.".into()).answer();
    };
    match machine::find_product_id(&service, &product).await {
        Ok(Some(_)) => StatusCode::NO_CONTENT.into_response(),
        Ok(None) => MachineApiError::InvalidProductId.answer(),
        Err(error) => MachineApiError::from_service(error, &id).answer(),
    }
}
