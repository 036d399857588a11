//! `POST` and `PATCH /licenses/bulk`: up to 100 licenses in one transaction.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use domain::{LicenseId, Scope};
use http::StatusCode;
use serde::Serialize;
use service::Service;
use service::license::record::LicenseRecord;
use service::license::{self, EditLicense};
use utoipa::ToSchema;
use uuid::Uuid;

use super::input::{key_view, read_change, read_new};
use super::object::{KeyView, LicenseObject};
use super::refusal;
use super::schema::{LicensesChange, NewLicenses};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::{Body, Fields};
use crate::api::management_api::error::{ErrorSchema, ManagementError, Result};
use crate::api::management_api::query::QueryParameters;

/// Most licenses of one request.
const MAX_LICENSES: usize = 100;

/// The outcome of one license.
#[derive(Serialize, ToSchema)]
#[schema(as = v3::LicenseOutcome)]
struct Outcome {
    /// The status that a request for this license alone would have.
    status: u16,
    /// The license. Missing if there is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    license: Option<LicenseObject>,
    /// Why this license is not made or changed. Missing if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ErrorSchema>, nullable = false)]
    error: Option<ErrorObject>,
}

#[derive(Serialize)]
struct ErrorObject {
    message: String,
    code: &'static str,
}

impl Outcome {
    fn new(outcome: Result<LicenseRecord>, success: StatusCode, key: KeyView) -> Self {
        match outcome {
            Ok(record) => {
                Self { status: success.as_u16(), license: Some(LicenseObject::new(record, key)), error: None }
            }
            Err(error) => {
                let (status, code, message) = error.parts();
                Self { status: status.as_u16(), license: None, error: Some(ErrorObject { message, code }) }
            }
        }
    }
}

/// Create many licenses
///
/// Answers an outcome for each license, in their order. With `atomic`, all are made or none. `expiresAt` and `createdAt` are
/// read also without `import=true`.
#[utoipa::path(post, path = "/v3/licenses/bulk", tag = "Licenses", operation_id = "createLicenses",
    security(("bearer" = ["license:write"])),
    params(("import" = Option<bool>, Query, description = "Whether `id` and `updatedAt` are read, for a move from another system.")),
    request_body = NewLicenses,
    responses(
        (status = 200, description = "The outcomes, without `atomic`.", body = Vec<Outcome>),
        (status = 201, description = "The outcomes, with `atomic`: all licenses are made.", body = Vec<Outcome>),
        (status = 409, description = "With `atomic`: another license has a key. Or the first request with the Idempotency-Key still runs."),
    ))]
pub(super) async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let imports = query.switch("import")?;
    let atomic = fields.boolean("atomic")?.unwrap_or_default();
    let items = fields.objects("licenses", MAX_LICENSES)?.value();
    let items = items.ok_or_else(|| fields.error("licenses", "must be a list of 1 to 100 licenses"))?;
    let mut outcomes: Vec<Option<ManagementError>> = Vec::with_capacity(items.len());
    let mut new = Vec::with_capacity(items.len());
    for item in items {
        match read_new(item, imports) {
            Ok(license) => {
                new.push(license);
                outcomes.push(None);
            }
            Err(error) if atomic => return Err(error),
            Err(error) => outcomes.push(Some(error)),
        }
    }
    let mut made = license::create_many(&service, caller.actor(), new, atomic).await?.into_iter();
    let mut results = Vec::with_capacity(outcomes.len());
    for error in outcomes {
        results.push(match error {
            Some(error) => Err(error),
            None => match made.next() {
                Some(outcome) => outcome.map(|record| *record).map_err(refusal::error),
                None => Err(ManagementError::NotFound),
            },
        });
    }
    answer_create(results, atomic, key_view(&caller))
}

/// Change many licenses
///
/// Answers an outcome for each id, in their order. A repeated id is changed once, and has the same outcome each time.
/// With `import=true`, `expiresAt` of `set` becomes the expiry of all these licenses. Without it, `expiresAt` is not read.
#[utoipa::path(patch, path = "/v3/licenses/bulk", tag = "Licenses", operation_id = "changeLicenses",
    security(("bearer" = ["license:write"])),
    params(("import" = Option<bool>, Query, description = "Whether `expiresAt` of `set` is read, for a move from another system.")),
    request_body = LicensesChange,
    responses((status = 200, description = "The outcomes.", body = Vec<Outcome>)))]
pub(super) async fn change(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let imports = query.switch("import")?;
    let given = read_ids(&fields)?;
    let mut ids: Vec<LicenseId> = Vec::with_capacity(given.len());
    for id in &given {
        if !ids.contains(id) {
            ids.push(*id);
        }
    }
    let set = fields.object("set")?.ok_or_else(|| fields.error("set", "is required"))?;
    let imported_expiry = if imports { set.time("expiresAt")? } else { None };
    let shown = license::show_records(&service, caller.actor(), &ids).await?;
    let shown: HashMap<LicenseId, LicenseRecord> =
        shown.into_iter().map(|record| (record.id, record)).collect();
    let mut errors: HashMap<LicenseId, ManagementError> = HashMap::new();
    let mut changes: Vec<(LicenseId, EditLicense)> = Vec::new();
    for id in &ids {
        let Some(record) = shown.get(id) else {
            errors.insert(*id, ManagementError::NotFound);
            continue;
        };
        match read_change(&set, record) {
            Ok(change) => changes.push((*id, EditLicense { expires_at: imported_expiry, ..change })),
            Err(error) => {
                errors.insert(*id, error);
            }
        }
    }
    let outcomes = license::edit_many(&service, caller.actor(), &changes).await?;
    let mut edited: HashMap<LicenseId, Result<LicenseRecord>> = changes
        .iter()
        .zip(outcomes)
        .map(|((id, _), outcome)| (*id, outcome.map_err(|error| refusal::error(error).in_update())))
        .collect();
    let key = key_view(&caller);
    let outcome = |id: &LicenseId| {
        let outcome = errors.remove(id).map(Err).or_else(|| edited.remove(id));
        let outcome = outcome.unwrap_or(Err(ManagementError::NotFound));
        (*id, Outcome::new(outcome, StatusCode::OK, key))
    };
    let outcomes: HashMap<LicenseId, Outcome> = ids.iter().map(outcome).collect();
    let answered: Vec<_> = given.iter().filter_map(|id| outcomes.get(id)).collect();
    answer::ok(&answered)
}

/// Reads the ids in their order, repeated ones too.
fn read_ids(fields: &Fields) -> Result<Vec<LicenseId>> {
    let texts = fields.strings("ids", MAX_LICENSES, 1..=64)?.value();
    let texts = texts.ok_or_else(|| fields.error("ids", "must be a list of 1 to 100 ids"))?;
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id = Uuid::parse_str(&text).map_err(|_| fields.error("ids", "must be a list of ids (UUIDs)"))?;
        ids.push(LicenseId(id));
    }
    Ok(ids)
}

/// Answers 200 with all outcomes; if all or none were to be made, 201 or the first error.
fn answer_create(results: Vec<Result<LicenseRecord>>, atomic: bool, key: KeyView) -> Result<Response> {
    if !atomic {
        let outcomes: Vec<_> =
            results.into_iter().map(|outcome| Outcome::new(outcome, StatusCode::CREATED, key)).collect();
        return answer::ok(&outcomes);
    }
    let records = results.into_iter().collect::<Result<Vec<_>>>()?;
    let outcomes: Vec<_> =
        records.into_iter().map(|record| Outcome::new(Ok(record), StatusCode::CREATED, key)).collect();
    let mut response = answer::ok(&outcomes)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}
