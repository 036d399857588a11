//! Server functions of the audit log.

use domain::view::{AuditPage, AuditQuery, AuditVerification};
use leptos::prelude::*;

use crate::UiError;
use crate::context;

/// Returns a page of the account's audit log.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "audit_log")]
pub async fn audit_log(query: AuditQuery) -> Result<AuditPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::audit::list(&service, &actor, &query).await.map_err(context::to_ui_error)
}

/// Verifies a portion of the account's audit log, from a position on.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails. A break of the log is no error.
#[server(prefix = "/_fn", endpoint = "verify_audit_log")]
pub async fn verify_audit_log(from: Option<i64>) -> Result<AuditVerification, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::audit::verify_portion(&service, &actor, from).await.map_err(context::to_ui_error)
}
