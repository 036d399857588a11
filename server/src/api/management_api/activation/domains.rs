//! `/licenses/:id/domains`: domains that a license is bound to.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::FilterField;
use serde::Serialize;
use service::domain_activation::{self, DomainActivationRecord, DomainOrId};
use service::{Service, license};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::{self, Time};
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};
use crate::api::management_api::path::{Text, TextPair};

static TABLE: ListTable = ListTable {
    fields: &[FilterField::text("domain"), FilterField::time("lastVerifiedAt")],
    sorts: &[],
    parameters: &[],
};

/// A domain's activation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DomainView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    license_id: Uuid,
    product_id: Uuid,
    domain: String,
    last_verified_at: Option<Time>,
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

/// `GET /licenses/:id/domains`.
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

/// `DELETE /licenses/:id/domains/:domainOrId`.
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
