//! `/licenses/:id/domains`: domains that a license is bound to.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::FilterField;
use serde::Serialize;
use service::domain_activation::{self, DomainActivationRecord, DomainOrId};
use service::{Service, license};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::{self, Time};
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};
use crate::api::management_api::path::{Text, TextPair};

static TABLE: ListTable = ListTable {
    fields: &[FilterField::text("domain"), FilterField::time("lastVerifiedAt")],
    sorts: &[],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// A domain's activation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::DomainActivation)]
struct DomainView {
    id: Uuid,
    created_at: Time,
    /// The time of the last verification, or of the activation.
    updated_at: Time,
    /// The license's id.
    license_id: Uuid,
    /// The product's id.
    product_id: Uuid,
    /// The domain, in lower case.
    domain: String,
    /// When the software last verified the license there.
    last_verified_at: Option<Time>,
    /// How often it did.
    verifications: i64,
}

impl From<DomainActivationRecord> for DomainView {
    fn from(record: DomainActivationRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.last_verified_at.unwrap_or(record.created_at).into(),
            license_id: record.license.0,
            product_id: record.product.0,
            domain: record.domain,
            last_verified_at: record.last_verified_at.map(Time),
            verifications: record.verifications,
        }
    }
}

impl ListItem for DomainView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// List domains of a license
#[utoipa::path(get, path = "/v3/licenses/{id}/domains", tag = "Activations", operation_id = "listDomains",
    security(("bearer" = ["license:read"])),
    params(("id" = String, Path, description = "The license's id, or its key."), ListParameters),
    responses((status = 200, description = "A page of domains.", body = Vec<DomainView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::LICENSE_READ)?;
    let list = query.parse(&TABLE)?;
    let id = license::find_by_key_or_id(&service, caller.actor(), &text).await?;
    let page = domain_activation::list(&service, caller.actor(), id, &list.request).await?;
    list.answer(&page.map(DomainView::from))
}

/// Delete a domain of a license
///
/// Frees the slot of the domain and of those that share it.
#[utoipa::path(delete, path = "/v3/licenses/{id}/domains/{domain}", tag = "Activations",
    operation_id = "deleteDomain",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id, or its key."),
        ("domain" = String, Path, description = "The domain, or the id of its activation."),
    ),
    responses((status = 204, description = "The slot is free.")))]
pub(super) async fn delete(
    State(service): State<Service>,
    caller: Caller,
    TextPair(text, domain): TextPair,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let id = license::find_by_key_or_id(&service, caller.actor(), &text).await?;
    let domain = DomainOrId::parse(&domain).ok_or(ManagementError::NotFound)?;
    domain_activation::free(&service, caller.actor(), id, &domain).await?;
    Ok(answer::no_content())
}
