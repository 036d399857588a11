//! Releases of machines by a seller's system.

use axum::extract::State;
use axum::response::Response;
use domain::filter::FilterField;
use domain::{ActivationId, Scope};
use service::customer_page::{self, ReleaseOutcome};
use service::{Service, license, machine_activation};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::document::filter_parameters;
use crate::api::management_api::error::{ConflictCode, ManagementError, Result};
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;
use crate::api::management_api::query::QueryParameters;

const LICENSE_ID: &str = "licenseId";
const ALL: &str = "all";
/// The times that a release of many may ask for.
const TIMES: [&str; 3] = ["lastSyncedAt", "createdAt", "updatedAt"];

static TABLE: ListTable = ListTable {
    fields: &[FilterField::time("lastSyncedAt")],
    sorts: &[],
    // The license may be named by its key.
    parameters: &[LICENSE_ID, ALL],
};

/// The conditions of a release of many.
struct Conditions;

impl IntoParams for Conditions {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let conditions = filter_parameters(&TABLE).into_iter();
        conditions.filter(|parameter| TIMES.contains(&parameter.name.as_str())).collect()
    }
}

/// Releases a machine. The machine API's document describes it, because apps call the same path.
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    machine_activation::free(&service, caller.actor(), ActivationId(id)).await?;
    Ok(answer::no_content())
}

/// Delete an own activation
///
/// Frees a machine of the user's own licenses, for the access token of a user. Needs no scope. The rule of the
/// product on what customers free counts, as on the customer's page.
#[utoipa::path(delete, path = "/v3/me/activations/{id}", tag = "Activations", operation_id = "deleteOwnActivation",
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The activation's id, the token's `aid`.")),
    responses(
        (status = 204, description = "The machine is freed."),
        (status = 403, description = "The access token stands for no user, or the seller alone frees the product's machines."),
        (status = 404, description = "The user has no such machine."),
        (status = 409, description = "The machine can be freed later. `message` says when."),
    ))]
pub(super) async fn delete_own(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response> {
    if caller.customer().is_none() {
        let message = "This access token stands for no customer. Use /activations.";
        return Err(ManagementError::Forbidden(message.to_owned()));
    }
    let outcome = customer_page::free_own(&service, caller.actor(), ActivationId(id)).await?;
    refusal(outcome).map_or_else(|| Ok(answer::no_content()), Err)
}

/// Returns the error of a machine that stays. `None` if it was released.
fn refusal(outcome: ReleaseOutcome) -> Option<ManagementError> {
    let forbidden = |message: &str| Some(ManagementError::Forbidden(message.to_owned()));
    let later =
        |message: String| Some(ManagementError::Conflict(ConflictCode::DeactivationLimitReached, message));
    match outcome {
        ReleaseOutcome::Done => None,
        ReleaseOutcome::Never => {
            forbidden("The seller alone frees machines of this product. Ask the seller to free it.")
        }
        ReleaseOutcome::SellerSuspended => {
            forbidden("The seller is suspended, so that no machine can be freed now. Try again later.")
        }
        ReleaseOutcome::NotBefore(at) => later(format!(
            "The product’s rule lets customers free the next machine of this license at {}.",
            at.rfc3339_millis()
        )),
        ReleaseOutcome::OfflineUntil(at) => later(format!(
            "The machine works without a network until {}. It can be freed then.",
            at.rfc3339_millis()
        )),
        ReleaseOutcome::OfflineBySeller => later(
            "The machine works without a network, by a file of the seller. Ask the seller to free it."
                .to_owned(),
        ),
        // The last three are outcomes of moves alone.
        ReleaseOutcome::Gone
        | ReleaseOutcome::NotActive
        | ReleaseOutcome::ActiveAlready
        | ReleaseOutcome::NoSlot => Some(ManagementError::NotFound),
    }
}

/// Delete activations of a license
///
/// Frees the machines that meet all conditions on times, or all machines of the license by `all=true`. Either is
/// required. They do not count as deactivations. Unknown parameters are refused.
#[utoipa::path(delete, path = "/v3/activations", tag = "Activations", operation_id = "deleteActivations",
    security(("bearer" = ["license:write"])),
    params(
        ("licenseId" = String, Query, description = "The license's id, or its key.",
            example = "0199a1c2-7d1e-7a40-9c1b-2f6d3b8e5a01"),
        ("all" = Option<bool>, Query, description = "Frees all machines, if there is no condition.", example = true),
        Conditions,
    ),
    responses(
        (status = 204, description = "The machines are freed."),
        (status = 400, description = "A parameter is missing, wrong or unknown. `message` names it."),
        (status = 404, description = "There is no such license in the account."),
    ))]
pub(super) async fn delete_matching(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let license = check(query.parameters())?;
    let filters = query.parse(&TABLE)?.request.filters;
    if filters.is_empty() && !query.parameters().switch(ALL)? {
        return Err(ManagementError::Validation(
            "A condition on lastSyncedAt, createdAt or updatedAt is required, or all=true.".to_owned(),
        ));
    }
    let license = license::find_by_key_or_id(&service, caller.actor(), license).await?;
    machine_activation::free_matching(&service, caller.actor(), license, &filters).await?;
    Ok(answer::no_content())
}

/// Returns the license that the query names. A parameter that is ignored would release more machines than were
/// meant: only the known ones are taken, and none may be empty.
fn check(parameters: &QueryParameters) -> Result<&str> {
    for (name, value) in parameters.iter() {
        let base = name.split('[').next().unwrap_or(name);
        let is_known = [LICENSE_ID, ALL].iter().any(|known| known.eq_ignore_ascii_case(name))
            || TIMES.iter().any(|time| time.eq_ignore_ascii_case(base))
            || ["createdAfter", "createdBefore"].iter().any(|alias| alias.eq_ignore_ascii_case(name));
        if !is_known {
            return Err(ManagementError::Validation(format!("The {name} parameter is not known here.")));
        }
        if value.trim().is_empty() {
            return Err(ManagementError::Validation(format!("The {name} parameter must not be empty.")));
        }
    }
    let missing = || ManagementError::Validation("The licenseId parameter is required.".to_owned());
    parameters.get(LICENSE_ID).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_narrow_a_release_is_ignored() {
        let is_refused = |query: &str| check(&QueryParameters::parse(query).expect("parameters")).is_err();
        for query in [
            "",
            "all=true",
            "licenseId=",
            "licenseId=1&lastSyncedAt[lt]=",
            "licenseId=1&lastSyncdAt[lt]=2020-01-01",
            "licenseId=1&os=linux",
            "licenseId=1&limit=5",
            "licenseId[eq]=1",
        ] {
            assert!(is_refused(query), "{query}");
        }
        for query in
            ["licenseId=1&all=true", "licenseid=1&LastSyncedAt[lt]=2020-01-01&createdBefore=2020-01-01"]
        {
            assert!(!is_refused(query), "{query}");
        }
    }
}
