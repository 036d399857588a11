//! The routes of licenses.

use axum::extract::State;
use axum::response::Response;
use domain::license_rules::RenewFrom;
use domain::{LicenseId, Scope};
use service::Service;
use service::license::record::LicenseRecord;
use service::license::{self, ExpiryMove};

use super::filters::TABLE;
use super::input::{key_view, read_change, read_new};
use super::object::LicenseObject;
use super::refusal;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::ListQuery;
use crate::api::management_api::path::Text;
use crate::api::management_api::query::QueryParameters;

/// `GET /licenses`.
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::LICENSE_READ)?;
    let list = query.parse(&TABLE)?;
    let page = license::list_records(&service, caller.actor(), &list.request).await?;
    let key = key_view(&caller);
    list.answer(&page.map(|record| LicenseObject::new(record, key)))
}

/// `GET /licenses/:id`.
pub(super) async fn show(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
) -> Result<Response> {
    caller.require(Scope::LICENSE_READ)?;
    let id = find(&service, &caller, &text).await?;
    let record = license::show_record(&service, caller.actor(), id).await?;
    answer_with(&caller, record)
}

/// `POST /licenses`.
pub(super) async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let new = read_new(fields, query.switch("import")?)?;
    let record = license::create(&service, caller.actor(), new).await?.map_err(refusal::error)?;
    let object = LicenseObject::new(*record, key_view(&caller));
    answer::created(&format!("/v3/licenses/{}", object.license_id()), &object)
}

/// `PATCH /licenses/:id`.
pub(super) async fn change(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let id = find(&service, &caller, &text).await?;
    let shown = license::show_record(&service, caller.actor(), id).await?;
    let change = read_change(&fields, &shown)?;
    let imported_expiry = if query.switch("import")? { fields.time("expiresAt")? } else { None };
    let changed = license::edit(&service, caller.actor(), id, &change).await?;
    let mut record = changed.map_err(|error| refusal::error(error).in_update())?;
    if let Some(expires_at) = imported_expiry {
        let moved = license::move_expiry(&service, caller.actor(), id, ExpiryMove::Until(expires_at)).await?;
        record = moved.map_err(refusal::error)?;
    }
    answer_with(&caller, record)
}

/// `DELETE /licenses/:id`.
pub(super) async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let id = find(&service, &caller, &text).await?;
    license::delete(&service, caller.actor(), id).await?;
    Ok(answer::no_content())
}

/// `POST /licenses/:id/renew`. A body has no meaning, and clients send very different ones.
pub(super) async fn renew(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    query: QueryParameters,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let from = match query.get("from") {
        None => RenewFrom::Expiry,
        Some(word) if word.eq_ignore_ascii_case("now") => RenewFrom::Now,
        Some(_) => {
            return Err(ManagementError::Validation(
                "The from parameter must be now, or left out.".to_owned(),
            ));
        }
    };
    move_expiry(&service, &caller, &text, ExpiryMove::Renew(from)).await
}

/// `POST /licenses/:id/extend`.
pub(super) async fn extend(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let seconds = fields.integer("extensionLength", 1..=i64::from(i32::MAX))?;
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = seconds.ok_or_else(|| fields.error("extensionLength", "is required"))?;
    move_expiry(&service, &caller, &text, ExpiryMove::Extend(seconds)).await
}

/// `PATCH /licenses/:id/expires-at`.
pub(super) async fn set_expiry(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let how = if fields.boolean("perpetual")? == Some(true) {
        ExpiryMove::Never
    } else {
        let at = fields.time("expiresAt")?;
        ExpiryMove::Until(at.ok_or_else(|| fields.error("expiresAt", "is required"))?)
    };
    move_expiry(&service, &caller, &text, how).await
}

async fn move_expiry(service: &Service, caller: &Caller, text: &str, how: ExpiryMove) -> Result<Response> {
    let id = find(service, caller, text).await?;
    let moved = license::move_expiry(service, caller.actor(), id, how).await?;
    answer_with(caller, moved.map_err(refusal::error)?)
}

/// Finds the license of a path: by its id or its key.
pub(super) async fn find(service: &Service, caller: &Caller, text: &str) -> Result<LicenseId> {
    Ok(license::find_by_key_or_id(service, caller.actor(), text).await?)
}

fn answer_with(caller: &Caller, record: LicenseRecord) -> Result<Response> {
    answer::ok(&LicenseObject::new(record, key_view(caller)))
}
