//! Server functions of bulk jobs.

use domain::BulkJobId;
use domain::bulk::Selection;
use domain::view::{BulkJobPage, BulkJobView, SelectedCount};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form::BulkForm;

/// The data of the page that asks for the parameters of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPage {
    /// The number of selected licenses.
    pub count: SelectedCount,
    /// The token of the form.
    pub form_token: String,
}

/// Counts the licenses of a selection, up to 10,000.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "bulk_selection")]
pub async fn bulk_selection(selection: Selection) -> Result<BulkPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let count = match selection {
        Selection::Licenses(licenses) => SelectedCount::Exactly(licenses.len() as u64),
        Selection::Query(query) => {
            service::license::count(&service, &actor, &query).await.map_err(context::to_ui_error)?
        }
    };
    Ok(BulkPage { count, form_token: service::token() })
}

/// Returns the account's bulk jobs that are older than `before`, the newest first.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "bulk_jobs")]
pub async fn bulk_jobs(before: Option<BulkJobId>) -> Result<BulkJobPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::bulk_job::list(&service, &actor, before).await.map_err(context::to_ui_error)
}

/// Returns a bulk job.
///
/// # Errors
/// Returns `not_found` if the job does not exist.
#[server(prefix = "/_fn", endpoint = "bulk_job")]
pub async fn bulk_job(id: String) -> Result<BulkJobView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: BulkJobId = context::parse_id(&id)?;
    service::bulk_job::show(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Starts a bulk job and redirects to its page. A form that is submitted twice starts one job.
///
/// # Errors
/// Returns `invalid` for an invalid field.
#[server(prefix = "/_fn", endpoint = "start_bulk_job")]
pub async fn start_bulk_job(#[server(flatten)] form: BulkForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let new = form.parse().map_err(context::validation_error)?;
    let started = service::bulk_job::start(&service, &actor, new).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/licenses/jobs/{}", started.id));
    Ok(())
}

/// Stops a bulk job after its batch.
///
/// # Errors
/// Returns an error if the job does not exist or has ended.
#[server(prefix = "/_fn", endpoint = "stop_bulk_job")]
pub async fn stop_bulk_job(id: BulkJobId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::bulk_job::stop(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Undoes a bulk job by another one and redirects to its page.
///
/// # Errors
/// Returns an error if the job does not exist or cannot be undone.
#[server(prefix = "/_fn", endpoint = "undo_bulk_job")]
pub async fn undo_bulk_job(id: BulkJobId, form_token: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let undo =
        service::bulk_job::undo(&service, &actor, id, &form_token).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/licenses/jobs/{}", undo.id));
    Ok(())
}
