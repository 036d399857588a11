//! The routes of licenses.

use axum::extract::State;
use axum::response::Response;
use domain::license_rules::RenewFrom;
use domain::{LicenseId, Scope};
use service::Service;
use service::license::record::LicenseRecord;
use service::license::{self, ExpiryMove};

use super::filters::{ListParameters, TABLE};
use super::input::{key_view, read_change, read_new};
use super::object::LicenseObject;
use super::refusal;
use super::schema::{LicenseChange, LicenseExpiry, LicenseExtension, NewLicense};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::ListQuery;
use crate::api::management_api::path::Text;
use crate::api::management_api::query::QueryParameters;

/// List licenses
///
/// The key of a license is shown in clear, but not to tokens with the role of viewers.
#[utoipa::path(get, path = "/v3/licenses", tag = "Licenses", operation_id = "listLicenses",
    security(("bearer" = ["license:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of licenses.", body = Vec<LicenseObject>)))]
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

/// Show a license
#[utoipa::path(get, path = "/v3/licenses/{id}", tag = "Licenses", operation_id = "showLicense",
    security(("bearer" = ["license:read"])),
    params(("id" = String, Path, description = "The license's id or key.")),
    responses((status = 200, description = "The license.", body = LicenseObject)))]
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

/// Create a license
///
/// Rules that are not given follow the template.
#[utoipa::path(post, path = "/v3/licenses", tag = "Licenses", operation_id = "createLicense",
    security(("bearer" = ["license:write"])),
    params(("import" = Option<bool>, Query, description = "Whether `id` and `updatedAt` are read, for a move from another system.")),
    request_body = NewLicense,
    responses(
        (status = 201, description = "The license.", body = LicenseObject),
        (status = 400, description = "A field is wrong, an id names no object of the account, or a value is not supported. Or required metadata is missing. `code` gives the reason."),
        (status = 409, description = "Another license has the key, or the first request with the Idempotency-Key still runs."),
    ))]
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

/// Change a license
///
/// Fields that are not given stay as they are. A value that the license shows now is no change.
#[utoipa::path(patch, path = "/v3/licenses/{id}", tag = "Licenses", operation_id = "changeLicense",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id or key."),
        ("import" = Option<bool>, Query, description = "Whether `expiresAt` is read, for a move from another system."),
    ),
    request_body = LicenseChange,
    responses(
        (status = 200, description = "The license.", body = LicenseObject),
        (status = 400, description = "A field is missing or wrong, the license is revoked, an id names no object of the account, or a value is not supported. `code` gives the reason."),
    ))]
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
    let mut change = read_change(&fields, &shown)?;
    if query.switch("import")? {
        change.expires_at = fields.time("expiresAt")?;
    }
    let changed = license::edit(&service, caller.actor(), id, &change).await?;
    answer_with(&caller, changed.map_err(|error| refusal::error(error).in_update())?)
}

/// Delete a license
///
/// Deletes its activations too. The key may be used again.
#[utoipa::path(delete, path = "/v3/licenses/{id}", tag = "Licenses", operation_id = "deleteLicense",
    security(("bearer" = ["license:write"])),
    params(("id" = String, Path, description = "The license's id or key.")),
    responses((status = 204, description = "The license is deleted.")))]
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

/// Renew a license
///
/// Adds the license's interval to its expiry. A license that waits for its first activation stays as it is.
/// A body has no meaning.
#[utoipa::path(post, path = "/v3/licenses/{id}/renew", tag = "Licenses", operation_id = "renewLicense",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id or key."),
        ("from" = Option<String>, Query, description = "`now` counts from now, if the expiry has passed."),
    ),
    responses(
        (status = 200, description = "The license.", body = LicenseObject),
        (status = 400, description = "The license is revoked, or has no interval. `code` gives the reason."),
    ))]
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

/// Extend a license
///
/// Adds seconds to the expiry. A license that waits for its first activation stays as it is.
#[utoipa::path(post, path = "/v3/licenses/{id}/extend", tag = "Licenses", operation_id = "extendLicense",
    security(("bearer" = ["license:write"])),
    params(("id" = String, Path, description = "The license's id or key.")),
    request_body = LicenseExtension,
    responses(
        (status = 200, description = "The license.", body = LicenseObject),
        (status = 400, description = "A field is missing or wrong, the license is revoked, or has no expiry. `code` gives the reason."),
    ))]
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

/// Set the expiry of a license
#[utoipa::path(patch, path = "/v3/licenses/{id}/expires-at", tag = "Licenses", operation_id = "setLicenseExpiry",
    security(("bearer" = ["license:write"])),
    params(("id" = String, Path, description = "The license's id or key.")),
    request_body = LicenseExpiry,
    responses(
        (status = 200, description = "The license.", body = LicenseObject),
        (status = 400, description = "A field is missing or wrong, or the license is revoked. `code` gives the reason."),
    ))]
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
