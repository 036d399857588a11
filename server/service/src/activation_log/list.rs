//! Pages and exports of the activation log.

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::{AuditEntryId, LicenseId, ProductId, Timestamp};

use super::record::ActivationLogRecord;
use super::source::{Row, Source};
use crate::listing::{self, Batches};
use crate::{Actor, Result, Service};

/// Returns a page of the account's activation log.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many entries would have to be read, or the database fails.
#[tracing::instrument(name = "activation_log.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<ActivationLogRecord>> {
    actor.require(Permission::ReadAudit)?;
    let source = Source::of(service, actor.account, &request.filters).await?;
    Ok(listing::list(&source, request).await?.map(record))
}

/// An export of the activation log in progress.
pub struct ActivationLogExport {
    service: Service,
    actor: Actor,
    request: ListRequest,
    batches: Batches,
}

/// Begins an export of all entries of a list.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "activation_log.export", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export(service: &Service, actor: &Actor, request: ListRequest) -> Result<ActivationLogExport> {
    actor.require(Permission::ReadAudit)?;
    let source = Source::of(service, actor.account, &request.filters).await?;
    let batches = Batches::begin(&source, &request).await?;
    Ok(ActivationLogExport { service: service.clone(), actor: actor.clone(), request, batches })
}

impl ActivationLogExport {
    /// Returns the next entries, which may be none. `None` after the last ones.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<ActivationLogRecord>>> {
        let source = Source::of(&self.service, self.actor.account, &self.request.filters).await?;
        let rows = self.batches.next_batch(&source, &self.request).await?;
        Ok(rows.map(|rows| rows.into_iter().map(record).collect()))
    }
}

fn record(row: Row) -> ActivationLogRecord {
    let Row { model, action, product, .. } = row;
    ActivationLogRecord {
        id: AuditEntryId(model.id),
        at: Timestamp::from_millis(model.created_at),
        action,
        subject: model.detail.unwrap_or_default(),
        ip: model.ip,
        license: model.license_id.map(LicenseId),
        product: product.map(ProductId),
    }
}
