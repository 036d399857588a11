//! The list of customers of the management API.

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;

use super::list_source::{Needs, Source};
use super::record::{CustomerRecord, records};
use crate::listing::Batches;
use crate::{Actor, Result, Service, listing};

/// Returns a page of the account's customers with organizations, tags and metadata.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "customer.list_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_records(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<CustomerRecord>> {
    actor.require(Permission::Read)?;
    let source = Source { service, account: actor.account, needs: Needs::of(&request.filters) };
    let page = listing::list(&source, request).await?;
    let rows = page.items.into_iter().map(|row| row.model).collect();
    let items = records(service.store.list_reader(), actor.account, rows).await?;
    Ok(ListPage { items, has_more: page.has_more, total: page.total })
}

/// An export of customers in progress.
pub struct CustomerExport {
    service: Service,
    actor: Actor,
    request: ListRequest,
    batches: Batches,
}

/// Begins an export of all customers of a list.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "customer.export_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export_records(
    service: &Service,
    actor: &Actor,
    request: ListRequest,
) -> Result<CustomerExport> {
    actor.require(Permission::Read)?;
    let source = Source { service, account: actor.account, needs: Needs::of(&request.filters) };
    let batches = Batches::begin(&source, &request).await?;
    Ok(CustomerExport { service: service.clone(), actor: actor.clone(), request, batches })
}

impl CustomerExport {
    /// Returns the next customers, which may be none. `None` after the last ones.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<CustomerRecord>>> {
        let (service, account) = (&self.service, self.actor.account);
        let source = Source { service, account, needs: Needs::of(&self.request.filters) };
        let Some(rows) = self.batches.next_batch(&source, &self.request).await? else { return Ok(None) };
        let rows = rows.into_iter().map(|row| row.model).collect();
        records(service.store.list_reader(), account, rows).await.map(Some)
    }
}
