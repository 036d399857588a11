//! Exports entries of the audit log, in batches, so that the memory does not grow with their number.

use domain::AuditEntryId;
use domain::event::Event;
use domain::permission::Permission;
use domain::view::{AuditQuery, AuditRow};
use sea_orm::FromQueryResult as _;

use super::{filter, list};
use crate::store::AuditEvent;
use crate::store::entity::audit_entries;
use crate::{Actor, Result, Service};

/// Entries in one batch: one statement, and one chunk of the response.
const ENTRIES_PER_BATCH: u64 = 500;

/// An export in progress.
pub struct AuditExport {
    service: Service,
    actor: Actor,
    query: AuditQuery,
    is_done: bool,
}

/// Begins an export of all entries of a query, and records it.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "audit.export", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export(service: &Service, actor: &Actor, query: &AuditQuery) -> Result<AuditExport> {
    actor.require(Permission::ReadAudit)?;
    let mut txn = service.begin_write().await?;
    let entry = AuditEvent {
        event: Event::AuditLogExported,
        license: None,
        product: None,
        detail: None,
        payload: serde_json::json!({}),
    };
    txn.record(actor, entry);
    txn.commit().await?;
    let query = AuditQuery { before: None, ..query.clone() };
    Ok(AuditExport { service: service.clone(), actor: actor.clone(), query, is_done: false })
}

impl AuditExport {
    /// Returns the next entries, newest first. `None` after the last one.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<AuditRow>>> {
        if self.is_done {
            return Ok(None);
        }
        let store = &self.service.store;
        let statement = filter::statement(store, self.actor.account, &self.query, ENTRIES_PER_BATCH);
        let rows = audit_entries::Model::find_by_statement(statement).all(store.list_reader()).await?;
        self.is_done = (rows.len() as u64) < ENTRIES_PER_BATCH;
        let Some(last) = rows.last() else { return Ok(None) };
        self.query.before = Some(AuditEntryId(last.id));
        list::views(&self.service, &self.actor, rows).await.map(Some)
    }
}
