//! `GET /v3/releases/update`: checks for a newer release of the app.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use http::StatusCode;
use serde::Deserialize;
use service::{Service, machine};
use utoipa::IntoParams;

use super::error::MachineApiError;
use super::schema::{ErrorBody, RateLimited};
use crate::middleware::request_id::RequestId;

/// The query of an update check.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct UpdateQuery {
    /// The product's id.
    product_id: Option<String>,
    /// The platform, for example `windows`.
    #[param(required = false)]
    #[allow(dead_code, reason = "releases are not stored yet")]
    platform: Option<String>,
}

/// Check for an update
///
/// Countersign does not manage releases yet: the response for every product is 204.
#[utoipa::path(get, path = "/v3/releases/update", tag = "Machine API", operation_id = "releaseUpdate",
    params(UpdateQuery),
    responses(
        (status = 204, description = "No newer release exists."),
        (status = 400, description = "The product does not exist.", body = ErrorBody),
        RateLimited,
    ))]
pub async fn update(
    State(service): State<Service>,
    id: RequestId,
    query: Result<Query<UpdateQuery>, QueryRejection>,
) -> Result<StatusCode, MachineApiError> {
    let product = query.ok().and_then(|Query(query)| query.product_id).filter(|id| !id.trim().is_empty());
    let product =
        product.ok_or_else(|| MachineApiError::Validation("The productId parameter is required.".into()))?;
    match machine::find_product_id(&service, &product).await {
        Ok(Some(_)) => Ok(StatusCode::NO_CONTENT),
        Ok(None) => Err(MachineApiError::InvalidProductId),
        Err(error) => Err(MachineApiError::from_service(error, &id)),
    }
}
