//! Releases of machines by a seller's system.

use axum::extract::State;
use axum::response::Response;
use domain::filter::FilterField;
use domain::{ActivationId, Scope};
use service::{Service, license, machine_activation};

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::error::{ManagementError, Result};
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

/// `DELETE /activations/:id`.
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    machine_activation::free(&service, caller.actor(), ActivationId(id)).await?;
    Ok(answer::no_content())
}

/// `DELETE /activations`: the machines of a license that meet conditions on times, or all of them.
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
