//! Pages and exports of the activation log.

use std::collections::HashMap;

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::{AccountId, AuditEntryId, LicenseId, ProductId, Timestamp};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use super::record::ActivationLogRecord;
use super::source::{Row, Source};
use crate::listing::{self, Batches, Holders};
use crate::store::MachineFacts;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};
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
    let ListPage { items, has_more, total } = listing::list(&source, request).await?;
    let items = records(service.store.list_reader(), actor.account, items, &Holders::default()).await?;
    Ok(ListPage { items, has_more, total })
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
        let Some(rows) = self.batches.next_batch(&source, &self.request).await? else { return Ok(None) };
        let db = self.service.store.list_reader();
        let customers = rows.iter().filter_map(|row| row.customer).collect();
        let organizations = rows.iter().filter_map(|row| row.organization).collect();
        let holders = Holders::load(db, self.actor.account, customers, organizations).await?;
        records(db, self.actor.account, rows, &holders).await.map(Some)
    }
}

#[derive(FromQueryResult)]
struct ChangesRow {
    entry_id: Uuid,
    changes: String,
}

/// Completes entries by what the machines reported, by one statement.
async fn records(
    db: &impl ConnectionTrait,
    account: AccountId,
    rows: Vec<Row>,
    holders: &Holders,
) -> Result<Vec<ActivationLogRecord>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.get_database_backend();
    let columns = &[("account_id", ColumnType::Uuid), ("entry_id", ColumnType::Uuid)];
    let condition = in_rows_sql(backend, columns);
    let ids: Vec<_> = rows.iter().map(|row| row![account.0, row.model.id]).collect();
    let sql = format!("SELECT entry_id, changes FROM audit_changes WHERE {condition}");
    let statement = Statement::from_sql_and_values(backend, sql, [rows_to_json(&ids)?.into()]);
    let found = ChangesRow::find_by_statement(statement).all(db).await?;
    let changes: HashMap<Uuid, String> = found.into_iter().map(|row| (row.entry_id, row.changes)).collect();
    let record = |row: Row| {
        let Row { model, action, product, customer, organization, .. } = row;
        ActivationLogRecord {
            id: AuditEntryId(model.id),
            at: Timestamp::from_millis(model.created_at),
            action,
            machine: changes.get(&model.id).map(|text| MachineFacts::read(text)).unwrap_or_default(),
            subject: model.detail.unwrap_or_default(),
            ip: model.ip,
            license: model.license_id.map(LicenseId),
            product: product.map(ProductId),
            user_email: holders.email(customer),
            organization_name: holders.organization(organization),
        }
    };
    Ok(rows.into_iter().map(record).collect())
}
